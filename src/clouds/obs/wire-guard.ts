import type { Outgoing } from "../huawei/exchange.ts";
import type { ObsEndpoint, Subject } from "./address.ts";

/** What one request is for. Whatever is composed of it, nothing else leaves. */
export interface Intent {
  kind: keyof typeof shapes;
  subject: Subject;
  /** Decoded. */
  query: Readonly<Record<string, string>>;
}

/** No DELETE and no POST: nothing here can remove a bucket, an object or an upload. */
const shapes = {
  listBuckets: { method: "GET", query: [], headers: [] },
  listObjects: { method: "GET", query: ["prefix", "marker", "max-keys", "delimiter"], headers: [] },
  head: { method: "HEAD", query: [], headers: [] },
  get: { method: "GET", query: [], headers: [] },
  put: { method: "PUT", query: [], headers: ["content-type", "content-md5"] },
} as const satisfies Record<string, { method: string; query: readonly string[]; headers: readonly string[] }>;

/** Any other could copy an object, open it to strangers or send a notice elsewhere. */
const everywhere = ["authorization", "x-obs-date", "x-obs-security-token"];

/** Why it must not leave. Knows nothing of how requests are composed. */
export function refusalOf(intent: Intent, endpoint: ObsEndpoint, outgoing: Outgoing): string | undefined {
  const { bucket, key } = intent.subject;
  const shape: { method: string; query: readonly string[]; headers: readonly string[] } = shapes[intent.kind];
  const asked = (what: string) => `${what} is not part of this operation`;
  if (outgoing.method !== shape.method) return asked(outgoing.method);
  const host = bucket === undefined || endpoint.pathStyle ? endpoint.host : `${bucket}.${endpoint.host}`;
  if (outgoing.endpoint.host !== host || outgoing.endpoint.protocol !== endpoint.protocol) {
    return `${outgoing.endpoint.protocol}://${outgoing.endpoint.host} is not the place`;
  }
  const below = bucket !== undefined && endpoint.pathStyle ? `/${bucket}/` : "/";
  if (decode(outgoing.path) !== `${below}${key ?? ""}`) return asked(`the path ${outgoing.path}`);
  const found = [...new URLSearchParams(outgoing.query)];
  const names = Object.keys(intent.query);
  const isAsked = ([name, value]: [string, string]) => shape.query.includes(name) && intent.query[name] === value;
  const isWhole = found.length === names.length && new Set(found.map(([name]) => name)).size === names.length;
  if (!isWhole || !found.every(isAsked)) return asked(`the query ${outgoing.query}`);
  const foreign = Object.keys(outgoing.headers).find(
    (name) => !everywhere.includes(name) && !shape.headers.includes(name),
  );
  if (foreign !== undefined) return asked(`the header ${foreign}`);
  return (outgoing.body !== undefined) === (intent.kind === "put") ? undefined : asked("a body");
}

/** Only letters, digits, -._~ and slashes stand as they are, and no segment is one that a server could fold. */
function decode(path: string): string | undefined {
  if (!/^\/(?:[\w\-.~/]|%(?!2E|2F)[0-9A-F]{2})*$/.test(path)) return undefined;
  try {
    const decoded = decodeURIComponent(path);
    return /\/(\.{0,2})\/|\/\.{1,2}$/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
