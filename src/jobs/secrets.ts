/** Finds what looks like a secret, so that it is not shown. Wider than Spark's own spark.redaction.regex default. */

const secretName = /secret|passw(?:or)?d|token|access[._-]?key|private[._-]?key/i;
export const mask = "****";

/** AccessKey ids of Alibaba Cloud begin with LTAI (long-term) or STS. (temporary). */
const accessKeyId = /\b(?:LTAI[0-9A-Za-z]{12,30}|STS\.[0-9A-Za-z]{12,40})\b/g;
const urlPassword = /(\/\/[^\s/:@]{1,128}:)[^\s/@]{1,256}@/g;
const assignment =
  /([\w.-]{0,64}(?:secret|passw(?:or)?d|token|access[._-]?key|private[._-]?key)[\w.-]{0,64}["']?\s{0,3}[=:]\s{0,3})("[^"]*"|'[^']*'|[^\s,;&"']+)/gi;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

export function holdsAccessKeyId(value: string): boolean {
  return new RegExp(accessKeyId.source).test(value);
}

/** Masks `name=value`, URL passwords and AccessKey ids inside running text. */
export function maskSecrets(text: string): string {
  return text
    .replace(assignment, (_, name: string) => `${name}${mask}`)
    .replace(urlPassword, (_, user: string) => `${user}${mask}@`)
    .replace(accessKeyId, mask);
}

export function maskValue(name: string, value: string): string {
  return isSecretName(name) && value !== "" ? mask : maskSecrets(value);
}

/** Arguments of a program: `--password x`, `--password=x`, `-Dtoken=x`. */
export function maskArguments(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const before = args[index - 1];
    const followsSecretFlag = before?.startsWith("-") && !before.includes("=") && isSecretName(before);
    return followsSecretFlag ? mask : maskSecrets(argument);
  });
}
