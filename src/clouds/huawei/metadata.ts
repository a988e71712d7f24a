import type { Endpoint } from "./connection.ts";
import { type Arrived, type Exchanged, exchange } from "./exchange.ts";
import type { Fetched } from "./lease.ts";
import type { AccessKey } from "./signer.ts";

/** The metadata service of an ECS: the temporary key of the agency that the machine was given. */

const serviceEndpoint: Endpoint = { protocol: "http", host: "169.254.169.254" };
const sessionPath = "/meta-data/latest/api/token";
const keyPath = "/openstack/latest/securitykey";
const deadlineMs = 3_000;
const sessionSeconds = 6 * 60 * 60;

/** With the session token of the service's second version where there is one, as the official clients do. */
export async function fetchAgencyKey(endpoint: Endpoint = serviceEndpoint): Promise<Fetched<AccessKey>> {
  if (endpoint !== serviceEndpoint && !isLoopback(endpoint.host)) {
    return missing("the metadata service may only be moved to a loopback address");
  }
  const session = await ask(endpoint, "PUT", sessionPath, { "x-metadata-token-ttl-seconds": String(sessionSeconds) });
  if (session.kind !== "arrived") return unreachable(session);
  const hasSessions = session.status === 200;
  if (!hasSessions && ![404, 405, 503].includes(session.status)) return unexpected(session);
  const answer = await ask(endpoint, "GET", keyPath, hasSessions ? { "x-metadata-token": session.text.trim() } : {});
  if (answer.kind !== "arrived") return unreachable(answer);
  if (answer.status !== 200) return unexpected(answer);
  return keyIn(answer.text) ?? missing("the metadata service gave no key; has this machine an agency?");
}

function ask(
  endpoint: Endpoint,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<Exchanged> {
  return exchange({ endpoint, method, path, query: "", headers }, () => true, AbortSignal.timeout(deadlineMs));
}

function keyIn(text: string): Fetched<AccessKey> | undefined {
  try {
    const { credential } = JSON.parse(text) as { credential?: Readonly<Record<string, unknown>> };
    const { access, secret, securitytoken, expires_at: expires } = credential ?? {};
    const expiresAt = Date.parse(String(expires));
    if (typeof access !== "string" || typeof secret !== "string" || typeof securitytoken !== "string") return undefined;
    if (Number.isNaN(expiresAt)) return undefined;
    return {
      ok: true,
      value: { accessKeyId: access, secretAccessKey: secret, securityToken: securitytoken },
      expiresAt,
    };
  } catch {
    return undefined;
  }
}

/** Not what it said: it may be the key. */
function unexpected({ status }: Arrived): Fetched<AccessKey> {
  return missing(`the metadata service answered HTTP ${status}; has this machine an agency?`);
}

function missing(why: string): Fetched<AccessKey> {
  return { ok: false, reason: "no-credentials", why };
}

function unreachable({ why }: { why: string }): Fetched<AccessKey> {
  return { ok: false, reason: "no-credentials", why: `the metadata service cannot be reached (${why})` };
}

function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost)(:\d+)?$/.test(host);
}
