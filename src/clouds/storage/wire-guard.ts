/** What one call is for. Whatever ali-oss makes of it, nothing else leaves. */
export type Intent =
  | { kind: "listBuckets" }
  | { kind: "listObjects"; bucket: string }
  | { kind: "read"; bucket: string; key: string }
  | { kind: "write"; bucket: string; key: string };

export interface OutgoingRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, unknown>>;
}

interface Shape {
  method: string;
  /** Exactly these. */
  needs?: readonly string[];
  /** Any of these besides. */
  may?: readonly string[];
}

/** No DELETE anywhere: this client cannot remove a bucket, an object or an upload. */
const SHAPES: Readonly<Record<Intent["kind"], readonly Shape[]>> = {
  listBuckets: [{ method: "GET", may: ["prefix", "marker", "max-keys"] }],
  listObjects: [
    { method: "GET", needs: ["list-type"], may: ["prefix", "max-keys", "encoding-type", "continuation-token"] },
  ],
  read: [{ method: "GET" }, { method: "HEAD" }],
  write: [
    { method: "PUT" },
    { method: "POST", needs: ["uploads"] },
    { method: "PUT", needs: ["partNumber", "uploadId"] },
    { method: "POST", needs: ["uploadId"] },
  ],
};

const WRITE_HEADERS = ["x-oss-date", "x-oss-content-sha256", "x-oss-security-token", "x-oss-forbid-overwrite"];

/** Why the request must not leave, or the URL as it will be sent. */
export function checkOutgoing(
  intent: Intent,
  endpoint: URL,
  request: OutgoingRequest,
): { allowed: true; url: URL } | { allowed: false; reason: string } {
  const refuse = (reason: string) => ({ allowed: false as const, reason });
  if (!URL.canParse(request.url)) return refuse("the URL cannot be parsed");
  const url = new URL(request.url);
  const bucket = "bucket" in intent ? intent.bucket : "";
  const key = "key" in intent ? intent.key : "";
  const hosts = [endpoint.host, ...(bucket === "" ? [] : [`${bucket}.${endpoint.host}`])];
  if (url.protocol !== endpoint.protocol || !hosts.includes(url.host))
    return refuse(`the host ${url.host} is not the endpoint`);
  if (url.username !== "" || url.password !== "" || url.hash !== "") return refuse("the URL carries user or fragment");
  const hostHeader = request.headers.host;
  if (bucket !== "" && url.host === endpoint.host && !String(hostHeader ?? "").startsWith(`${bucket}.`)) {
    return refuse("the request does not name the bucket");
  }
  if (bucket === "" && hostHeader !== undefined && !String(hostHeader).startsWith(".oss-")) {
    return refuse("the request names a bucket");
  }
  if (decodePath(url.pathname) !== `/${key}`) return refuse("the path is not the object's");
  const names = [...url.searchParams.keys()];
  const fits = SHAPES[intent.kind].some(({ method, needs = [], may = [] }) => {
    const others = names.filter((name) => !needs.includes(name));
    return (
      method === request.method &&
      new Set(names).size === names.length &&
      names.length - others.length === needs.length &&
      others.every((name) => may.includes(name))
    );
  });
  if (!fits) return refuse(`${request.method} with the parameters [${names.join(", ")}] is not part of this operation`);
  const foreign = Object.keys(request.headers)
    .map((name) => name.toLowerCase())
    .find((name) => name.startsWith("x-oss-") && !WRITE_HEADERS.includes(name));
  if (foreign !== undefined) return refuse(`the header ${foreign} is not part of this operation`);
  return { allowed: true, url };
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
