import { describe, expect, it } from "vitest";
import { checkOutgoing, type Intent } from "../../src/clouds/storage/wire-guard.ts";

const endpoint = new URL("https://oss-cn-hangzhou.aliyuncs.com");
const host = "https://data.oss-cn-hangzhou.aliyuncs.com";
const write: Intent = { kind: "write", bucket: "data", key: "jobs/a b.py" };
const read: Intent = { kind: "read", bucket: "data", key: "jobs/a b.py" };
const list: Intent = { kind: "listObjects", bucket: "data" };
const buckets: Intent = { kind: "listBuckets" };
const object = `${host}/jobs/a%20b.py`;

const check = (intent: Intent, method: string, url: string, headers: Record<string, string> = {}) =>
  checkOutgoing(intent, endpoint, { method, url, headers }).allowed;

describe("what may leave", () => {
  it.each([
    [buckets, "GET", "https://oss-cn-hangzhou.aliyuncs.com/?max-keys=1000"],
    [list, "GET", `${host}/?list-type=2&prefix=a&max-keys=5&encoding-type=url&continuation-token=t`],
    [read, "GET", object],
    [read, "HEAD", object],
    [write, "PUT", object],
    [write, "POST", `${object}?uploads=`],
    [write, "PUT", `${object}?partNumber=1&uploadId=A`],
    [write, "POST", `${object}?uploadId=A`],
  ])("%j: %s %s", (intent, method, url) => {
    expect(check(intent, method, url)).toBe(true);
  });
});

describe("what may not leave", () => {
  it.each([
    ["an object deletion", write, "DELETE", object],
    ["an upload deletion", write, "DELETE", `${object}?uploadId=A`],
    ["a bucket deletion", list, "DELETE", `${host}/`],
    ["a bucket creation", list, "PUT", `${host}/`],
    ["a multi-delete", write, "POST", `${host}/?delete=`],
    ["a write under a read", read, "PUT", object],
    ["an append", write, "POST", `${object}?append=&position=0`],
    ["an ACL change", write, "PUT", `${object}?acl=`],
    ["a policy read", list, "GET", `${host}/?policy=`],
    ["a listing with a policy", list, "GET", `${host}/?list-type=2&policy=`],
    ["a part without an upload", write, "PUT", `${object}?partNumber=1`],
    ["a repeated parameter", write, "POST", `${object}?uploadId=A&uploadId=B`],
    ["another key", write, "PUT", `${host}/jobs/other.py`],
    ["a key that climbs", write, "PUT", `${host}/x/../jobs/../a`],
    ["another bucket", write, "PUT", "https://other.oss-cn-hangzhou.aliyuncs.com/jobs/a%20b.py"],
    ["another host", write, "PUT", "https://data.oss-cn-hangzhou.aliyuncs.com.evil.example/jobs/a%20b.py"],
    ["another port", write, "PUT", "https://data.oss-cn-hangzhou.aliyuncs.com:8443/jobs/a%20b.py"],
    ["plain HTTP", write, "PUT", object.replace("https", "http")],
    ["user information", write, "PUT", object.replace("https://", "https://a:b@")],
    ["no bucket at all", write, "PUT", "https://oss-cn-hangzhou.aliyuncs.com/jobs/a%20b.py"],
    ["no URL", write, "PUT", "://"],
  ])("%s", (_name, intent, method, url) => {
    expect(check(intent, method, url)).toBe(false);
  });

  it.each(["x-oss-copy-source", "x-oss-object-acl", "x-oss-acl", "X-Oss-Callback", "x-oss-tagging"])(
    "the header %s",
    (name) => {
      expect(check(write, "PUT", object, { [name]: "x" })).toBe(false);
    },
  );

  it("another bucket in the Host header of an address without names", () => {
    const local = new URL("http://127.0.0.1:9000");
    const request = { method: "PUT", url: "http://127.0.0.1:9000/jobs/a%20b.py" };
    const named = (name: string) =>
      checkOutgoing(write, local, { ...request, headers: { host: `${name}.oss-x.y` } }).allowed;
    expect([named("data"), named("other")]).toEqual([true, false]);
  });
});
