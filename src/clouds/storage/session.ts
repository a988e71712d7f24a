import type OSS from "ali-oss";
import { matchesGrammar } from "../../operations/grammar.ts";
import type { Parsed } from "./grammar.ts";
import { cleanMessage, codeOf, failure, type StorageFailure, type StorageResult } from "./result.ts";
import { createTransport, type Transport } from "./transport.ts";
import type { Intent } from "./wire-guard.ts";

export interface StorageProfile {
  /** `https://oss-<region>.aliyuncs.com` when absent. */
  endpoint?: string;
  regionId: string;
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string;
}

export interface StorageLimits {
  readTimeoutMs: number;
  /** For one request; a large file is many. */
  writeTimeoutMs: number;
  /** Larger content is sent in parts. */
  multipartThresholdBytes: number;
  partBytes: number;
}

export const defaultLimits: StorageLimits = {
  readTimeoutMs: 30_000,
  writeTimeoutMs: 60_000,
  multipartThresholdBytes: 16 * 1024 * 1024,
  partBytes: 8 * 1024 * 1024,
};

/** Runs one request through an ali-oss client that was made for it alone. */
export type Run = <T>(
  intent: Intent,
  signal: AbortSignal,
  use: (client: OSS, transport: Transport) => Promise<{ value: T; res: unknown }>,
  cutAfterBytes?: number,
) => Promise<StorageResult<T>>;

export function createRun(profile: StorageProfile, limits: StorageLimits): Run {
  const endpoint = parseProfile(profile);
  const secrets = [profile.accessKeySecret, profile.securityToken ?? ""];

  return async (intent, signal, use, cutAfterBytes) => {
    if (!endpoint.ok) return failure("invalid_profile", endpoint.message);
    const timeoutMs = intent.kind === "write" ? limits.writeTimeoutMs : limits.readTimeoutMs;
    const cut = cutAfterBytes === undefined ? {} : { cutAfterBytes };
    const transport = createTransport({ endpoint: endpoint.value, intent, signal, timeoutMs, ...cut });
    try {
      const client = await newClient(profile, endpoint.value, intent, transport);
      const { value, res } = await use(client, transport);
      return { ok: true, value, requestId: requestIdOf(res) };
    } catch (error) {
      return transport.failed ?? explainAnswer(error, transport.answered, intent, secrets);
    }
  };
}

function parseProfile(profile: StorageProfile): Parsed<URL> {
  if (!matchesGrammar("regionId", profile.regionId)) {
    return { ok: false, message: "The region id is not allowed. Allowed: a region id, for example cn-hangzhou." };
  }
  const { accessKeyId, accessKeySecret, securityToken = "-" } = profile;
  // All three end up in headers or in what is signed.
  const isComplete = [accessKeyId, accessKeySecret, securityToken].every((text) => /^[\x21-\x7e]+$/.test(text));
  if (!isComplete)
    return { ok: false, message: "The credentials are empty or hold characters that no access key has." };
  return parseEndpoint(profile);
}

/** Plain HTTP shows every object to the network; only this machine may be spoken to that way. */
function parseEndpoint(profile: StorageProfile): Parsed<URL> {
  const text = profile.endpoint ?? `https://oss-${profile.regionId}.aliyuncs.com`;
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  const isLocal = /^127(\.\d+){3}$/.test(url?.hostname ?? "");
  const isBare = url?.pathname === "/" && url.search === "" && url.username === "" && url.password === "";
  if (url !== null && isBare && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) {
    return { ok: true, value: url };
  }
  return {
    ok: false,
    message:
      "The storage endpoint is not allowed. Allowed: an https URL without a path, for example https://oss-cn-hangzhou.aliyuncs.com.",
  };
}

/**
 * A client per call: ali-oss keeps the bucket, the cancel flag and the transport in it.
 * Loaded on first use, for it takes a noticeable part of a second.
 */
async function newClient(profile: StorageProfile, endpoint: URL, intent: Intent, transport: Transport): Promise<OSS> {
  const { default: Client } = await import("ali-oss");
  const options = {
    accessKeyId: profile.accessKeyId,
    accessKeySecret: profile.accessKeySecret,
    // The interval keeps ali-oss from warning that nobody refreshes the token.
    ...(profile.securityToken === undefined
      ? {}
      : { stsToken: profile.securityToken, refreshSTSTokenInterval: 300_000 }),
    ...("bucket" in intent ? { bucket: intent.bucket } : {}),
    region: `oss-${profile.regionId}`,
    endpoint: endpoint.origin,
    secure: endpoint.protocol === "https:",
    authorizationV4: true,
    urllib: transport,
  };
  return new Client(options);
}

function explainAnswer(
  error: unknown,
  answered: number | undefined,
  intent: Intent,
  secrets: readonly string[],
): StorageFailure {
  // Nothing went out and nothing came back: a bug.
  if (answered === undefined) throw error;
  const { code, requestId, message } = error as { code?: string; requestId?: string; message?: string };
  // A 5xx, or an answer that nobody can read, may have come after the object was stored.
  const isDecisive = answered >= 300 && answered < 500;
  const outcome = intent.kind === "write" && !isDecisive ? "unknown" : "not_done";
  const extra = { outcome, status: answered, ...(requestId === undefined ? {} : { requestId }) } as const;
  if (answered < 300) return failure("server_error", "OSS gave an answer that cannot be read.", extra);
  const text = cleanMessage(message ?? "", secrets);
  const where = "bucket" in intent ? ` for ${intent.bucket}` : "";
  const said = [String(answered), ...(code === undefined ? [] : [code])].join(" ");
  return failure(codeOf(answered, code ?? "", text), `OSS answered ${said}${where}: ${text}`, extra);
}

export function headerOf(res: unknown, name: string): string {
  const headers = (res as { headers?: Record<string, unknown> }).headers;
  return String(headers?.[name] ?? "");
}

const requestIdOf = (res: unknown): string => headerOf(res, "x-oss-request-id");
