import { contentOf, writtenObject } from "../stored-object.ts";
import type { OperationRow, Parameter } from "../types.ts";

/**
 * Huawei Cloud's storage operations as registry rows, argument by argument those of the other storage. The storage
 * client renders host and path, so a row's parameters are the ones a caller gives.
 */
const uri = {
  name: "uri",
  in: "path",
  type: "string",
  required: true,
  description: "Object, as obs://bucket/key",
  example: "obs://acme-dli/jars/nightly.jar",
  grammar: "obsUri",
} as const;

const ofObs = {
  cloud: "obs",
  group: "storage",
  secrets: { request: [], response: [] },
  origin: "documents",
  service: "obs",
} as const;

const ofBucket = { ...ofObs, host: "{bucket}.obs.{region}.myhuaweicloud.com" } as const;

function inQuery(name: string, type: Parameter["type"], description: string, example: unknown): Parameter {
  return { name, in: "query", type, required: false, description, example };
}

export const obsRows: readonly OperationRow[] = [
  {
    ...ofObs,
    host: "obs.{region}.myhuaweicloud.com",
    name: "ObsListBuckets",
    method: "GET",
    path: "/",
    summary: "List the buckets of the account",
    readOnly: true,
    parameters: [],
    response: {
      type: "object",
      properties: {
        buckets: {
          type: "array",
          items: {
            type: "object",
            properties: { name: { type: "string" }, regionId: { type: "string" }, createdAt: { type: "string" } },
          },
        },
        truncated: { type: "boolean" },
      },
    },
    ramAction: "obs:bucket:ListAllMyBuckets",
  },
  {
    ...ofBucket,
    name: "ObsHeadObject",
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
    ramAction: "obs:object:GetObject",
  },
  {
    ...ofBucket,
    name: "ObsListObjects",
    method: "GET",
    path: "/{bucket}",
    summary: "List objects of a bucket",
    readOnly: true,
    parameters: [
      {
        name: "bucket",
        in: "path",
        type: "string",
        required: true,
        description: "Name of the bucket",
        example: "acme-dli",
        grammar: "bucketName",
      },
      inQuery("prefix", "string", "Beginning of the keys", "jobs/logs/"),
      inQuery("marker", "string", "Start after this key", "jobs/logs/148.log"),
      inQuery("max-keys", "integer", "Objects to return, 1 to 1000 (default 1000)", 100),
      inQuery("delimiter", "string", "Group keys at this character", "/"),
    ],
    response: {
      type: "object",
      properties: {
        objects: {
          type: "array",
          items: {
            type: "object",
            properties: {
              key: { type: "string" },
              uri: { type: "string" },
              bytes: { type: "integer" },
              lastModified: { type: "string" },
              etag: { type: "string" },
            },
          },
        },
        commonPrefixes: { type: "array", items: { type: "string" } },
        truncated: { type: "boolean" },
        nextMarker: { type: "string" },
      },
    },
    pagination: { style: "max-keys/marker", params: ["max-keys", "marker"] },
    ramAction: "obs:bucket:ListBucket",
  },
  {
    ...ofBucket,
    name: "ObsGetObject",
    method: "GET",
    path: "/{uri}",
    summary: "Read the beginning of an object, 1 MB of text at most",
    readOnly: true,
    parameters: [uri],
    response: {
      type: "object",
      properties: {
        uri: { type: "string" },
        text: { type: "string" },
        bytes: { type: "integer" },
        truncated: { type: "boolean" },
      },
    },
    ramAction: "obs:object:GetObject",
  },
  {
    ...ofBucket,
    name: "ObsPutObject",
    method: "PUT",
    path: "/{uri}",
    summary: "Write one object",
    readOnly: false,
    parameters: [uri, ...contentOf("/home/ann/nightly.jar")],
    response: writtenObject,
    ramAction: "obs:object:PutObject",
  },
];
