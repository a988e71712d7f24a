import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HuaweiCredentials } from "../../src/clouds/huawei/connection.ts";
import { createObsTransport } from "../../src/clouds/obs/transport.ts";
import type { CloudAnswer } from "../../src/clouds/transport.ts";
import type { ObsRequests } from "../../src/operations/obs/types.ts";
import { findOperation } from "../../src/operations/registry.ts";
import { renderRequest } from "../../src/operations/request.ts";
import { type ObjectStore, startObjectStore } from "../../src/sandbox/storage/server.ts";

/** The client against the sandbox's OBS, which was written from the server's side. */

const regionId = "cn-north-4";
const bucket = "acme-dli";
const key = { kind: "key", accessKeyId: "HW-sandbox", secretAccessKey: "sandbox-secret" } as const;

let root: string;
let store: ObjectStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "obs-store-"));
  await mkdir(join(root, bucket, "list", "x"), { recursive: true });
  for (const name of ["list/a.py", "list/b & c's.py", "list/数据.py", "list/x/1.py", "list/x/2.py"]) {
    await writeFile(join(root, bucket, name), name);
  }
  const { accessKeyId, secretAccessKey: accessKeySecret } = key;
  store = await startObjectStore({ rootFolder: root, accessKeyId, accessKeySecret, obs: { regionId } });
});

afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

/** As the gateway renders it. */
function send<O extends keyof ObsRequests>(
  operation: O,
  input: ObsRequests[O],
  credentials: HuaweiCredentials = key,
): Promise<CloudAnswer> {
  const row = findOperation(operation);
  if (!row) throw new Error(`${operation} is not in the registry`);
  const transport = createObsTransport(async () => ({
    endpoint: `http://${store.obsEndpoint}`,
    regionId,
    credentials,
  }));
  const request = renderRequest(row, { ...input }, { regionId });
  return transport.send(request, { deadlineMs: 5_000, signal: new AbortController().signal });
}

function putOf(name: string, content: string, overwrite = false): ObsRequests["ObsPutObject"] {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { uri: `obs://${bucket}/${name}`, sha256, bytes: Buffer.byteLength(content), content, overwrite };
}

describe("an object", () => {
  test.each(["jobs/plain.py", "jobs/a b's (1)!*~.py", "jobs/50%+&=@,;:$.csv", "数据/é😀.py"])(
    "named %s is written, seen and read",
    async (name) => {
      const uri = `obs://${bucket}/${name}`;
      expect(await send("ObsHeadObject", { uri })).toMatchObject({ kind: "answered", body: { exists: false } });
      expect(await send("ObsPutObject", putOf(name, "print('é')\n"))).toMatchObject({
        kind: "answered",
        body: { uri, bytes: 12 },
      });
      expect(await readFile(join(root, bucket, name), "utf8")).toBe("print('é')\n");
      expect(await send("ObsHeadObject", { uri })).toMatchObject({ body: { exists: true, bytes: 12 } });
      expect(await send("ObsGetObject", { uri })).toMatchObject({
        body: { uri, text: "print('é')\n", bytes: 12, truncated: false },
      });
    },
  );

  test("without content is written and read", async () => {
    expect(await send("ObsPutObject", putOf("empty.txt", ""))).toMatchObject({ body: { bytes: 0 } });
    const read = await send("ObsGetObject", { uri: `obs://${bucket}/empty.txt` });
    expect(read).toMatchObject({ body: { text: "", bytes: 0, truncated: false } });
  });

  test("that is there is replaced only where that was asked for", async () => {
    await send("ObsPutObject", putOf("once.py", "first"));
    expect(await send("ObsPutObject", putOf("once.py", "second"))).toMatchObject({
      kind: "rejected",
      status: 409,
      code: "FileAlreadyExists",
    });
    expect(await readFile(join(root, bucket, "once.py"), "utf8")).toBe("first");
    expect(await send("ObsPutObject", putOf("once.py", "second", true))).toMatchObject({ kind: "answered" });
    expect(await readFile(join(root, bucket, "once.py"), "utf8")).toBe("second");
  });

  test("larger than 1 MB is read to there", async () => {
    await writeFile(join(root, bucket, "long.log"), "y".repeat(3_000_000));
    const { body } = (await send("ObsGetObject", { uri: `obs://${bucket}/long.log` })) as { body: { text: string } };
    expect(body).toMatchObject({ bytes: 3_000_000, truncated: true });
    expect(body.text).toHaveLength(1024 * 1024);
  });

  test("that is not there cannot be read, nor one be written into no bucket", async () => {
    expect(await send("ObsGetObject", { uri: `obs://${bucket}/none` })).toMatchObject({
      kind: "rejected",
      status: 404,
      code: "NoSuchKey",
    });
    const elsewhere = { ...putOf("a.py", "x"), uri: "obs://no-such-bucket/a.py" };
    expect(await send("ObsPutObject", elsewhere)).toMatchObject({
      kind: "rejected",
      status: 404,
      code: "NoSuchBucket",
    });
  });
});

describe("a listing", () => {
  const objectsOf = (answer: CloudAnswer) =>
    answer.kind === "answered"
      ? (answer.body as { objects: { key: string }[] }).objects.map((object) => object.key)
      : answer;

  test("goes through all pages", async () => {
    const seen: unknown[] = [];
    let marker: string | undefined;
    do {
      const page = await send("ObsListObjects", { bucket, prefix: "list/", "max-keys": 2, ...(marker && { marker }) });
      seen.push(objectsOf(page));
      marker = page.kind === "answered" ? (page.body as { nextMarker?: string }).nextMarker : undefined;
    } while (marker !== undefined);
    expect(seen).toEqual([["list/a.py", "list/b & c's.py"], ["list/x/1.py", "list/x/2.py"], ["list/数据.py"]]);
  });

  test("with a delimiter tells folders apart", async () => {
    const answer = await send("ObsListObjects", { bucket, prefix: "list/", delimiter: "/" });
    expect(objectsOf(answer)).toEqual(["list/a.py", "list/b & c's.py", "list/数据.py"]);
    expect(answer).toMatchObject({ body: { commonPrefixes: ["list/x/"], truncated: false } });
  });

  test("of buckets names each", async () => {
    expect(await send("ObsListBuckets", {})).toMatchObject({
      kind: "answered",
      body: { buckets: [{ name: bucket }], truncated: false },
    });
  });

  test("of a bucket that is not there is refused", async () => {
    expect(await send("ObsListObjects", { bucket: "no-such-bucket" })).toMatchObject({
      kind: "rejected",
      code: "NoSuchBucket",
    });
  });
});

describe("who is let in", () => {
  const uri = `obs://${bucket}/list/a.py`;

  test.each([
    ["a wrong secret", { ...key, secretAccessKey: "another-secret" }, "SignatureDoesNotMatch"],
    ["an unknown key", { ...key, accessKeyId: "NOBODY" }, "InvalidAccessKeyId"],
  ])("not %s", async (_, credentials, code) => {
    const answer = await send("ObsGetObject", { uri }, credentials);
    expect(answer).toMatchObject({ kind: "rejected", status: 403, code });
    expect(JSON.stringify(answer)).not.toContain(credentials.secretAccessKey);
  });

  test("a temporary key", async () => {
    const answer = await send("ObsGetObject", { uri }, { ...key, securityToken: "temporary-token" });
    expect(answer).toMatchObject({ kind: "answered", body: { text: "list/a.py" } });
  });
});
