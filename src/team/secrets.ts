import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { isSamePerson } from "../policy/four-eyes.ts";
import type { Person } from "./schema.ts";

/** 256 random bits, so that a plain digest gives nothing of it away. The prefixes tell the two apart in a person's hands. */
export function newToken(): string {
  return `swt_${randomBytes(32).toString("base64url")}`;
}

export function newApprovalKey(): string {
  return `swa_${randomBytes(32).toString("base64url")}`;
}

export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether the digest is the secret's, in a time that tells nothing. */
export function isDigestOf(secret: string, digest: string): boolean {
  return timingSafeEqual(Buffer.from(digestOf(secret), "hex"), Buffer.from(digest, "hex"));
}

/** Looks at everybody, whoever it is. */
export function personOfToken(people: readonly Person[], token: string): Person | undefined {
  const theirs = people.filter((person) => person.token !== undefined && isDigestOf(token, person.token));
  return theirs[0];
}

/** The approver of that name whose key it is. */
export function approverOfKey(people: readonly Person[], name: string, key: string): Person | undefined {
  return approversOfKey(people, key).find((person) => isSamePerson(person.name, name));
}

export function approversOfKey(people: readonly Person[], key: string): Person[] {
  return people.filter(
    (person) =>
      person.roles.includes("approver") && person.approvalKey !== undefined && isDigestOf(key, person.approvalKey),
  );
}
