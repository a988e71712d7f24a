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
    parameters: [
      uri,
      {
        name: "sha256",
        in: "body",
        type: "string",
        required: true,
        description: "SHA-256 of the content, lower-case hex",
        example: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        grammar: "sha256",
      },
      { name: "bytes", in: "body", type: "integer", required: true, description: "Size in bytes", example: 1024 },
      {
        name: "localPath",
        in: "body",
        type: "string",
        required: false,
        description: "Absolute path of the file to send",
        example: "/home/ann/clean.py",
      },
      { name: "content", in: "body", type: "string", required: false, description: "The content itself", example: "" },
      {
        name: "overwrite",
        in: "body",
        type: "boolean",
        required: true,
        description: "Whether an existing object may be replaced",
        example: false,
      },
    ],
    response: {
      type: "object",
      properties: { uri: { type: "string" }, bytes: { type: "integer" }, etag: { type: "string" } },
    },
    secrets: { request: [], response: [] },
    ramAction: "oss:PutObject",
    origin: "documents",
  },
];
