import * as buckets from "./buckets.ts";
import type { Files } from "./files.ts";
import { findBucket } from "./folders.ts";
import * as multipart from "./multipart.ts";
import * as objects from "./objects.ts";
import { noSuchBucket, notImplemented, type Refusal, type Reply, refuse, type StoreRequest } from "./reply.ts";

type Answer = Promise<Reply | Refusal> | Reply | Refusal;
type Handler = (files: Files, request: StoreRequest, regionId: string) => Answer;

interface Route {
  on: "service" | "bucket" | "object";
  method: string;
  /** Sub-resources that have to be there, e.g. `?uploads`. */
  needs?: readonly string[];
  handler: Handler;
}

/** The first row that fits answers, so the more particular ones stand first. */
const ROUTES: readonly Route[] = [
  { on: "service", method: "GET", handler: buckets.getService },
  { on: "bucket", method: "PUT", handler: buckets.putBucket },
  { on: "bucket", method: "GET", needs: ["bucketInfo"], handler: buckets.getBucketInfo },
  {
    on: "bucket",
    method: "GET",
    needs: ["location"],
    handler: (_f, _r, regionId) => buckets.getBucketLocation(regionId),
  },
  { on: "bucket", method: "GET", needs: ["acl"], handler: () => buckets.getBucketAcl() },
  { on: "bucket", method: "GET", needs: ["uploads"], handler: multipart.listUploads },
  { on: "bucket", method: "GET", handler: buckets.listObjects },
  { on: "bucket", method: "HEAD", handler: () => ({ status: 200 }) },
  { on: "bucket", method: "POST", needs: ["delete"], handler: buckets.deleteObjects },
  { on: "object", method: "PUT", needs: ["partNumber", "uploadId"], handler: multipart.uploadPart },
  { on: "object", method: "PUT", handler: objects.putObject },
  { on: "object", method: "POST", needs: ["uploads"], handler: multipart.initiateUpload },
  { on: "object", method: "POST", needs: ["uploadId"], handler: multipart.completeUpload },
  { on: "object", method: "POST", needs: ["append", "position"], handler: objects.appendObject },
  { on: "object", method: "GET", needs: ["uploadId"], handler: multipart.listParts },
  { on: "object", method: "GET", handler: objects.getObject },
  { on: "object", method: "HEAD", handler: objects.headObject },
  { on: "object", method: "DELETE", needs: ["uploadId"], handler: multipart.abortUpload },
  { on: "object", method: "DELETE", handler: objects.deleteObject },
];

/** They change who pays, how fast or under which signature, not what is done. */
const HARMLESS = new Set([
  "continuation-token",
  "objectMeta",
  "security-token",
  "sequential",
  "x-oss-request-payer",
  "x-oss-traffic-limit",
  "x-obs-security-token",
]);

export async function answer(
  files: Files,
  request: StoreRequest,
  regionId: string,
  subResources: ReadonlySet<string>,
): Promise<Reply | Refusal> {
  const { bucket, key, method, query } = request;
  const on = bucket === "" ? "service" : key === "" ? "bucket" : "object";
  const asked = [...query.keys()].filter((name) => subResources.has(name) && !HARMLESS.has(name));
  const candidates = ROUTES.filter((route) => route.on === on && route.method === method);
  // All of them or none: `DELETE key?tagging` must not end as `DELETE key`.
  const route = candidates.find(({ needs = [] }) => needs.length === asked.length && needs.every((n) => query.has(n)));
  if (route === undefined && on === "service") {
    return refuse(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
  }
  if (route === undefined) {
    return notImplemented(`${method} on a ${on}${asked.length > 0 ? ` with ?${asked.join("&")}` : ""}`);
  }
  const creates = on === "bucket" && method === "PUT";
  if (on !== "service" && !creates && (await findBucket(files.root, bucket)) === undefined) return noSuchBucket(bucket);
  return route.handler(files, request, regionId);
}
