import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { JWTPayload, JWTVerifyGetKey } from "jose";
import { type Role, roles } from "../policy/roles.ts";
import { stampOf } from "./file.ts";
import { type JwtSettings, personName } from "./schema.ts";

export type Verified =
  | { kind: "verified"; name: string; roles: readonly Role[] }
  | { kind: "rejected"; reason: string }
  /** The keys cannot be had, so nobody can be told. */
  | { kind: "unavailable"; reason: string };

export interface JwtVerifier {
  verify(token: string, now: number): Promise<Verified>;
}

export interface JwtOptions {
  /** Of team.yaml: a path to keys is meant from there. */
  folder: string;
  /** A key that is not known makes the keys be fetched anew, and no more often than this. */
  cooldownMs?: number;
}

/** Signed with a private key: with a shared one, whoever can check a token could make one. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const toleranceSeconds = 30;
const fetchWithinMs = 5_000;
const defaultCooldownMs = 30_000;

/** Checks JWTs of one issuer. The library is loaded by the first of them. */
export function createJwtVerifier(settings: JwtSettings, { folder, cooldownMs }: JwtOptions): JwtVerifier {
  let remote: JWTVerifyGetKey | undefined;
  let local: { stamp: string; keys: JWTVerifyGetKey } | undefined;

  async function keys(): Promise<JWTVerifyGetKey> {
    const { createLocalJWKSet, createRemoteJWKSet } = await import("jose");
    const url = URL.parse(settings.jwks);
    if (url) {
      remote ??= createRemoteJWKSet(url, {
        timeoutDuration: fetchWithinMs,
        cooldownDuration: cooldownMs ?? defaultCooldownMs,
      });
      return remote;
    }
    const file = resolve(folder, settings.jwks);
    const stamp = stampOf(statSync(file, { bigint: true }));
    if (local?.stamp !== stamp) local = { stamp, keys: createLocalJWKSet(JSON.parse(readFileSync(file, "utf8"))) };
    return local.keys;
  }

  return {
    async verify(token, now) {
      const { errors, jwtVerify } = await import("jose");
      try {
        const { payload } = await jwtVerify(token, await keys(), {
          issuer: settings.issuer,
          audience: settings.audience,
          algorithms,
          requiredClaims: ["exp"],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now),
        });
        return read(payload, settings);
      } catch (error) {
        const reason = error instanceof errors.JOSEError ? error.code : "the keys cannot be read";
        const isAboutToken =
          error instanceof errors.JWTExpired ||
          error instanceof errors.JWTClaimValidationFailed ||
          error instanceof errors.JWTInvalid ||
          error instanceof errors.JWSInvalid ||
          error instanceof errors.JWSSignatureVerificationFailed ||
          error instanceof errors.JOSEAlgNotAllowed ||
          error instanceof errors.JOSENotSupported ||
          error instanceof errors.JWKSNoMatchingKey ||
          error instanceof errors.JWKSMultipleMatchingKeys;
        return { kind: isAboutToken ? "rejected" : "unavailable", reason };
      }
    },
  };
}

function read(payload: JWTPayload, { nameClaim, rolesClaim, roles: mapping }: JwtSettings): Verified {
  const name = personName.safeParse(claimAt(payload, nameClaim));
  if (!name.success) return { kind: "rejected", reason: `the claim ${nameClaim} holds no name that can be used` };
  const claimed = new Set(textsOf(claimAt(payload, rolesClaim)).flatMap((value) => ownEntry(mapping, value)));
  return { kind: "verified", name: name.data, roles: roles.filter((role) => claimed.has(role)) };
}

function ownEntry(mapping: JwtSettings["roles"], value: string): readonly Role[] {
  return Object.hasOwn(mapping, value) ? (mapping[value] ?? []) : [];
}

/** A claim of that very name, such as an address, or one within others, such as realm_access.roles. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path
    .split(".")
    .reduce<unknown>(
      (holder, name) =>
        typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
          ? (holder as Record<string, unknown>)[name]
          : undefined,
      payload,
    );
}

/** A list, or words with spaces between them as OAuth writes scopes. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return value.split(" ");
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
