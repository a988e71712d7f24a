import { timingSafeEqual } from "node:crypto";
import { refuse, type ServiceError } from "../errors.ts";
import { acs3Signature, parseAcs3Authorization, type SignedRequest, sha256 } from "./acs3.ts";
import { contentMd5Matches, parseRoaAuthorization, roaSignatures } from "./roa.ts";

export interface AccessKey {
  accessKeyId: string;
  accessKeySecret: string;
}

export type SignatureVerifier = (request: SignedRequest) => ServiceError | undefined;

/** Section 3 of the API notes: x-acs-date off by more than 15 minutes is refused. */
const allowedSkewMs = 15 * 60_000;

const alwaysSigned = [
  "host",
  "x-acs-action",
  "x-acs-content-sha256",
  "x-acs-date",
  "x-acs-signature-nonce",
  "x-acs-version",
];

export function createSignatureVerifier(key: AccessKey, now: () => number): SignatureVerifier {
  const nonces = createNonceMemory(now);

  return (request) => {
    const authorization = headerOf(request, "authorization");
    const acs3 = parseAcs3Authorization(authorization);
    const roa = acs3 ? undefined : parseRoaAuthorization(authorization);
    const presented = acs3 ?? roa;
    if (!presented) return incomplete("Authorization must be ACS3-HMAC-SHA256 or the older `acs id:signature` form.");
    if (!sameText(presented.accessKeyId, key.accessKeyId)) {
      return refuse(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.").error;
    }

    const problem = acs3
      ? checkAcs3(request, acs3, key.accessKeySecret, now())
      : checkRoa(request, presented.signature, key.accessKeySecret, now());
    if (problem) return problem;

    // After the signature, so that a stranger cannot use up a nonce. The ROA form of the Go SDK sends none.
    const nonce = headerOf(request, "x-acs-signature-nonce");
    if (nonce && !nonces.accept(nonce)) {
      return refuse(400, "SignatureNonceUsed", "Specified signature nonce was used already.").error;
    }
    return undefined;
  };
}

function checkAcs3(
  request: SignedRequest,
  presented: { signedHeaders: readonly string[]; signature: string },
  secret: string,
  now: number,
): ServiceError | undefined {
  const mustBeSigned = new Set(alwaysSigned);
  for (const [name] of request.headers) {
    if (name.toLowerCase().startsWith("x-acs-")) mustBeSigned.add(name.toLowerCase());
  }
  for (const name of mustBeSigned) {
    if (!presented.signedHeaders.includes(name)) return incomplete(`The header ${name} must be sent and signed.`);
    if (headerOf(request, name) === "") return incomplete(`The header ${name} is signed but was not sent.`);
  }
  const tooFarOff = checkDate(headerOf(request, "x-acs-date"), now);
  if (tooFarOff) return tooFarOff;
  if (!sameText(headerOf(request, "x-acs-content-sha256"), sha256(request.body))) return mismatch();
  return sameText(presented.signature, acs3Signature(request, presented.signedHeaders, secret))
    ? undefined
    : mismatch();
}

function checkRoa(request: SignedRequest, signature: string, secret: string, now: number): ServiceError | undefined {
  const method = headerOf(request, "x-acs-signature-method");
  if (method !== "" && method !== "HMAC-SHA1") return incomplete(`Signature method ${method} is not supported.`);
  const tooFarOff = checkDate(headerOf(request, "date"), now);
  if (tooFarOff) return tooFarOff;
  const matches = roaSignatures(request, secret).map((expected) => sameText(signature, expected));
  return matches.includes(true) && contentMd5Matches(request) ? undefined : mismatch();
}

function checkDate(text: string, now: number): ServiceError | undefined {
  const time = Date.parse(text);
  if (Number.isNaN(time)) return incomplete("The request carries no readable date.");
  if (Math.abs(now - time) <= allowedSkewMs) return undefined;
  return refuse(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.").error;
}

function createNonceMemory(now: () => number): { accept(nonce: string): boolean } {
  const seenUntil = new Map<string, number>();
  return {
    accept(nonce) {
      const time = now();
      // Insertion order is expiry order, so the sweep stops at the first one still valid.
      for (const [old, until] of seenUntil) {
        if (until > time) break;
        seenUntil.delete(old);
      }
      if (seenUntil.has(nonce)) return false;
      // A date may lie 15 minutes ahead, so a request stays replayable for twice the skew.
      seenUntil.set(nonce, time + 2 * allowedSkewMs);
      return true;
    },
  };
}

function incomplete(message: string): ServiceError {
  return refuse(400, "IncompleteSignature", message).error;
}

function mismatch(): ServiceError {
  return refuse(400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.").error;
}

export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function headerOf(request: SignedRequest, name: string): string {
  return request.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1].trim() ?? "";
}
