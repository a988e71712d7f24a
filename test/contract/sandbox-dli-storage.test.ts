import { createHash, createHmac } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startObjectStore } from "../../src/sandbox/storage/server.ts";

/** The object storage in OBS's dialect, signed as its header signature is described. */

const key = { id: "SANDBOXKEY", secret: "obs-secret" };

interface Sending {
  method: string;
  bucket?: string;
  key?: string;
  /** Sub-resources and parameters, without the question mark. */
  query?: string;
  /** What of the query is signed. */
  signedQuery?: string;
  headers?: Record<string, string>;
  body?: string;
  scheme?: "OBS" | "AWS";
  secret?: string;
  at?: Date;
  /** Send x-obs-date in place of Date. */
  ownDate?: boolean;
  virtualHost?: boolean;
  unsigned?: boolean;
}

interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

async function openStore() {
  const root = mkdtempSync(join(tmpdir(), "sandbox-obs-"));
  mkdirSync(join(root, "lake"));
  const store = await startObjectStore({
    rootFolder: root,
    accessKeyId: key.id,
    accessKeySecret: key.secret,
    obs: { regionId: "cn-north-4" },
  });
  onTestFinished(async () => {
    await store.close();
    rmSync(root, { recursive: true, force: true });
  });
  const [hostname = "", port = ""] = (store.obsEndpoint ?? "").split(":");
  return { root, ossEndpoint: store.endpoint, send: (sending: Sending) => send(hostname, port, sending) };
}

function send(hostname: string, port: string, sending: Sending): Promise<Reply> {
  const { method, bucket = "", query = "", body = "", scheme = "OBS" } = sending;
  const prefix = scheme === "OBS" ? "x-obs-" : "x-amz-";
  const name = sending.key === undefined ? "" : encodeURIComponent(sending.key).replaceAll("%2F", "/");
  const date = (sending.at ?? new Date()).toUTCString();
  const own: Record<string, string> = { ...sending.headers, ...(sending.ownDate ? { [`${prefix}date`]: date } : {}) };
  const canonicalHeaders = Object.keys(own)
    .filter((header) => header.startsWith(prefix))
    .sort()
    .map((header) => `${header}:${own[header]}\n`)
    .join("");
  const resource = bucket === "" ? "/" : `/${bucket}/${name}`;
  const signed = sending.signedQuery === undefined ? "" : `?${sending.signedQuery}`;
  const text = [
    method,
    own["content-md5"] ?? "",
    own["content-type"] ?? "",
    sending.ownDate ? "" : date,
    `${canonicalHeaders}${resource}${signed}`,
  ].join("\n");
  const signature = createHmac("sha1", sending.secret ?? key.secret)
    .update(text)
    .digest("base64");
  const path = sending.virtualHost ? `/${name}` : `/${bucket}${bucket === "" ? "" : `/${name}`}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        hostname,
        port,
        method,
        path: query === "" ? path : `${path}?${query}`,
        headers: {
          ...own,
          ...(sending.ownDate ? {} : { date }),
          ...(sending.unsigned ? {} : { authorization: `${scheme} ${key.id}:${signature}` }),
          host: sending.virtualHost ? `${bucket}.obs.cn-north-4.myhuaweicloud.com` : `${hostname}:${port}`,
          "content-length": Buffer.byteLength(body),
        },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const object = { bucket: "lake", key: "jobs/a b+(é).txt" };

describe.each([
  ["path style", { virtualHost: false }],
  ["virtual host", { virtualHost: true }],
])("by %s", (_, style) => {
  test("an object is put, read, looked at, listed and deleted", async () => {
    const { root, send } = await openStore();
    const put = { ...object, ...style, method: "PUT", body: "hello", headers: { "content-type": "text/plain" } };
    expect(await send(put)).toMatchObject({ status: 200 });
    expect(readFileSync(join(root, "lake", object.key), "utf8")).toBe("hello");

    const etag = `"${createHash("md5").update("hello").digest("hex")}"`;
    expect(await send({ ...object, ...style, method: "GET" })).toMatchObject({
      status: 200,
      body: "hello",
      headers: { etag, "content-type": "text/plain", server: "OBS" },
    });
    expect(await send({ ...object, ...style, method: "HEAD" })).toMatchObject({
      status: 200,
      headers: { etag, "content-length": "5" },
    });
    const listed = await send({ bucket: "lake", ...style, method: "GET", query: "prefix=jobs%2F&max-keys=10" });
    expect(listed.body).toContain("<Key>jobs/a b+(é).txt</Key>");
    expect(listed.body).toContain(`<ETag>${etag.replaceAll('"', "&quot;")}</ETag>`);
    expect(await send({ ...object, ...style, method: "DELETE" })).toMatchObject({ status: 204 });
    expect(await send({ ...object, ...style, method: "GET" })).toMatchObject({ status: 404 });
  });
});

test("metadata that was put in one dialect is read in the other's words", async () => {
  const { send } = await openStore();
  await send({ ...object, method: "PUT", headers: { "x-obs-meta-owner": "etl" } });
  expect((await send({ ...object, method: "HEAD" })).headers).toMatchObject({ "x-obs-meta-owner": "etl" });
  expect((await send({ ...object, method: "HEAD", scheme: "AWS" })).headers).toMatchObject({
    "x-amz-meta-owner": "etl",
  });
});

test("x-obs-date takes the place of Date, which is empty in what is signed", async () => {
  const { send } = await openStore();
  expect(await send({ bucket: "lake", method: "GET", ownDate: true })).toMatchObject({ status: 200 });
});

test("sub-resources are signed", async () => {
  const { send } = await openStore();
  const started = { ...object, method: "POST", query: "uploads" };
  expect(await send({ ...started, signedQuery: "uploads" })).toMatchObject({ status: 200 });
  expect(await send(started)).toMatchObject({ status: 403 });
});

test.each([
  ["a wrong secret", { secret: "wrong" }, "SignatureDoesNotMatch"],
  ["a date 20 minutes off", { at: new Date(Date.now() - 20 * 60_000) }, "RequestTimeTooSkewed"],
  ["no signature", { unsigned: true }, "AccessDenied"],
])("%s is refused with 403", async (_, change, code) => {
  const { send } = await openStore();
  const reply = await send({ bucket: "lake", method: "GET", ...change });
  expect(reply.status).toBe(403);
  expect(reply.body).toContain(`<Code>${code}</Code>`);
});

test("AWS's version 4 is not taken, and says so", async () => {
  const { send } = await openStore();
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${key.id}/20260101/cn-north-4/s3/aws4_request` };
  expect(await send({ bucket: "lake", method: "GET", unsigned: true, headers })).toMatchObject({ status: 501 });
});

test("anybody may ask which signature to use", async () => {
  const { send } = await openStore();
  expect(await send({ method: "HEAD", query: "apiversion", unsigned: true })).toMatchObject({
    status: 200,
    headers: { "x-obs-api": "3.0" },
  });
});

test("a bucket that is there has a head, another has none", async () => {
  const { send } = await openStore();
  expect(await send({ bucket: "lake", method: "HEAD" })).toMatchObject({ status: 200 });
  expect(await send({ bucket: "pond", method: "HEAD" })).toMatchObject({ status: 404 });
});

test("a page of a list holds up to 1000 keys", async () => {
  const { root, send } = await openStore();
  for (let number = 0; number < 120; number += 1) writeFileSync(join(root, "lake", `f${number}`), "");
  const { body } = await send({ bucket: "lake", method: "GET" });
  expect(body).toContain("<MaxKeys>1000</MaxKeys>");
  expect(body.match(/<Key>/g)).toHaveLength(120);
});

test("each dialect has a door of its own", async () => {
  const { ossEndpoint } = await openStore();
  const { host } = new URL(ossEndpoint);
  const [hostname = "", port = ""] = host.split(":");
  expect(await send(hostname, port, { bucket: "lake", method: "GET" })).toMatchObject({ status: 400 });
});
