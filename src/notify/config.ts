import { lstatSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import type { Language } from "../language.ts";
import { isLoopback } from "./loopback.ts";
import { isSigningSecret } from "./signatures.ts";

export const formats = ["json", "slack", "dingtalk", "feishu"] as const;
export type Format = (typeof formats)[number];

export const eventNames = ["approval-needed", "job-ended"] as const;
export type EventName = (typeof eventNames)[number];

/** Where to send, with everything that is secret about it: never in a log, an answer or a record. */
export interface Webhook {
  name: string;
  url: string;
  format: Format;
  events: readonly EventName[];
  secret?: string;
  language: Language;
}

export type WebhooksResult =
  | { kind: "none" }
  /** `exposed`: an address stands in the file, and others on this computer can read it. */
  | { kind: "read"; file: string; webhooks: readonly Webhook[]; exposed: boolean }
  /** No sentence holds an address or a secret. */
  | { kind: "unusable"; file: string; problems: readonly string[] };

export const webhooksFileName = "webhooks.yaml";

/** Kept apart from the text, so that a message about it cannot show it. */
const kept = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })], {
  error: "is {env: NAME} or {file: PATH}, never the value itself",
});

const webhook = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w-]{0,39}$/, "is up to 40 letters, digits, - and _"),
  url: z.union([z.string(), kept], { error: "is an address, {env: NAME} or {file: PATH}" }),
  format: z.enum(formats),
  events: z.array(z.enum(eventNames)).min(1),
  secret: kept.exactOptional(),
  language: z.enum(["en", "zh"]).exactOptional(),
});
type Written = z.infer<typeof webhook>;

const webhooksFile = z.strictObject({ version: z.literal(1), webhooks: z.array(webhook).max(20) });

export interface ReadFrom {
  /** Folder of the settings. */
  folder: string;
  environment: NodeJS.ProcessEnv;
  /** Of webhooks that name none. */
  language: Language;
}

/** Reads webhooks.yaml. One thing wrong in it leaves no webhook: half a list would look like a whole one. */
export function readWebhooks(from: ReadFrom): WebhooksResult {
  const file = join(from.folder, webhooksFileName);
  const misnamed = file.replace(/\.yaml$/, ".yml");
  const unusable = (problems: readonly string[]) => ({ kind: "unusable", file, problems }) as const;
  if (isThere(misnamed)) return unusable([`${misnamed} is not read; name it ${webhooksFileName}`]);
  if (!isThere(file)) return { kind: "none" };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return unusable([`${webhooksFileName} cannot be read (${codeOf(error)})`]);
  }
  const parsed = parse(text);
  if (!parsed.ok) return unusable(parsed.problems);
  const problems: string[] = [];
  const webhooks = parsed.written.flatMap((each, index) => {
    const found = complete(each, from);
    const isSecond = parsed.written.findIndex(({ name }) => name === each.name) < index;
    problems.push(...found.problems, ...(isSecond ? [`${each.name}: there are two of that name`] : []));
    return found.webhook ? [found.webhook] : [];
  });
  if (problems.length > 0) return unusable(problems);
  const holdsAddress = parsed.written.some(({ url }) => typeof url === "string");
  return { kind: "read", file, webhooks, exposed: holdsAddress && isReadByOthers(file) };
}

/** A link to nothing is there too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isReadByOthers(file: string): boolean {
  return process.platform !== "win32" && (statSync(file).mode & 0o044) !== 0;
}

type Parsed = { ok: true; written: readonly Written[] } | { ok: false; problems: string[] };

/** The library's own messages quote the line they are about, which may hold an address; only code and line are told. */
function parse(text: string): Parsed {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return { ok: false, problems: faults.map(({ code, pos }) => `line ${lineCounter.linePos(pos[0]).line}: ${code}`) };
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch {
    return { ok: false, problems: ["aliases cannot be resolved"] };
  }
  const result = webhooksFile.safeParse(content);
  if (result.success) return { ok: true, written: result.data.webhooks };
  return { ok: false, problems: result.error.issues.map((issue) => say(issue, document, lineCounter)) };
}

function say(issue: z.core.$ZodIssue, document: Document, lineCounter: LineCounter): string {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
  const node = document.getIn(issue.path, true);
  const line = isNode(node) && node.range ? lineCounter.linePos(node.range[0]).line : 1;
  const place = `line ${line}: ${issue.path.map(String).join(".") || "file"}`;
  if (keys.length === 0) return `${place}: ${issue.message}`;
  // A key may be an address whose colon lacks its space.
  return `${place}: unknown key ${keys.map((key) => (/^[\w-]{1,40}$/.test(key) ? key : "(not a word)")).join(", ")}`;
}

function complete(written: Written, from: ReadFrom): { webhook?: Webhook; problems: string[] } {
  const { name, format, events } = written;
  const url = typeof written.url === "string" ? { value: written.url } : fetchKept(written.url, from);
  const secret = written.secret && fetchKept(written.secret, from);
  const problems = [
    ...("problem" in url ? [`url ${url.problem}`] : problemsOfUrl(url.value)),
    ...(secret === undefined
      ? []
      : "problem" in secret
        ? [`secret ${secret.problem}`]
        : problemsOfSecret(format, secret.value)),
  ].map((problem) => `${name}: ${problem}`);
  if (problems.length > 0 || "problem" in url) return { problems };
  return {
    problems: [],
    webhook: {
      name,
      url: url.value,
      format,
      events,
      language: written.language ?? from.language,
      ...(secret && "value" in secret && { secret: secret.value }),
    },
  };
}

const mostBytesOfSecret = 4_096;

function fetchKept(kept: { env: string } | { file: string }, from: ReadFrom): { value: string } | { problem: string } {
  if ("env" in kept) {
    const value = from.environment[kept.env]?.trim();
    return value ? { value } : { problem: `is kept in the environment variable ${kept.env}, which is not set here` };
  }
  const path = isAbsolute(kept.file) ? kept.file : join(from.folder, kept.file);
  try {
    const value = readFileSync(path, "utf8").trim();
    if (value === "" || value.length > mostBytesOfSecret || value.includes("\n")) {
      return { problem: `is kept in ${kept.file}, which does not hold one line` };
    }
    return { value };
  } catch (error) {
    return { problem: `is kept in ${kept.file}, which cannot be read (${codeOf(error)})` };
  }
}

function problemsOfUrl(text: string): string[] {
  const url = URL.parse(text);
  if (!url) return ["url is not an address"];
  if (url.username !== "" || url.password !== "") return ["url holds a user name or password"];
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return [];
  return ["url is not https; http is for this machine alone"];
}

function problemsOfSecret(format: Format, secret: string): string[] {
  if (format === "slack") return ["Slack's incoming webhooks know no signature; take the secret away"];
  if (format !== "json" || isSigningSecret(secret)) return [];
  return ["secret is not whsec_ and 24 to 64 bytes in base64; `openssl rand -base64 32` makes the second part"];
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
