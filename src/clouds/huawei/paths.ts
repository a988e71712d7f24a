/** What a path may look like at all, and which resources a DELETE would take away: both without the route table. */

/** One spelling only: nothing a server or a library between could take for another path. */
export function isPlainPath(path: string): boolean {
  return path.startsWith("/") && path.slice(1).split("/").every(isPlainSegment);
}

function isPlainSegment(segment: string): boolean {
  if (segment === "" || segment === "." || segment === "..") return false;
  try {
    const decoded = decodeURIComponent(segment);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they have no business in a path
    return encodeURIComponent(decoded) === segment && !/[/\\%?#;\x00-\x1f\x7f]/.test(decoded);
  } catch {
    return false;
  }
}

export type Deletable = "pool" | "queue" | "database" | "table";

/** The only operations that may take these away, whatever a route table says. */
const deletions: Readonly<Record<string, Deletable>> = {
  DeleteElasticResourcePool: "pool",
  DeleteQueue: "queue",
  DeleteDatabase: "database",
  DeleteTable: "table",
};

/** Undefined when `operation` may send this; else what it would have deleted. */
export function foreignDeletion(operation: string, method: string, path: string): Deletable | undefined {
  const target = deletionTarget(method, path);
  return target !== undefined && Object.hasOwn(deletions, operation) && deletions[operation] === target
    ? undefined
    : target;
}

/** Found in every spelling that a server could take for the deletion. */
export function deletionTarget(method: string, path: string): Deletable | undefined {
  if (method.toUpperCase() !== "DELETE") return undefined;
  let seen = path;
  for (let round = 0; round < 4; round++) {
    const target = targetOf(seen);
    if (target !== undefined) return target;
    try {
      const decoded = decodeURIComponent(seen);
      if (decoded === seen) return undefined;
      seen = decoded;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** `/{version}/{project}/queues/{name}`; a missing name may delete more, not less. */
function targetOf(path: string): Deletable | undefined {
  const segments: string[] = [];
  for (const segment of path.replaceAll("\\", "/").split(/[?#;]/)[0]?.split("/") ?? []) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment.toLowerCase());
  }
  const [, , collection, , inner] = segments;
  if (segments.length <= 4) {
    if (collection === "elastic-resource-pools") return "pool";
    if (collection === "queues") return "queue";
    if (collection === "databases") return "database";
  }
  return collection === "databases" && inner === "tables" && segments.length <= 6 ? "table" : undefined;
}
