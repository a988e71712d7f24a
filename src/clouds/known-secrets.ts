import type { CloudAnswer } from "./transport.ts";

/** Masks these very values, also as they stand in an address. Short ones would mask ordinary words. */
export function maskKnown(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())])
    .reduce((masked, secret) => masked.replaceAll(secret, "****"), text);
}

/** A service or a library may quote in its complaint what it was given, headers and keys among it. */
export function withoutSecrets(answer: CloudAnswer, secrets: readonly string[]): CloudAnswer {
  const clean = (text: string) => maskKnown(text, secrets);
  if (answer.kind === "answered") return answer;
  const message = clean(answer.message);
  if (answer.kind !== "rejected") return { ...answer, message };
  return {
    ...answer,
    message,
    code: clean(answer.code),
    ...(answer.requestId !== undefined && { requestId: clean(answer.requestId) }),
    ...(answer.missingPermission !== undefined && { missingPermission: clean(answer.missingPermission) }),
  };
}
