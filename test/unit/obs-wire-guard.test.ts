import { describe, expect, test } from "vitest";
import type { Outgoing } from "../../src/clouds/huawei/exchange.ts";
import { parseEndpoint, parseObsUri } from "../../src/clouds/obs/address.ts";
import { type Intent, refusalOf } from "../../src/clouds/obs/wire-guard.ts";

const endpoint = { protocol: "https", host: "obs.cn-north-4.myhuaweicloud.com", pathStyle: false } as const;
const bucketHost = { protocol: "https", host: "acme-dli.obs.cn-north-4.myhuaweicloud.com" } as const;
const signed = { authorization: "OBS AK:x", "x-obs-date": "now" };

const put: Intent = { kind: "put", subject: { bucket: "acme-dli", key: "jars/a b.jar" }, query: {} };
const putRequest: Outgoing = {
  endpoint: bucketHost,
  method: "PUT",
  path: "/jars/a%20b.jar",
  query: "",
  headers: { ...signed, "content-type": "application/octet-stream", "content-md5": "x" },
  body: Buffer.from("x"),
};

const list: Intent = {
  kind: "listObjects",
  subject: { bucket: "acme-dli" },
  query: { prefix: "jobs/", "max-keys": "9" },
};
const listRequest: Outgoing = {
  endpoint: bucketHost,
  method: "GET",
  path: "/",
  query: "max-keys=9&prefix=jobs%2F",
  headers: signed,
};

describe("what leaves", () => {
  test.each([
    ["a write", put, putRequest],
    ["a listing", list, listRequest],
    [
      "a look",
      { ...put, kind: "head" } as const,
      { endpoint: bucketHost, method: "HEAD", path: "/jars/a%20b.jar", query: "", headers: signed },
    ],
    [
      "a list of buckets",
      { kind: "listBuckets", subject: {}, query: {} } as const,
      { endpoint, method: "GET", path: "/", query: "", headers: { ...signed, "x-obs-security-token": "t" } },
    ],
  ])("is %s as it was asked for", (_, intent, outgoing) => {
    expect(refusalOf(intent, endpoint, outgoing)).toBeUndefined();
  });

  test("is a path with the bucket where the endpoint has no hosts below it", () => {
    const local = { protocol: "http", host: "127.0.0.1:9", pathStyle: true } as const;
    const outgoing = { ...putRequest, endpoint: { protocol: "http", host: "127.0.0.1:9" } } as const;
    expect(refusalOf(put, local, { ...outgoing, path: "/acme-dli/jars/a%20b.jar" })).toBeUndefined();
    expect(refusalOf(put, local, { ...outgoing, path: "/other/jars/a%20b.jar" })).toBeDefined();
  });
});

describe("a write is refused", () => {
  test.each([
    ["as a deletion", { method: "DELETE" }],
    ["as a POST, which may delete many", { method: "POST" }],
    ["to another bucket", { endpoint: { protocol: "https", host: "other.obs.cn-north-4.myhuaweicloud.com" } }],
    ["to another region", { endpoint: { protocol: "https", host: "acme-dli.obs.ap-southeast-1.myhuaweicloud.com" } }],
    ["in plain HTTP", { endpoint: { ...bucketHost, protocol: "http" } }],
    ["to another key", { path: "/jars/b.jar" }],
    ["with a slash that is encoded", { path: "/jars%2Fa%20b.jar" }],
    ["with a segment that could be folded", { path: "/x/../jars/a%20b.jar" }],
    ["with encoded dots", { path: "/x/%2E%2E/jars/a%20b.jar" }],
    ["with a path that is not encoded", { path: "/jars/a b.jar" }],
    ["with a subresource, which would write the object's rights", { query: "acl" }],
    ["with an append", { query: "append&position=0" }],
    ["with the rights to be given", { headers: { ...putRequest.headers, "x-obs-acl": "public-read" } }],
    ["as a copy", { headers: { ...putRequest.headers, "x-obs-copy-source": "/other/secret" } }],
    ["with a redirection of readers", { headers: { ...putRequest.headers, "x-obs-website-redirect-location": "/x" } }],
  ] satisfies [string, Partial<Outgoing>][])("%s", (_, change) => {
    expect(refusalOf(put, endpoint, { ...putRequest, ...change })).toMatch(/not part of this operation|not the place/);
  });

  test("without its content", () => {
    const { body: _, ...empty } = putRequest;
    expect(refusalOf(put, endpoint, empty)).toMatch(/a body/);
  });
});

describe("a listing is refused", () => {
  test.each([
    ["with more than was asked for", { query: "marker=a&max-keys=9&prefix=jobs%2F" }],
    ["with less", { query: "prefix=jobs%2F" }],
    ["with another value", { query: "max-keys=9&prefix=" }],
    ["with a parameter twice", { query: "prefix=jobs%2F&prefix=jobs%2F" }],
    ["of an object", { path: "/jobs/" }],
    ["with a body", { body: "x" }],
  ] satisfies [string, Partial<Outgoing>][])("%s", (_, change) => {
    expect(refusalOf(list, endpoint, { ...listRequest, ...change })).toMatch(/is not part of this operation/);
  });

  test("with a parameter that is no part of any listing, even when it was asked for", () => {
    const intent = { ...list, query: { uploads: "" } };
    expect(refusalOf(intent, endpoint, { ...listRequest, query: "uploads=" })).toMatch(/the query/);
  });
});

describe("an endpoint", () => {
  test("is that of the region unless one is given, in Europe of another domain", () => {
    expect(parseEndpoint(undefined, "cn-north-4")?.host).toBe("obs.cn-north-4.myhuaweicloud.com");
    expect(parseEndpoint(undefined, "eu-west-101")?.host).toBe("obs.eu-west-101.myhuaweicloud.eu");
  });

  test.each([
    ["http://127.0.0.1:9000", { protocol: "http", host: "127.0.0.1:9000", pathStyle: true }],
    ["http://localhost:9000/", { protocol: "http", host: "localhost:9000", pathStyle: true }],
    ["https://obs.example.com", { protocol: "https", host: "obs.example.com", pathStyle: false }],
  ])("may be %s", (text, expected) => {
    expect(parseEndpoint(text, "cn-north-4")).toEqual(expected);
  });

  test.each([
    "http://obs.cn-north-4.myhuaweicloud.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "https://user:secret@obs.example.com",
    "https://obs.example.com/path",
    "https://obs.example.com?x=1",
    "ftp://127.0.0.1",
    "obs.cn-north-4.myhuaweicloud.com",
    "",
  ])("may not be %j", (text) => {
    expect(parseEndpoint(text, "cn-north-4")).toBeUndefined();
  });
});

describe("an object's address", () => {
  test("is bucket and key", () => {
    expect(parseObsUri("obs://acme-dli/jars/a b.jar")).toEqual({ bucket: "acme-dli", key: "jars/a b.jar" });
  });

  test.each([
    "oss://acme-dli/a",
    "obs://acme-dli",
    "obs://acme-dli/",
    "obs://acme-dli/a/",
    "obs://acme-dli/../a",
    "obs://acme-dli/a//b",
    "obs://ACME/a",
    "obs://acme-dli/a\nb",
    `obs://acme-dli/${"é".repeat(513)}`,
  ])("is not %j", (uri) => {
    expect(parseObsUri(uri)).toBeUndefined();
  });
});
