import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import type OSS from "ali-oss";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startObjectStore } from "../../src/sandbox/storage/server.ts";
import {
  accessKeyId,
  accessKeySecret,
  bucket,
  client,
  codeOf,
  send,
  sendSigned,
  sign,
  startStore,
  type TestStore,
} from "./storage.support.ts";

let store: TestStore;
let oss: OSS;
const onDisk = (key: string) => join(store.root, bucket, key);
const allParts = { "max-parts": 1000, "part-number-marker": 0, "encoding-type": "url" as const };
const md5 = (data: Buffer | string) => createHash("md5").update(data).digest("hex").toUpperCase();

beforeAll(async () => {
  store = await startStore();
  oss = client(store);
  await oss.putBucket(bucket);
});
afterAll(() => store.close());

describe.each([
  ["V1", false],
  ["V4", true],
])("objects under %s signatures", (version, authorizationV4) => {
  const prefix = `objects-${version}`;
  let signed: OSS;
  beforeAll(() => {
    signed = client(store, { authorizationV4 });
  });

  it("an object that was put is a plain file of the same bytes", async () => {
    await signed.put(`${prefix}/a b+c&d='e'(1)*~!中文.txt`, Buffer.from("hello"));
    expect(await readFile(onDisk(`${prefix}/a b+c&d='e'(1)*~!中文.txt`), "utf8")).toBe("hello");
  });

  it("a stream without a length arrives whole", async () => {
    await signed.put(`${prefix}/stream`, Readable.from([Buffer.from("ab"), Buffer.from("cd")]));
    expect((await signed.get(`${prefix}/stream`)).content.toString()).toBe("abcd");
  });

  it("content type and user metadata come back on head", async () => {
    await signed.put(`${prefix}/meta`, Buffer.from("x"), {
      mime: "text/x-python",
      meta: { owner: "ann" } as unknown as OSS.UserMeta,
    });
    const head = await signed.head(`${prefix}/meta`);
    expect(head.meta).toEqual({ owner: "ann" });
    expect(head.res.headers).toMatchObject({ "content-type": "text/x-python", "content-length": "1" });
  });

  it("copy keeps content, type and metadata", async () => {
    await signed.put(`${prefix}/from 1`, Buffer.from("copied"), { mime: "text/csv" });
    const { data } = await signed.copy(`${prefix}/to`, `${prefix}/from 1`);
    const copy = await signed.get(`${prefix}/to`);
    expect(copy.content.toString()).toBe("copied");
    expect(copy.res.headers).toMatchObject({ "content-type": "text/csv", etag: `"${md5("copied")}"` });
    expect((data as unknown as { etag: string }).etag).toBe(`"${md5("copied")}"`);
  });

  it("a copy onto itself replaces the metadata", async () => {
    await signed.put(`${prefix}/self`, Buffer.from("same"));
    await signed.putMeta(`${prefix}/self`, { owner: "bob" } as unknown as OSS.UserMeta, {});
    expect((await signed.head(`${prefix}/self`)).meta).toEqual({ owner: "bob" });
  });

  it("append continues where the object ends and refuses any other position", async () => {
    const first = await signed.append(`${prefix}/log`, Buffer.from("one "));
    const position = first.nextAppendPosition;
    await signed.append(`${prefix}/log`, Buffer.from("two"), { position });
    expect((await signed.get(`${prefix}/log`)).content.toString()).toBe("one two");
    expect(await codeOf(signed.append(`${prefix}/log`, Buffer.from("!"), { position }))).toBe(
      "PositionNotEqualToLength",
    );
  });

  it("delete removes the file, and deleting what is not there is no error", async () => {
    await signed.put(`${prefix}/gone/deep/file`, Buffer.from("x"));
    expect((await signed.delete(`${prefix}/gone/deep/file`)).res.status).toBe(204);
    expect((await signed.delete(`${prefix}/gone/deep/file`)).res.status).toBe(204);
    expect(await readdir(onDisk(prefix))).not.toContain("gone");
  });

  it("several objects are deleted in one request, with names that XML must escape", async () => {
    const names = [`${prefix}/m/<1>&"2"`, `${prefix}/m/b`];
    for (const name of names) await signed.put(name, Buffer.from("x"));
    const { deleted } = await signed.deleteMulti(names);
    expect(deleted?.map((d) => (d as unknown as { Key: string }).Key)).toEqual(names);
    expect((await signed.listV2({ prefix: `${prefix}/m/` })).keyCount).toBe(0);
  });

  it("a multipart upload joins its parts and gives an ETag of that shape", async () => {
    const content = randomBytes(1024 * 1024 + 512 * 1024 + 7);
    const { etag } = (await signed.multipartUpload(`${prefix}/big`, content, {
      partSize: 512 * 1024,
      mime: "application/x-tar",
    })) as unknown as { etag: string };
    const got = await signed.get(`${prefix}/big`);
    expect(content.equals(got.content)).toBe(true);
    expect(etag).toMatch(/^"[0-9A-F]{32}-4"$/);
    expect(got.res.headers).toMatchObject({ etag, "content-type": "application/x-tar" });
  });

  it("a multipart upload can be copied part by part from another object", async () => {
    const content = randomBytes(300 * 1024);
    await signed.put(`${prefix}/source`, content);
    const source = {
      sourceBucketName: bucket,
      sourceKey: `${prefix}/source`,
      startOffset: 0,
      endOffset: content.length,
    };
    await signed.multipartUploadCopy(`${prefix}/part-copy`, source, {
      partSize: 200 * 1024,
    } as OSS.MultipartUploadOptions);
    expect(content.equals((await signed.get(`${prefix}/part-copy`)).content)).toBe(true);
  });

  it("an aborted upload is gone with its parts", async () => {
    const { uploadId } = await signed.initMultipartUpload(`${prefix}/aborted`);
    await signed.uploadPart(`${prefix}/aborted`, uploadId, 1, Buffer.from("part"), 0, 4);
    const listed = await signed.listParts(`${prefix}/aborted`, uploadId, allParts, {});
    expect(listed.parts).toMatchObject({ PartNumber: "1", Size: "4" });
    expect((await signed.listUploads({ prefix: `${prefix}/aborted` }, {})).uploads).toHaveLength(1);
    // ali-oss sets its cancel flag for good here.
    await client(store, { authorizationV4 }).abortMultipartUpload(`${prefix}/aborted`, uploadId);
    expect(await codeOf(signed.listParts(`${prefix}/aborted`, uploadId, allParts, {}))).toBe("NoSuchUpload");
    expect(await codeOf(signed.head(`${prefix}/aborted`))).toBe("NoSuchKey");
  });

  it("a part of another digest is refused on completion", async () => {
    const { uploadId } = await signed.initMultipartUpload(`${prefix}/bad-part`);
    await signed.uploadPart(`${prefix}/bad-part`, uploadId, 1, Buffer.from("part"), 0, 4);
    const complete = signed.completeMultipartUpload(`${prefix}/bad-part`, uploadId, [
      { number: 1, etag: md5("other") },
    ]);
    expect(await codeOf(complete)).toBe("InvalidPart");
  });

  it("pages of a listing follow one another without gap or repetition", async () => {
    const names = Array.from({ length: 7 }, (_, i) => `${prefix}/page/${i}`);
    for (const name of names) await signed.put(name, Buffer.from("x"));
    const seen: string[] = [];
    let marker: string | undefined;
    do {
      const page = await signed.list({ prefix: `${prefix}/page/`, "max-keys": 3, ...(marker ? { marker } : {}) }, {});
      seen.push(...page.objects.map((o) => o.name));
      marker = page.nextMarker ?? undefined;
    } while (marker !== undefined);
    expect(seen).toEqual(names);

    const seenV2: string[] = [];
    let token: string | undefined;
    do {
      const query = { prefix: `${prefix}/page/`, "max-keys": 2, ...(token ? { "continuation-token": token } : {}) };
      const page = await signed.listV2(query);
      seenV2.push(...page.objects.map((o) => o.name));
      token = page.nextContinuationToken || undefined;
    } while (token !== undefined);
    expect(seenV2).toEqual(names);
  });

  it("a delimiter folds what lies deeper, also across pages", async () => {
    for (const name of ["a/1", "a/2", "b", "c/x/1", "d"]) await signed.put(`${prefix}/fold/${name}`, Buffer.from("x"));
    const seen: string[] = [];
    let marker: string | undefined;
    do {
      const query = { prefix: `${prefix}/fold/`, delimiter: "/", "max-keys": 1, ...(marker ? { marker } : {}) };
      const page = await signed.list(query, {});
      seen.push(...page.objects.map((o) => o.name), ...((page.prefixes as string[] | null) ?? []));
      marker = page.nextMarker ?? undefined;
    } while (marker !== undefined);
    expect(seen.map((s) => s.slice(prefix.length + 6))).toEqual(["a/", "b", "c/", "d"]);
  });

  it("buckets are listed with their region", async () => {
    const answer = (await signed.listBuckets({ prefix: "spark" })) as unknown as { buckets: OSS.Bucket[] };
    expect(answer.buckets).toMatchObject([{ name: bucket, region: "oss-cn-hangzhou", StorageClass: "Standard" }]);
  });

  it("bucket info and location name the region", async () => {
    const info = (await signed.getBucketInfo(bucket)) as unknown as { bucket: { Name: string; Location: string } };
    expect(info.bucket).toMatchObject({ Name: bucket, Location: "oss-cn-hangzhou" });
    const { location } = (await signed.getBucketLocation(bucket)) as unknown as { location: string };
    expect(location).toBe("oss-cn-hangzhou");
  });

  it("a wrong secret is answered with SignatureDoesNotMatch", async () => {
    const other = client(store, { authorizationV4, accessKeySecret: "guess" });
    expect(await codeOf(other.get(`${prefix}/meta`))).toBe("SignatureDoesNotMatch");
    expect(await codeOf(other.put(`${prefix}/meta`, Buffer.from("stolen")))).toBe("SignatureDoesNotMatch");
    expect((await signed.get(`${prefix}/meta`)).content.toString()).toBe("x");
  });

  it("an unknown key id is answered with InvalidAccessKeyId", async () => {
    const other = client(store, { authorizationV4, accessKeyId: "nobody" });
    expect(await codeOf(other.listV2({}))).toBe("InvalidAccessKeyId");
  });

  it("missing buckets and keys are told apart", async () => {
    expect(await codeOf(signed.get(`${prefix}/nothing`))).toBe("NoSuchKey");
    expect(await codeOf(client(store, { authorizationV4, bucket: "no-such" }).get("x"))).toBe("NoSuchBucket");
  });

  it("an existing object is not overwritten when the client forbids it", async () => {
    const headers = { "x-oss-forbid-overwrite": "true" };
    await signed.put(`${prefix}/once`, Buffer.from("first"), { headers });
    expect(await codeOf(signed.put(`${prefix}/once`, Buffer.from("second"), { headers }))).toBe("FileAlreadyExists");
    expect(await readFile(onDisk(`${prefix}/once`), "utf8")).toBe("first");
  });
});

describe("signatures", () => {
  it("a V4 signature for another region is refused as OSS does", async () => {
    const other = client(store, { authorizationV4: true, region: "oss-cn-beijing" });
    await expect(other.listV2({})).rejects.toMatchObject({
      status: 400,
      code: "InvalidArgument",
      message: "Invalid signing region in Authorization header.",
    });
  });

  it("an unsigned request is refused", async () => {
    const answer = await send(store, `/${bucket}/x`);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("<Code>AccessDenied</Code>");
  });

  it("a signature does not carry over to another key, method or header", async () => {
    await oss.put("signed/a", Buffer.from("a"));
    await oss.put("signed/b", Buffer.from("b"));
    const sent = { method: "GET", key: "signed/a" };
    expect((await sendSigned(store, sent)).body).toBe("a");
    const moved = await sendSigned(store, { ...sent, path: `/${bucket}/signed/b` });
    expect(moved.body).toContain("<Code>SignatureDoesNotMatch</Code>");
    const extra = await sendSigned(store, { ...sent, path: `/${bucket}/signed/a?acl` });
    expect(extra.body).toContain("<Code>SignatureDoesNotMatch</Code>");
  });

  it("a request of an hour ago is refused", async () => {
    const date = new Date(Date.now() - 3_600_000);
    const answer = await send(store, `/${bucket}/signed/a`, { headers: sign(store, "GET", "signed/a", date) });
    expect(answer.body).toContain("<Code>RequestTimeTooSkewed</Code>");
  });

  it("signed URLs of both versions open the object they were made for, until they expire", async () => {
    await oss.put("signed/url", Buffer.from("by url"));
    const named = client(store, { endpoint: store.endpoint.replace("127.0.0.1", "localhost") });
    const urls = [
      named.signatureUrl("signed/url", { expires: 60 }),
      await (named as OSS & { signatureUrlV4(...args: unknown[]): Promise<string> }).signatureUrlV4(
        "GET",
        60,
        undefined,
        "signed/url",
      ),
    ];
    for (const text of urls) {
      const url = new URL(text);
      const headers = { host: url.host };
      expect((await send(store, url.pathname + url.search, { headers })).body).toBe("by url");
      const other = `${url.pathname.replace("url", "a")}${url.search}`;
      expect((await send(store, other, { headers })).body).toContain("<Code>SignatureDoesNotMatch</Code>");
    }
    const late = new URL(named.signatureUrl("signed/url", { expires: -1 }));
    const answer = await send(store, late.pathname + late.search, { headers: { host: late.host } });
    expect(answer.body).toContain("Request has expired.");
  });

  it("no answer repeats the secret", async () => {
    const answer = await sendSigned(store, { method: "GET", key: "signed/a", path: `/${bucket}/other` });
    expect(answer.body).toContain("<StringToSign>");
    expect(answer.body).not.toContain(accessKeySecret);
  });
});

describe("reading", () => {
  beforeAll(() => oss.put("read/digits", Buffer.from("0123456789")));

  it.each([
    ["bytes=2-4", undefined, 206, "234"],
    ["bytes=7-", undefined, 206, "789"],
    ["bytes=-3", undefined, 206, "789"],
    ["bytes=8-99", undefined, 200, "0123456789"],
    ["bytes=8-99", "standard", 206, "89"],
    ["bytes=50-99", undefined, 200, "0123456789"],
  ])("range %s with behaviour %s answers %d", async (range, behaviour, status, body) => {
    const headers = { range, ...(behaviour === undefined ? {} : { "x-oss-range-behavior": behaviour }) };
    const answer = await oss.get("read/digits", { headers });
    expect([answer.res.status, answer.content.toString()]).toEqual([status, body]);
  });

  it("a range beyond the object is InvalidRange under the standard behaviour", async () => {
    const headers = { range: "bytes=50-99", "x-oss-range-behavior": "standard" };
    await expect(oss.get("read/digits", { headers })).rejects.toMatchObject({ status: 416, code: "InvalidRange" });
  });

  it("conditions are honoured", async () => {
    const etag = `"${md5("0123456789")}"`;
    expect((await oss.get("read/digits", { headers: { "If-None-Match": etag } })).res.status).toBe(304);
    expect(await codeOf(oss.get("read/digits", { headers: { "If-Match": '"other"' } }))).toBe("PreconditionFailed");
  });

  it("a file that an engine wrote is an object with the MD5 of its bytes as ETag", async () => {
    await mkdir(onDisk("engine/out"), { recursive: true });
    await writeFile(onDisk("engine/out/part-00000.csv"), "1,2\n");
    await writeFile(onDisk("engine/out/_SUCCESS"), "");
    await writeFile(onDisk("engine/out/.part-00000.csv.crc"), "crc");
    const { objects } = await oss.listV2({ prefix: "engine/" });
    expect(objects.map((o) => o.name)).toEqual([
      "engine/out/.part-00000.csv.crc",
      "engine/out/_SUCCESS",
      "engine/out/part-00000.csv",
    ]);
    expect(objects[2]).toMatchObject({ size: 4, etag: `"${md5("1,2\n")}"` });
  });

  it("a file that an engine overwrites loses the ETag and type it was put with", async () => {
    await oss.put("engine/rewritten", Buffer.from("old"), { mime: "text/csv" });
    await writeFile(onDisk("engine/rewritten"), "new");
    const { headers } = (await oss.head("engine/rewritten")).res;
    expect(headers).toMatchObject({ etag: `"${md5("new")}"`, "content-type": "application/octet-stream" });
  });
});

describe("listing", () => {
  it("times end in .000Z, for the Python client reads nothing else", async () => {
    await oss.put("time/a", Buffer.from("x"));
    const { objects } = await oss.list({ prefix: "time/", "max-keys": 10 }, {});
    expect(objects[0]?.lastModified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  });

  it("keys with control characters are listed readably with encoding-type=url", async () => {
    await oss.put("odd/new\nline\u0001<&>", Buffer.from("x"));
    const { objects } = await oss.list({ prefix: "odd/", "max-keys": 10, "encoding-type": "url" }, {});
    expect(decodeURIComponent(objects[0]?.name ?? "")).toBe("odd/new\nline\u0001<&>");
  });

  it("more than a thousand keys a page are refused", async () => {
    expect(await codeOf(oss.list({ "max-keys": 1001 }, {}))).toBe("InvalidArgument");
  });

  it("a folder object is listed once it was put, and lost with its deletion", async () => {
    await oss.put("folder/sub/", Buffer.alloc(0));
    expect((await oss.list({ prefix: "folder/", "max-keys": 10 }, {})).objects.map((o) => o.name)).toEqual([
      "folder/sub/",
    ]);
    expect((await oss.head("folder/sub/")).res.headers).toMatchObject({ "content-length": "0" });
    await oss.delete("folder/sub/");
    expect(await readdir(onDisk(""))).not.toContain("folder");
  });

  it("the store's own files are neither a bucket nor below one", async () => {
    const answer = (await oss.listBuckets({})) as unknown as { buckets: OSS.Bucket[] };
    expect(answer.buckets.map((b) => b.name)).toEqual([bucket]);
    expect(await codeOf(client(store, { bucket: "object-store" }).listV2({}))).toBe("NoSuchBucket");
    expect((await send(store, "/.object-store/records")).body).toContain("<Code>InvalidBucketName</Code>");
  });
});

describe("hostile requests", () => {
  it.each([
    ["..", "/spark-data/.."],
    ["../other/x", "/spark-data/../other/x"],
    ["a/../../x", "/spark-data/a/%2e%2e/%2e%2e/x"],
    ["a/..%2fx", "/spark-data/a/..%2fx"],
    ["./a", "/spark-data/./a"],
    ["a//b", "/spark-data/a//b"],
    ["/etc/passwd", "/spark-data//etc/passwd"],
    ["a\\b", "/spark-data/a%5Cb"],
    ["a\0b", "/spark-data/a%00b"],
    ["k".repeat(1024), `/spark-data/${"k".repeat(1024)}`],
  ])("the key %j is refused as InvalidObjectName", async (key, path) => {
    const answer = await sendSigned(store, { method: "PUT", key, path, body: "x" });
    expect(answer.body).toContain("<Code>InvalidObjectName</Code>");
  });

  it("a path that is no UTF-8 is refused as InvalidURI", async () => {
    expect((await send(store, `/${bucket}/%ff`)).body).toContain("<Code>InvalidURI</Code>");
  });

  it.each(["UPPER", "a", "under_score", "-edge", "dots.in.it", "x".repeat(64)])(
    "%s is no bucket name",
    async (name) => {
      expect((await send(store, `/${name}/key`)).body).toContain("<Code>InvalidBucketName</Code>");
    },
  );

  it("a multi-delete with a hostile key deletes nothing", async () => {
    await oss.put("safe/kept", Buffer.from("x"));
    expect(await codeOf(oss.deleteMulti(["safe/kept", "safe/../../x"]))).toBe("InvalidObjectName");
    expect((await oss.head("safe/kept")).status).toBe(200);
  });

  it("symbolic links lead nowhere, whether read, written, listed or deleted", async () => {
    const outside = join(store.root, "..", `outside-${process.pid}`);
    await mkdir(outside, { recursive: true });
    await writeFile(join(outside, "secret"), "secret");
    await mkdir(onDisk("links"), { recursive: true });
    await symlink(outside, onDisk("links/folder"));
    await symlink(join(outside, "secret"), onDisk("links/file"));
    for (const key of ["links/folder/secret", "links/file"]) {
      expect(await codeOf(oss.get(key))).toBe("AccessDenied");
      expect(await codeOf(oss.put(key, Buffer.from("overwritten")))).toBe("AccessDenied");
      expect(await codeOf(oss.delete(key))).toBe("AccessDenied");
    }
    expect((await oss.listV2({ prefix: "links/" })).keyCount).toBe(0);
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
    await rm(outside, { recursive: true });
  });

  it("a key that is an object and a folder at once is refused with a reason", async () => {
    await oss.put("both/object", Buffer.from("x"));
    expect(await codeOf(oss.put("both/object/below", Buffer.from("y")))).toBe("SandboxKeyConflict");
    expect(await codeOf(oss.put("both", Buffer.from("y")))).toBe("SandboxKeyConflict");
    expect((await oss.get("both/object")).content.toString()).toBe("x");
  });

  it("of several clients that write at once where none may overwrite, one wins", async () => {
    const headers = { "x-oss-forbid-overwrite": "true" };
    const puts = ["a", "b", "c", "d"].map((text) => codeOf(oss.put("race/put", Buffer.from(text), { headers })));
    expect((await Promise.all(puts)).filter((code) => code === "no error")).toHaveLength(1);
    const appends = ["a", "b", "c", "d"].map((text) => codeOf(oss.append("race/append", Buffer.from(text))));
    expect((await Promise.all(appends)).filter((code) => code === "no error")).toHaveLength(1);
    expect(await readFile(onDisk("race/append"), "utf8")).toHaveLength(1);
  });

  it("a body that does not match its digest leaves the object as it was", async () => {
    await oss.put("digest", Buffer.from("good"));
    const headers = { "Content-MD5": createHash("md5").update("something else").digest("base64") };
    expect(await codeOf(oss.put("digest", Buffer.from("bad"), { headers }))).toBe("InvalidDigest");
    expect((await oss.get("digest")).content.toString()).toBe("good");
  });

  it("an upload that breaks off leaves the object as it was and no temporary file", async () => {
    const incoming = join(store.root, ".object-store/incoming");
    await oss.put("broken", Buffer.from("whole"));
    const { hostname, port } = new URL(store.endpoint);
    const headers = { ...sign(store, "PUT", "broken"), "content-length": "100000" };
    const request = http.request({ hostname, port, path: `/${bucket}/broken`, method: "PUT", headers });
    request.on("error", () => {}).write("half");
    await expect.poll(() => readdir(incoming)).toHaveLength(1);
    request.destroy();
    await expect.poll(() => readdir(incoming)).toEqual([]);
    expect((await oss.get("broken")).content.toString()).toBe("whole");
  });

  it("what the store does not know is refused instead of taken for something simpler", async () => {
    await oss.put("tagged", Buffer.from("x"));
    expect(
      await codeOf((oss as OSS & { deleteObjectTagging(key: string): Promise<void> }).deleteObjectTagging("tagged")),
    ).toBe("NotImplemented");
    expect(await codeOf(oss.putBucketACL(bucket, "public-read"))).toBe("NotImplemented");
    expect(await codeOf(oss.deleteBucket(bucket))).toBe("NotImplemented");
    expect((await oss.head("tagged")).status).toBe(200);
  });

  it("metadata survives a restart of the store", async () => {
    await oss.put("lasting", Buffer.from("x"), { mime: "text/csv" });
    const again = await startObjectStore({ rootFolder: store.root, accessKeyId, accessKeySecret });
    try {
      expect((await client(again).head("lasting")).res.headers).toMatchObject({ "content-type": "text/csv" });
    } finally {
      await again.close();
    }
  });
});
