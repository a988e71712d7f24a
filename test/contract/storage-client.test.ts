import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStorageClient, type StorageClient, type StorageProfile } from "../../src/clouds/storage/oss.ts";
import { accessKeyId, accessKeySecret, bucket, client, startStore, type TestStore } from "./storage.support.ts";

let store: TestStore;
let storage: StorageClient;
const local = join(tmpdir(), `storage-client-${process.pid}`);
const always = new AbortController().signal;
const profile = (overrides: Partial<StorageProfile> = {}): StorageProfile => ({
  endpoint: store.endpoint,
  regionId: "cn-hangzhou",
  accessKeyId,
  accessKeySecret,
  ...overrides,
});

beforeAll(async () => {
  store = await startStore();
  await client(store).putBucket(bucket);
  await mkdir(local, { recursive: true });
  storage = createStorageClient(profile());
});
afterAll(async () => {
  await store.close();
  await rm(local, { recursive: true, force: true });
});

async function listen(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

/** Forwards to the store whatever `answered` does not answer itself. */
function gateTo(
  target: TestStore,
  answered: (incoming: http.IncomingMessage, outgoing: http.ServerResponse) => boolean,
): http.Server {
  return http.createServer((incoming, outgoing) => {
    if (answered(incoming, outgoing)) return;
    const { url: path, method, headers } = incoming;
    const { port } = new URL(target.endpoint);
    const forward = http.request({ hostname: "127.0.0.1", port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forward).on("error", () => outgoing.destroy());
  });
}

describe("what is there", () => {
  it("buckets come with region and date", async () => {
    const result = await storage.listBuckets(always);
    expect(result).toMatchObject({
      ok: true,
      value: { buckets: [{ name: bucket, regionId: "cn-hangzhou" }], truncated: false },
      requestId: expect.stringMatching(/^[0-9A-F]{24}$/),
    });
  });

  it("an account without buckets lists none", async () => {
    const empty = await startStore();
    const result = await createStorageClient(profile({ endpoint: empty.endpoint })).listBuckets(always);
    await empty.close();
    expect(result).toMatchObject({ ok: true, value: { buckets: [] } });
  });

  it("a listing says where to go on, and goes on there", async () => {
    const keys = ["list/a", "list/b b", "list/中"];
    for (const key of keys) await client(store).put(key, Buffer.from("x"));
    const first = await storage.listObjects({ bucket, prefix: "list/", limit: 2 }, always);
    expect(first).toMatchObject({
      ok: true,
      value: { truncated: true, objects: [{ key: keys[0] }, { key: keys[1] }] },
    });
    const cursor = first.ok ? (first.value.cursor ?? "") : "";
    const second = await storage.listObjects({ bucket, prefix: "list/", limit: 2, cursor }, always);
    expect(second).toMatchObject({
      ok: true,
      value: { truncated: false, objects: [{ key: keys[2], uri: `oss://${bucket}/list/中`, bytes: 1 }] },
    });
    expect(second.ok && second.value).not.toHaveProperty("cursor");
  });

  it("a prefix may end within a name, but not where no key can begin", async () => {
    const listed = (prefix: string) => storage.listObjects({ bucket, prefix, limit: 9 }, always);
    expect(await listed("list/b")).toMatchObject({ ok: true, value: { objects: [{ key: "list/b b" }] } });
    expect(await listed(".")).toMatchObject({ ok: true });
    for (const prefix of ["/", "a//", "../"]) expect(await listed(prefix)).toMatchObject({ code: "invalid_input" });
  });

  it("a whole bucket can be listed", async () => {
    expect(await storage.listObjects({ bucket, prefix: "", limit: 1 }, always)).toMatchObject({ ok: true });
  });

  it("head tells size, type and time", async () => {
    await client(store).put("head/a.py", Buffer.from("print(1)"), { mime: "text/x-python" });
    expect(await storage.headObject({ bucket, key: "head/a.py" }, always)).toMatchObject({
      ok: true,
      value: { uri: `oss://${bucket}/head/a.py`, bytes: 8, contentType: "text/x-python" },
    });
  });

  it.each([
    [20, "grüße 世界", false],
    [4, "grü", true],
    [3, "gr", true],
    [0, "", true],
  ])("text is cut to %d bytes between two characters", async (maxBytes, text, truncated) => {
    await client(store).put("text/a", Buffer.from("grüße 世界"));
    const result = await storage.getText({ bucket, key: "text/a", maxBytes }, always);
    expect(result).toMatchObject({ ok: true, value: { text, truncated, bytes: 14 } });
  });

  it("an empty object is empty text", async () => {
    await client(store).put("text/empty", Buffer.alloc(0));
    const result = await storage.getText({ bucket, key: "text/empty", maxBytes: 10 }, always);
    expect(result).toMatchObject({ ok: true, value: { text: "", bytes: 0, truncated: false } });
  });

  it("missing object and missing bucket are told apart, also where the answer has no body", async () => {
    expect(await storage.headObject({ bucket: "no-such", key: "a" }, always)).toMatchObject({
      code: "bucket_not_found",
    });
    expect(await storage.headObject({ bucket, key: "no/such" }, always)).toMatchObject({
      ok: false,
      code: "object_not_found",
      status: 404,
      requestId: expect.any(String),
    });
    expect(await storage.getText({ bucket: "no-such", key: "a", maxBytes: 1 }, always)).toMatchObject({
      ok: false,
      code: "bucket_not_found",
    });
  });
});

describe("putting", () => {
  it.each([
    ["bytes", async () => new TextEncoder().encode("content")],
    [
      "a local file",
      async () => {
        await writeFile(join(local, "program.py"), "content");
        return { localPath: join(local, "program.py") };
      },
    ],
  ])("%s arrive as they are", async (name, content) => {
    const key = `put/${name}`;
    const result = await storage.putFile({ bucket, key, content: await content(), overwrite: false }, always);
    expect(result).toMatchObject({ ok: true, value: { uri: `oss://${bucket}/${key}`, bytes: 7 } });
    expect(await readFile(join(store.root, bucket, key), "utf8")).toBe("content");
  });

  it("an empty file arrives too", async () => {
    const result = await storage.putFile(
      { bucket, key: "put/empty", content: new Uint8Array(), overwrite: true },
      always,
    );
    expect(result).toMatchObject({ ok: true, value: { bytes: 0 } });
  });

  it.each([
    ["one request", 1024 * 1024],
    ["parts", 1],
  ])(
    "in %s, an existing object stays as it is unless overwriting is asked for",
    async (name, multipartThresholdBytes) => {
      const limited = createStorageClient(profile(), { multipartThresholdBytes });
      const put = (text: string, overwrite: boolean) =>
        limited.putFile({ bucket, key: `once/${name}`, content: Buffer.from(text), overwrite }, always);
      expect(await put("first", false)).toMatchObject({ ok: true });
      expect(await put("second", false)).toMatchObject({ ok: false, code: "already_exists", outcome: "not_done" });
      expect(await readFile(join(store.root, bucket, `once/${name}`), "utf8")).toBe("first");
      expect(await put("third", true)).toMatchObject({ ok: true });
      expect(await readFile(join(store.root, bucket, `once/${name}`), "utf8")).toBe("third");
    },
  );

  it("a large file goes in parts and arrives whole, with its type", async () => {
    const content = randomBytes(3 * 1024 * 1024 + 11);
    await writeFile(join(local, "large"), content);
    const limited = createStorageClient(profile(), { multipartThresholdBytes: 1024 * 1024, partBytes: 400 * 1024 });
    const input = { bucket, key: "put/large", content: { localPath: join(local, "large") }, overwrite: false };
    const result = await limited.putFile({ ...input, contentType: "application/java-archive" }, always);
    expect(result).toMatchObject({
      ok: true,
      value: { bytes: content.length, etag: expect.stringMatching(/^"[0-9A-F]{32}-8"$/) },
    });
    expect(content.equals(await readFile(join(store.root, bucket, "put/large")))).toBe(true);
    expect(await storage.headObject({ bucket, key: "put/large" }, always)).toMatchObject({
      value: { contentType: "application/java-archive" },
    });
    expect(await readdir(join(store.root, ".object-store/uploads"))).toEqual([]);
  });

  it("a local path that is no readable file is refused before anything is sent", async () => {
    for (const localPath of [join(local, "missing"), local]) {
      const input = { bucket, key: "put/never", content: { localPath }, overwrite: true };
      expect(await storage.putFile(input, always)).toMatchObject({ ok: false, code: "local_file" });
    }
    expect(await storage.headObject({ bucket, key: "put/never" }, always)).toMatchObject({ code: "object_not_found" });
  });

  it("an object that appears while parts are sent is not overwritten either", async () => {
    const gate = gateTo(store, (incoming) => {
      if (incoming.url?.includes("partNumber=1")) writeFileSync(join(store.root, bucket, "rival"), "rival");
      return false;
    });
    const limited = createStorageClient(profile({ endpoint: await listen(gate) }), { multipartThresholdBytes: 1 });
    const input = { bucket, key: "rival", content: Buffer.from("late"), overwrite: false };
    const result = await limited.putFile(input, always);
    gate.closeAllConnections();
    gate.close();
    expect(result).toMatchObject({ ok: false, code: "already_exists", outcome: "not_done" });
    expect(await readFile(join(store.root, bucket, "rival"), "utf8")).toBe("rival");
  });

  it("parts that were sent before a failure are named, for this client cannot delete them", async () => {
    let requests = 0;
    const gate = gateTo(store, (incoming, outgoing) => {
      requests += 1;
      if (!incoming.url?.includes("partNumber=2")) return false;
      incoming.resume();
      outgoing.writeHead(403).end("<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
      return true;
    });
    const endpoint = await listen(gate);
    const limited = createStorageClient(profile({ endpoint }), { multipartThresholdBytes: 1, partBytes: 100 * 1024 });
    const input = { bucket, key: "put/half", content: randomBytes(150 * 1024), overwrite: true };
    const result = await limited.putFile(input, always);
    gate.closeAllConnections();
    gate.close();
    expect(result).toMatchObject({ ok: false, code: "access_denied", outcome: "not_done" });
    expect(!result.ok && result.message).toMatch(/parts of multipart upload [0-9A-F]{32} stay/);
    expect(requests).toBeGreaterThan(1);
    expect(await storage.headObject({ bucket, key: "put/half" }, always)).toMatchObject({ code: "object_not_found" });
  });
});

describe("refusals", () => {
  it("a wrong secret is bad_credentials, and the secret is in no message", async () => {
    const other = createStorageClient(profile({ accessKeySecret: "not-the-secret", securityToken: "token-value" }));
    const result = await other.listBuckets(always);
    expect(result).toMatchObject({ ok: false, code: "bad_credentials", status: 403 });
    expect(JSON.stringify(result)).not.toMatch(/not-the-secret|token-value/);
  });

  it.each([{ accessKeyId: "" }, { accessKeySecret: "a\nb" }, { securityToken: "" }, { regionId: "cn hangzhou" }])(
    "the profile with %j is refused before anything is sent",
    async (overrides) => {
      expect(await createStorageClient(profile(overrides)).listBuckets(always)).toMatchObject({
        code: "invalid_profile",
      });
    },
  );

  it("a temporary token is signed along", async () => {
    const withToken = createStorageClient(profile({ securityToken: "token-value" }));
    expect(await withToken.listBuckets(always)).toMatchObject({ ok: true });
  });

  it("a wrong region is wrong_endpoint", async () => {
    const other = createStorageClient(profile({ regionId: "cn-beijing" }));
    expect(await other.listBuckets(always)).toMatchObject({ ok: false, code: "wrong_endpoint" });
  });

  it.each([
    ["UPPER", "a"],
    [bucket, "../a"],
    [bucket, "a/"],
    [bucket, "/a"],
    [bucket, "a\nb"],
  ])("bucket %j and key %j are refused before anything is sent", async (name, key) => {
    const unreachable = createStorageClient(profile({ endpoint: "http://127.0.0.1:1" }));
    const input = { bucket: name, key, content: Buffer.from("x"), overwrite: true };
    expect(await unreachable.putFile(input, always)).toMatchObject({ ok: false, code: "invalid_input" });
    expect(await unreachable.headObject({ bucket: name, key }, always)).toMatchObject({ code: "invalid_input" });
  });

  it.each(["http://oss-cn-hangzhou.aliyuncs.com", "https://user:pw@host", "https://host/path", "ftp://host", "%%"])(
    "the endpoint %s is refused",
    async (endpoint) => {
      expect(await createStorageClient(profile({ endpoint })).listBuckets(always)).toMatchObject({
        ok: false,
        code: "invalid_profile",
      });
    },
  );
});

describe("the wire", () => {
  it("an unreachable endpoint is a value, at once", async () => {
    const closed = net.createServer();
    const endpoint = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    const result = await createStorageClient(profile({ endpoint })).listBuckets(always);
    expect(result).toMatchObject({ ok: false, code: "unreachable", outcome: "not_done" });
    expect(!result.ok && result.message).toContain("ECONNREFUSED");
  });

  it.each([
    ["a read", "not_done", (c: StorageClient) => c.listBuckets(always)],
    [
      "a write",
      "unknown",
      (c: StorageClient) => c.putFile({ bucket, key: "a", content: Buffer.from("x"), overwrite: true }, always),
    ],
  ])("an endpoint that never answers ends %s at its deadline as %s", async (_name, outcome, work) => {
    const silent = net.createServer();
    const sockets: net.Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket.on("error", () => {}).resume()));
    const endpoint = await listen(silent);
    const began = performance.now();
    const impatient = createStorageClient(profile({ endpoint }), { readTimeoutMs: 150, writeTimeoutMs: 150 });
    const result = await work(impatient);
    const elapsed = performance.now() - began;
    for (const socket of sockets) socket.destroy();
    silent.close();
    expect(result).toMatchObject({ ok: false, code: "timeout", outcome });
    expect(elapsed).toBeLessThan(2_000);
  });

  it("an aborted signal ends the call promptly", async () => {
    const silent = net.createServer();
    const sockets: net.Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket.on("error", () => {}).resume()));
    const endpoint = await listen(silent);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const began = performance.now();
    const result = await createStorageClient(profile({ endpoint })).listBuckets(stop.signal);
    const elapsed = performance.now() - began;
    for (const socket of sockets) socket.destroy();
    silent.close();
    expect(result).toMatchObject({ ok: false, code: "aborted" });
    expect(elapsed).toBeLessThan(2_000);
  });

  it("a signal that was aborted before sends nothing", async () => {
    const input = { bucket, key: "aborted/before", content: Buffer.from("x"), overwrite: true };
    expect(await storage.putFile(input, AbortSignal.abort())).toMatchObject({ code: "aborted", outcome: "not_done" });
    expect(await storage.headObject({ bucket, key: "aborted/before" }, always)).toMatchObject({ ok: false });
  });

  it("a redirect is not followed", async () => {
    let requests = 0;
    const redirecting = http.createServer((_request, response) => {
      requests += 1;
      response.writeHead(307, { location: store.endpoint }).end();
    });
    const endpoint = await listen(redirecting);
    const result = await createStorageClient(profile({ endpoint })).listBuckets(always);
    redirecting.closeAllConnections();
    redirecting.close();
    expect(result).toMatchObject({ ok: false, code: "wrong_endpoint", status: 307 });
    expect(requests).toBe(1);
  });

  it("an answer that is no OSS answer is a value", async () => {
    const odd = http.createServer((request, response) => {
      request.resume();
      response.end("<html><body>captive portal");
    });
    const endpoint = await listen(odd);
    const result = await createStorageClient(profile({ endpoint })).listBuckets(always);
    odd.closeAllConnections();
    odd.close();
    expect(result).toMatchObject({ ok: false, code: "server_error", status: 200 });
  });
});
