/** What nobody may delete under another operation's name, or at all, and every spelling of it. */

export const project = "0123456789abcdef0123456789abcdef";

export const deletions = {
  DeleteElasticResourcePool: `/v3/${project}/elastic-resource-pools/erp_prod`,
  DeleteQueue: `/v1.0/${project}/queues/general_q1`,
  DeleteDatabase: `/v1.0/${project}/databases/db1`,
  DeleteTable: `/v1.0/${project}/databases/db1/tables/t1`,
} as const;
export type Deletion = keyof typeof deletions;

/** Ways to write a path that a server, or a library before it, may take for the same one. */
export function spellingsOf(path: string): string[] {
  const [, version = "", , collection = "", ...rest] = path.split("/");
  const head = `/${version}/${project}`;
  const tail = [collection, ...rest].join("/");
  const encoded = `%${collection.charCodeAt(0).toString(16)}${collection.slice(1)}`;
  return [
    path,
    `${path}/`,
    `/${path}`,
    `${head}//${tail}`,
    `${head}/./${tail}`,
    `${head}/x/../${tail}`,
    `${head}/batches/%2e%2e/${tail}`,
    `${head}/batches/%2E%2E/${tail}`,
    `${head}/batches/%252e%252e/${tail}`,
    `${head}/batches/..%2f${tail}`,
    `${head}/batches/5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01/../../${tail}`,
    `${head}/${encoded}/${rest.join("/")}`,
    `${head}/%25${encoded.slice(1)}/${rest.join("/")}`,
    `${head}/${collection.toUpperCase()}/${rest.join("/")}`,
    `${head}/${collection}%2f${rest.join("%2f")}`,
    `${head}\\${tail.replaceAll("/", "\\")}`,
    `${path}/.`,
    `${path}/x/..`,
    `${path}/x/%2e%2e`,
    `${path};a=b`,
    `${path}?force=true`,
    `${path}#x`,
    `${path}%3f`,
    `${path}%00`,
    `${head}/${collection}`,
    `http://other.example${path}`,
    `${head}/batches/b HTTP/1.1\r\n\r\nDELETE ${path}`,
  ];
}

/** What a lenient server could take a request line for: decoded up to three times, dot segments resolved. */
export function deletionMeant({ method, url }: { method: string; url: string }): Deletion | undefined {
  if (method.toUpperCase() !== "DELETE") return undefined;
  let path = url.replace(/^https?:\/\/[^/]*/i, "").split(/[?#]/)[0] ?? "";
  for (let round = 0; round < 4; round++) {
    const meant = deletionAt(path);
    if (meant !== undefined) return meant;
    try {
      path = decodeURIComponent(path);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

const shapes: Readonly<Record<Deletion, RegExp>> = {
  DeleteElasticResourcePool: /^\/[^/]+\/[^/]+\/elastic-resource-pools(\/[^/]*)?$/i,
  DeleteQueue: /^\/[^/]+\/[^/]+\/queues(\/[^/]*)?$/i,
  DeleteDatabase: /^\/[^/]+\/[^/]+\/databases(\/[^/]*)?$/i,
  DeleteTable: /^\/[^/]+\/[^/]+\/databases\/[^/]+\/tables(\/[^/]*)?$/i,
};

function deletionAt(path: string): Deletion | undefined {
  const plain = path.replaceAll("\\", "/").split(/[;?#]/)[0]?.replace(/\/+/g, "/") ?? "";
  const resolved = URL.parse(`http://h${plain}`)?.pathname.replace(/\/+/g, "/").replace(/\/$/, "") ?? plain;
  return (Object.keys(shapes) as Deletion[]).find((name) => shapes[name].test(resolved));
}
