import { createHash, createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HuaweiCredentials } from "../../src/clouds/huawei/connection.ts";
import { createObsTransport } from "../../src/clouds/obs/transport.ts";
import type { WireRequest } from "../../src/clouds/transport.ts";
import { guarded } from "../../src/clouds/wire-guard.ts";
import {
  type Behaviour,
  key,
  type ListeningService,
  listen,
  options,
  type Received,
  secrets,
} from "./huawei.support.ts";

const uri = "obs://acme-dli/jobs/a b's.py";
const path = "/acme-dli/jobs/a%20b%27s.py";
const text = "print(1)\n";
const sha256 = createHash("sha256").update(text).digest("hex");

function request(operation: string, extra: Partial<WireRequest> = {}): WireRequest {
  const method = operation === "ObsPutObject" ? "PUT" : "GET";
  // The gateway gives every request the region.
  return { operation, method, path: `/${encodeURIComponent(uri)}`, query: { regionId: "cn-north-4" }, ...extra };
}

const put = (body: Record<string, unknown> = {}) =>
  request("ObsPutObject", { body: { uri, sha256, bytes: text.length, content: text, overwrite: true, ...body } });

const list = request("ObsListObjects", {
  path: "/acme-dli",
  query: { regionId: "r", prefix: "jobs/", "max-keys": "2" },
});

function transportTo({ host }: ListeningService, credentials: HuaweiCredentials = key) {
  return createObsTransport(async () => ({ endpoint: `http://${host}`, regionId: "cn-north-4", credentials }));
}

async function sendTo(behave: Behaviour, wanted: WireRequest, credentials?: HuaweiCredentials, deadlineMs?: number) {
  const service = await listen(behave);
  const answer = await transportTo(service, credentials).send(wanted, options(deadlineMs));
  return { answer, received: service.received };
}

const empty: Behaviour = () => ({ body: "" });
const absentThen: (then: Behaviour) => Behaviour = (then) => (seen, response) =>
  seen.method === "HEAD" ? { status: 404, body: "" } : then(seen, response);
const methodsOf = (received: readonly Received[]) => received.map(({ method }) => method);

/** Independent of the client: section 13 of the API notes, of what arrived. */
function isSigned({ method, url, headers }: Received): boolean {
  const own = Object.entries(headers).filter(([name]) => name.startsWith("x-obs-"));
  const lines = own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
  const signed = `${method}\n${headers["content-md5"] ?? ""}\n${headers["content-type"] ?? ""}\n\n${lines.join("")}${url.split("?")[0]}`;
  const signature = createHmac("sha1", key.secretAccessKey).update(signed).digest("base64");
  return headers.authorization === `OBS ${key.accessKeyId}:${signature}`;
}

describe("what arrives", () => {
  test.each([
    ["a list of buckets", request("ObsListBuckets", { path: "/" }), "GET", "/"],
    ["a look", request("ObsHeadObject"), "HEAD", path],
    ["a read", request("ObsGetObject"), "GET", path],
    ["a listing", list, "GET", "/acme-dli/?max-keys=2&prefix=jobs%2F"],
    ["a write", put(), "PUT", path],
  ])("%s is signed and exactly itself", async (_, wanted, method, url) => {
    const { received } = await sendTo(empty, wanted);
    expect(received.map((seen) => [seen.method, seen.url])).toEqual([[method, url]]);
    expect(received.every(isSigned)).toBe(true);
  });

  test("a temporary key's token, signed with the rest", async () => {
    const credentials = { ...key, securityToken: secrets.securityToken };
    const { received } = await sendTo(empty, request("ObsHeadObject"), credentials);
    expect(received[0]?.headers["x-obs-security-token"]).toBe(secrets.securityToken);
    expect(received.every(isSigned)).toBe(true);
  });

  test("a write brings the bytes, their digest and no rights", async () => {
    const { answer, received } = await sendTo(
      () => ({ body: "", headers: { etag: '"e"', "x-obs-request-id": "r" } }),
      put(),
    );
    expect(answer).toEqual({ kind: "answered", body: { uri, bytes: text.length, etag: '"e"' }, requestId: "r" });
    const [seen] = received;
    expect(String(seen?.body)).toBe(text);
    expect(seen?.headers["content-md5"]).toBe(createHash("md5").update(text).digest("base64"));
    const own = Object.keys(seen?.headers ?? {}).filter((name) => name.startsWith("x-obs-"));
    expect(own).toEqual(["x-obs-date"]);
  });

  test("a write of nothing is a write", async () => {
    const nothing = { content: "", bytes: 0, sha256: createHash("sha256").digest("hex") };
    const { answer, received } = await sendTo(empty, put(nothing));
    expect(answer.kind).toBe("answered");
    expect(received[0]?.headers["content-length"]).toBe("0");
  });
});

test("the last look before the wire sees the query too", async () => {
  const service = await listen(empty);
  const expected = { host: service.host, admits: (_m: string, _p: string, query: string) => query === "a=1" };
  const ask = (query: string) =>
    guarded({ ...expected, signal: new AbortController().signal }, () =>
      fetchStatus(`http://${service.host}/x${query}`),
    );
  await expect(ask("?a=1").result).resolves.toBe(200);
  for (const query of ["", "?a=2", "?a=1&acl", "?a=1?"]) await expect(ask(query).result).rejects.toThrow(/wire guard/);
  expect(service.received).toHaveLength(1);
});

function fetchStatus(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { agent: false }, (response) => resolve(response.resume().statusCode));
    sent.on("error", reject).end();
  });
}

describe("an approved file", () => {
  async function file(content: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "obs-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "a.py"), content);
    return join(folder, "a.py");
  }

  test("is sent from where it lies", async () => {
    const { received } = await sendTo(empty, put({ content: undefined, localPath: await file(text) }));
    expect(String(received[0]?.body)).toBe(text);
  });

  test.each([
    ["that has changed since", async () => ({ localPath: await file("print(2)\n") })],
    ["that is not there any more", async () => ({ localPath: `${await file(text)}.gone` })],
    ["of another size than was shown", async () => ({ bytes: 1 })],
    ["whose text is another", async () => ({ content: "print(2)\n" })],
  ])("%s is not sent, and neither is anything else", async (_, change) => {
    const { answer, received } = await sendTo(empty, put({ ...(await change()), overwrite: false }));
    expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
    expect(received).toEqual([]);
  });
});

describe("where nothing may be replaced", () => {
  const careful = put({ overwrite: false });

  test("a free name is looked at, then written", async () => {
    const { answer, received } = await sendTo(absentThen(empty), careful);
    expect(answer.kind).toBe("answered");
    expect(methodsOf(received)).toEqual(["HEAD", "PUT"]);
  });

  test("a taken name is not written", async () => {
    const { answer, received } = await sendTo(empty, careful);
    expect(answer).toMatchObject({ kind: "rejected", status: 409, code: "FileAlreadyExists" });
    expect(methodsOf(received)).toEqual(["HEAD"]);
  });

  test.each([
    ["is refused", { status: 403, body: "" }, { kind: "rejected", status: 403, code: "Forbidden" }],
    ["fails", { status: 500, body: "" }, { kind: "not-sent", reason: "unreachable" }],
    [
      "finds no bucket",
      { status: 404, body: "", headers: { "x-obs-error-code": "NoSuchBucket" } },
      { kind: "rejected" },
    ],
    ["is redirected", { status: 307, headers: { location: "http://127.0.0.1:1/x" } }, { kind: "rejected" }],
  ])("nothing is written when the look %s", async (_, behaviour, expected) => {
    const { answer, received } = await sendTo(() => behaviour, careful);
    expect(answer).toMatchObject(expected);
    expect(methodsOf(received)).toEqual(["HEAD"]);
  });

  test("nothing is written, and all know so, when the look is never answered", async () => {
    const { answer, received } = await sendTo((_, response) => void response.destroy(), careful);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "unreachable" });
    expect(methodsOf(received)).toEqual(["HEAD"]);
  });
});

describe("what comes of it", () => {
  test("an object that is not there is told as such, one in no bucket and one nobody may see are not", async () => {
    const look = request("ObsHeadObject");
    const absent = await sendTo(() => ({ status: 404, body: "" }), look);
    expect(absent.answer).toEqual({ kind: "answered", body: { exists: false } });
    const noBucket = { status: 404, headers: { "x-obs-error-code": "NoSuchBucket" } };
    expect((await sendTo(() => noBucket, look)).answer).toMatchObject({ kind: "rejected", code: "NoSuchBucket" });
    expect((await sendTo(() => ({ status: 403 }), look)).answer).toMatchObject({ kind: "rejected", code: "Forbidden" });
  });

  test("a long object is cut at 1 MB, not within a character, and says so", async () => {
    const long = `x${"é".repeat(1024 * 1024)}`;
    const { answer } = await sendTo(
      () => ({ body: long, headers: { "content-length": String(Buffer.byteLength(long)) } }),
      request("ObsGetObject"),
    );
    const body = answer.kind === "answered" ? (answer.body as { text: string }) : undefined;
    expect(body).toMatchObject({ uri, bytes: Buffer.byteLength(long), truncated: true });
    expect(body?.text).toBe(`x${"é".repeat((1024 * 1024) / 2 - 1)}`);
  });

  test("a short object comes whole", async () => {
    const { answer } = await sendTo(() => ({ body: "last line\n" }), request("ObsGetObject"));
    expect(answer).toMatchObject({ body: { text: "last line\n", bytes: 10, truncated: false } });
  });

  test("a listing that is none is lost, for nobody knows what lies there", async () => {
    expect((await sendTo(() => ({ body: "<html/>" }), list)).answer).toMatchObject({ kind: "lost" });
  });

  test("a redirect is not followed, so neither content nor signature reaches another host", async () => {
    const elsewhere = await listen(empty);
    for (const status of [301, 302, 307, 308]) {
      const { answer } = await sendTo(
        () => ({ status, headers: { location: `http://${elsewhere.host}${path}` } }),
        put(),
      );
      expect(answer).toMatchObject({ kind: "rejected", status, code: "Redirect" });
    }
    expect(elsewhere.received).toEqual([]);
  });

  test("a write that is not answered in time is lost", async () => {
    const { answer, received } = await sendTo(() => undefined, put(), key, 80);
    expect(answer).toMatchObject({ kind: "lost" });
    expect(methodsOf(received)).toEqual(["PUT"]);
  });

  test("a failure quotes no secret", async () => {
    const credentials = { ...key, securityToken: secrets.securityToken };
    const quoting: Behaviour = ({ headers }) => ({
      status: 403,
      body: `<Error><Code>SignatureDoesNotMatch</Code><Message>${JSON.stringify(headers).replace(/[<&]/g, "")} ${secrets.secretAccessKey}</Message></Error>`,
    });
    const { answer } = await sendTo(quoting, put(), credentials);
    expect(answer).toMatchObject({ kind: "rejected", code: "SignatureDoesNotMatch" });
    expect(JSON.stringify(answer)).not.toContain(secrets.secretAccessKey);
    expect(JSON.stringify(answer)).not.toContain(secrets.securityToken);
  });
});

describe("not sent", () => {
  test.each([
    ["another method", { ...request("ObsGetObject"), method: "DELETE" }],
    ["a path with a query of its own", { ...request("ObsGetObject"), path: `/${encodeURIComponent(uri)}?acl` }],
    ["a path that is not encoded", { ...request("ObsGetObject"), path: `/${uri}` }],
    ["dot segments", request("ObsGetObject", { path: `/${encodeURIComponent("obs://acme-dli/../x")}` })],
    ["the other storage's address", request("ObsGetObject", { path: `/${encodeURIComponent("oss://acme-dli/x")}` })],
    ["a bucket that is a path", { ...list, path: `/${encodeURIComponent("acme-dli/x")}` }],
    ["a list of buckets in a bucket", request("ObsListBuckets", { path: "/acme-dli" })],
    ["an operation of the other storage", request("HeadObject")],
    ["an operation that nobody knows", request("ObsDeleteObject")],
  ] satisfies [string, WireRequest][])("%s", async (_, wanted) => {
    const { answer, received } = await sendTo(empty, wanted);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
    expect(received).toEqual([]);
  });

  test.each([
    ["a token", { kind: "token", token: secrets.token }],
    [
      "a password",
      {
        kind: "password",
        login: { user: "u", password: secrets.password, domain: "d", project: { name: "cn-north-4" } },
        iam: { host: "127.0.0.1:1", protocol: "http" },
      },
    ],
  ] satisfies [string, HuaweiCredentials][])("what %s cannot sign, and the answer says so", async (_, credentials) => {
    const { answer, received } = await sendTo(empty, request("ObsHeadObject"), credentials);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "no-credentials" });
    expect("message" in answer && answer.message).toMatch(/signed with an access key/);
    expect(received).toEqual([]);
  });

  test("to an endpoint in plain HTTP that is not this machine", async () => {
    const transport = createObsTransport(async () => ({
      endpoint: "http://obs.cn-north-4.myhuaweicloud.com",
      regionId: "cn-north-4",
      credentials: key,
    }));
    const answer = await transport.send(request("ObsHeadObject"), options());
    expect(answer).toMatchObject({ kind: "not-sent", reason: "no-credentials" });
    expect("message" in answer && answer.message).toMatch(/endpoint is not allowed/);
  });

  test("without a profile, which is asked for again by the next request", async () => {
    const service = await listen(empty);
    let asked = 0;
    const transport = createObsTransport(async () => {
      asked++;
      if (asked === 1) throw new Error("no profile");
      return { endpoint: `http://${service.host}`, regionId: "cn-north-4", credentials: key };
    });
    expect(await transport.send(put(), options())).toMatchObject({ kind: "not-sent", message: "no profile" });
    expect(await transport.send(put(), options())).toMatchObject({ kind: "answered" });
  });

  test("when nobody listens, or the caller has left", async () => {
    const nobody = transportTo({ host: "127.0.0.1:1", received: [] });
    expect(await nobody.send(put(), options())).toMatchObject({ kind: "not-sent", reason: "unreachable" });
    const service = await listen(empty);
    const answer = await transportTo(service).send(put(), options(500, AbortSignal.abort()));
    expect(answer).toMatchObject({ kind: "not-sent", reason: "cancelled" });
    expect(service.received).toEqual([]);
  });
});
