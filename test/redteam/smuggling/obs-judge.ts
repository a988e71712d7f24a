/** What a request to storage is, read as the service reads it, and whether that is what was asked for. */

export interface Asked {
  operation: string;
  bucket?: string;
  key?: string;
  query?: Readonly<Record<string, string>>;
}

export interface Arrived {
  method: string;
  url: string;
}

const methods: Readonly<Record<string, readonly string[]>> = {
  ObsListBuckets: ["GET"],
  ObsListObjects: ["GET"],
  ObsHeadObject: ["HEAD"],
  ObsGetObject: ["GET"],
  // Looks whether something lies there first.
  ObsPutObject: ["HEAD", "PUT"],
};
/** Any other name in the query is a sub-resource: `?acl`, `?delete`, `?uploads`, `?policy`, `?versionId`. */
const listing = ["prefix", "marker", "max-keys", "delimiter"];

export function isWhatWasAsked({ method, url }: Arrived, asked: Asked): boolean {
  const [path = "", search = ""] = url.split("?");
  const { operation, bucket, key = "", query = {} } = asked;
  if (!methods[operation]?.includes(method)) return false;
  const wanted = bucket === undefined ? "/" : `/${bucket}/${key}`;
  if (decodeOnce(path) !== wanted || /\/\.{1,2}(\/|$)|.\/\//.test(decodeOnce(path) ?? "")) return false;
  return [...new URLSearchParams(search)].every(
    ([name, value]) => operation === "ObsListObjects" && listing.includes(name) && query[name] === value,
  );
}

function decodeOnce(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
