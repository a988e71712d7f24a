import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { refuseKey } from "./address.ts";
import type { Files } from "./files.ts";
import { type Bucket, findBucket, ignoring, listBuckets } from "./folders.ts";
import { listPage } from "./listing.ts";
import { wholeSeconds } from "./multipart.ts";
import { invalidArgument, isRefusal, malformedXml, type Refusal, type Reply, type StoreRequest } from "./reply.ts";
import { childText, element, readXml, type Xml, xmlDocument } from "./xml.ts";

const OWNER = element("Owner", element("ID", "sandbox"), element("DisplayName", "sandbox"));

const xmlReply = (name: string, ...content: Xml[]): Reply => ({
  status: 200,
  body: xmlDocument(element(name, ...content)),
});

export async function getService(files: Files, request: StoreRequest, regionId: string): Promise<Reply | Refusal> {
  const limit = parseLimit(request, "max-keys", 100);
  if (isRefusal(limit)) return limit;
  const [prefix, marker] = [request.query.get("prefix") ?? "", request.query.get("marker") ?? ""];
  const buckets = (await listBuckets(files.root)).filter((b) => b.name.startsWith(prefix) && b.name > marker);
  const page = buckets.slice(0, limit);
  const truncated = buckets.length > page.length;
  return xmlReply(
    "ListAllMyBucketsResult",
    OWNER,
    element("Prefix", prefix),
    element("Marker", marker),
    element("MaxKeys", limit),
    element("IsTruncated", truncated),
    element("NextMarker", truncated ? (page.at(-1)?.name ?? "") : ""),
    element("Buckets", ...page.map((bucket) => element("Bucket", ...bucketElements(bucket, regionId)))),
  );
}

function bucketElements(bucket: Bucket, regionId: string): Xml[] {
  return [
    element("Name", bucket.name),
    element("CreationDate", wholeSeconds(bucket.createdAt)),
    element("Location", `oss-${regionId}`),
    element("Region", regionId),
    element("StorageClass", "Standard"),
    element("ExtranetEndpoint", `oss-${regionId}.aliyuncs.com`),
    element("IntranetEndpoint", `oss-${regionId}-internal.aliyuncs.com`),
  ];
}

export async function putBucket(files: Files, request: StoreRequest): Promise<Reply> {
  await mkdir(join(files.root, request.bucket)).catch(ignoring("EEXIST"));
  return { status: 200, headers: { location: `/${request.bucket}` } };
}

export async function getBucketInfo(files: Files, request: StoreRequest, regionId: string): Promise<Reply> {
  const bucket = await findBucket(files.root, request.bucket);
  const details = bucket === undefined ? [] : bucketElements(bucket, regionId);
  const acl = element("AccessControlList", element("Grant", "private"));
  return xmlReply("BucketInfo", element("Bucket", ...details, OWNER, acl));
}

export const getBucketLocation = (regionId: string): Reply => ({
  status: 200,
  body: xmlDocument(element("LocationConstraint", `oss-${regionId}`)),
});

export const getBucketAcl = (): Reply =>
  xmlReply("AccessControlPolicy", OWNER, element("AccessControlList", element("Grant", "private")));

/** `encoding-type=url` is how a client reads keys that XML cannot spell. */
function keyEncoder(request: StoreRequest): ((key: string) => string) | Refusal {
  const encoding = request.query.get("encoding-type") ?? "";
  if (encoding === "") return (key) => key;
  if (encoding === "url") return encodeURIComponent;
  return invalidArgument("Invalid Encoding Method specified in Request.");
}

/** Clients decode keys only when they are told. */
function encodingElement(request: StoreRequest): Xml[] {
  const encoding = request.query.get("encoding-type") ?? "";
  return encoding === "" ? [] : [element("EncodingType", encoding)];
}

function parseLimit(request: StoreRequest, name: string, preset: number): number | Refusal {
  const limit = Number(request.query.get(name) || preset);
  if (Number.isInteger(limit) && limit >= 0 && limit <= 1000) return limit;
  return invalidArgument(`Argument ${name} must be an integer between 0 and 1000.`);
}

export async function listObjects(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const isV2 = request.query.get("list-type") === "2";
  const encode = keyEncoder(request);
  if (isRefusal(encode)) return encode;
  const limit = parseLimit(request, "max-keys", 100);
  if (isRefusal(limit)) return limit;
  const text = (name: string): string => request.query.get(name) ?? "";
  const token = Buffer.from(text("continuation-token"), "base64url").toString("utf8");
  const start = text(isV2 ? "start-after" : "marker");
  const query = { prefix: text("prefix"), delimiter: text("delimiter"), after: isV2 ? token || start : start, limit };
  const bucketFolder = join(files.root, request.bucket);
  const page = await listPage(
    bucketFolder,
    query,
    async (key) => (await files.records.folderMark(request.bucket, key)) !== undefined,
  );
  const withOwner = !isV2 || text("fetch-owner") === "true";
  const contents: Xml[] = [];
  for (const key of page.keys) {
    const info = await files.describe(request.bucket, key);
    // An engine may have removed it since the folder was read.
    if (isRefusal(info)) continue;
    contents.push(
      element(
        "Contents",
        element("Key", encode(key)),
        element("LastModified", wholeSeconds(info.modified)),
        element("ETag", info.etag),
        element("Type", info.type),
        element("Size", info.size),
        element("StorageClass", "Standard"),
        ...(withOwner ? [OWNER] : []),
      ),
    );
  }
  const prefixes = page.commonPrefixes.map((prefix) => element("CommonPrefixes", element("Prefix", encode(prefix))));
  const next = page.truncated ? page.last : "";
  const position = isV2
    ? [
        element("StartAfter", encode(start)),
        element("ContinuationToken", text("continuation-token")),
        element("KeyCount", contents.length + prefixes.length),
        ...(next === "" ? [] : [element("NextContinuationToken", Buffer.from(next).toString("base64url"))]),
      ]
    : [element("Marker", encode(start)), ...(next === "" ? [] : [element("NextMarker", encode(next))])];
  return xmlReply(
    "ListBucketResult",
    element("Name", request.bucket),
    element("Prefix", encode(query.prefix)),
    element("Delimiter", encode(query.delimiter)),
    element("MaxKeys", limit),
    element("IsTruncated", page.truncated),
    ...encodingElement(request),
    ...position,
    ...contents,
    ...prefixes,
  );
}

export async function deleteObjects(files: Files, request: StoreRequest): Promise<Reply | Refusal> {
  const encode = keyEncoder(request);
  if (isRefusal(encode)) return encode;
  const xml = await readXml(request.body);
  const objects = xml?.children.filter((child) => child.name === "Object") ?? [];
  if (xml?.name !== "Delete" || objects.length === 0 || objects.length > 1000) return malformedXml();
  const keys = objects.map((object) => childText(object, "Key") ?? "");
  for (const key of keys) {
    const refusal = refuseKey(key);
    if (refusal !== undefined) return refusal;
  }
  for (const key of keys) {
    const refusal = await files.remove(request.bucket, key);
    if (refusal !== undefined) return refusal;
  }
  const quiet = childText(xml, "Quiet") === "true";
  return xmlReply(
    "DeleteResult",
    ...encodingElement(request),
    ...(quiet ? [] : keys.map((key) => element("Deleted", element("Key", encode(key))))),
  );
}
