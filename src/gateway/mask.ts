import { isSecretName, mask, maskArguments, maskSecrets } from "../jobs/secrets.ts";
import type { OperationRow } from "../operations/types.ts";

/**
 * A copy of an answer with every secret value of its row replaced. The last four characters stay, so that a person
 * can tell two tokens apart. Settings, arguments and addresses are people's own and hold secrets in any row.
 */
export function masked(row: OperationRow, body: unknown): unknown {
  const copy: unknown = structuredClone(body);
  for (const path of row.secrets.response) maskAt(copy, path.split("."));
  return maskSettings(copy);
}

/** The values that a request's row calls secret. */
export function secretsOfInput(row: OperationRow, input: Readonly<Record<string, unknown>>): string[] {
  return row.secrets.request.flatMap((path) => {
    const value = path
      .split(".")
      .reduce((holder, name) => (isObject(holder) ? holder[name] : undefined), input as unknown);
    return typeof value === "string" ? [value] : [];
  });
}

/** Members that are secret in the rows that are known to have them; an answer may have more than its row declares. */
const secretMembers: ReadonlySet<string> = new Set([
  "token",
  "connectionToken",
  "submitToken",
  "redisPassword",
  "password",
  "var_value",
]);
const addressToken = /([?&][\w.-]{0,64}token[\w.-]{0,64}=)[^&#\s]+/gi;

function maskSettings(value: unknown, name = ""): unknown {
  if (typeof value === "string") {
    if (secretMembers.has(name)) return value.startsWith(mask) ? value : maskText(value);
    if (name === "entrypoint_args") return maskArguments(value.split(" ")).join(" ");
    if (freeText.has(name)) return maskFreeText(value);
    return /^https?:/i.test(value) ? value.replace(addressToken, `$1${mask}`) : value;
  }
  if (Array.isArray(value)) {
    const areTexts = value.every((each) => typeof each === "string");
    if (areTexts && programArguments.has(name)) return maskArguments(value);
    if (areTexts && name === "conf") return value.map(maskSecrets);
    return value.map((each) => maskSettings(each));
  }
  if (!isObject(value)) return value;
  const key = value.configItemKey ?? value.key;
  const isSecret = typeof key === "string" && isSecretName(key);
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => {
      const isValue = isSecret && (member === "configItemValue" || member === "value");
      const isSetting = (name === "conf" || name === "parameters") && typeof inner === "string" && isSecretName(member);
      return [member, isValue || isSetting ? mask : maskSettings(inner, member)];
    }),
  );
}

/** Members in which people write what they like, some of them as JSON inside of JSON. */
const freeText: ReadonlySet<string> = new Set([
  "sparkSubmitParameters",
  "req_body",
  "runtime_config",
  "user_conf",
  "sql_body",
  "statement",
  "sql",
  "request",
  "response",
  "operator_config",
  "static_estimator_config",
]);
const programArguments: ReadonlySet<string> = new Set(["entryPointArguments", "args"]);

function maskFreeText(text: string): string {
  if (!/^\s*[[{]/.test(text)) return maskSecrets(text);
  try {
    const named = (name: string, inner: unknown) => (typeof inner === "string" && isSecretName(name) ? mask : inner);
    return JSON.stringify(maskSettings(JSON.parse(text, named)));
  } catch {
    return maskSecrets(text);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function maskAt(value: unknown, path: readonly string[]): void {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== "object" || value === null) return;
  if (first.endsWith("[]")) {
    const list = (value as Record<string, unknown>)[first.slice(0, -2)];
    if (Array.isArray(list)) for (const element of list) maskAt(element, rest);
    return;
  }
  const holder = value as Record<string, unknown>;
  if (rest.length > 0) maskAt(holder[first], rest);
  else if (first in holder) holder[first] = maskText(holder[first]);
}

/** An answer that repeats a secret made for its request, wherever it does. */
export function withoutValue(body: unknown, secret: string | undefined): unknown {
  if (secret === undefined || body === undefined) return body;
  return JSON.parse(JSON.stringify(body).replaceAll(secret, maskText(secret))) as unknown;
}

/** As much of a secret as tells two apart. */
export function maskText(value: unknown): string {
  const text = String(value);
  return text.length > 12 ? `****${text.slice(-4)}` : "****";
}
