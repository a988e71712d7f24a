/** Masks these very values, also as they stand in an address. Short ones would mask ordinary words. */
export function maskKnown(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())])
    .reduce((masked, secret) => masked.replaceAll(secret, "****"), text);
}
