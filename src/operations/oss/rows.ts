import { contentOf, writtenObject } from "../stored-object.ts";
import type { OperationRow } from "../types.ts";

/**
 * The storage operations as registry rows. Paths and methods are those of the OSS REST API; the storage client
 * renders them, so a row's parameters are the ones a caller gives.
 */
const uri = {
  name: "uri",
  in: "path",
  type: "string",
  required: true,
  description: "Object, as oss://bucket/key",
  example: "oss://lake/jobs/clean.py",
  grammar: "ossUri",
} as const;

export const ossRows: readonly OperationRow[] = [
  {
    cloud: "oss",
    name: "ListBuckets",
    group: "storage",
    method: "GET",
    path: "/",
    summary: "List the buckets of the account",
    readOnly: true,
    parameters: [],
    response: null,
    secrets: { request: [], response: [] },
    ramAction: "oss:ListBuckets",
    origin: "documents",
  },
  {
    cloud: "oss",
    name: "HeadObject",
    group: "storage",
    method: "GET",
    path: "/{uri}",
    summary: "Tell whether an object exists, its size and age",
    readOnly: true,
    parameters: [uri],
    response: {
      type: "object",
      properties: {
        exists: { type: "boolean" },
        bytes: { type: "integer" },
        lastModified: { type: "string" },
        etag: { type: "string" },
      },
    },
    secrets: { request: [], response: [] },
    ramAction: "oss:GetObject",
    origin: "documents",
  },
  {
    cloud: "oss",
    name: "PutObject",
    group: "storage",
    method: "PUT",
    path: "/{uri}",
    summary: "Write one object",
    readOnly: false,
    parameters: [uri, ...contentOf("/home/ann/clean.py")],
    response: writtenObject,
    secrets: { request: [], response: [] },
    ramAction: "oss:PutObject",
    origin: "documents",
  },
];
