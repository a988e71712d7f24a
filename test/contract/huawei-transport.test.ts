import { describe, expect, test } from "vitest";
import { createSender } from "../../src/clouds/huawei/sender.ts";
import type { WireRequest } from "../../src/clouds/transport.ts";
import {
  anything,
  type Behaviour,
  connectionTo,
  createBatch,
  key,
  listen,
  listQueues,
  options,
  secrets,
  verdictOn,
} from "./huawei.support.ts";

async function sendTo(behave: Behaviour, request: WireRequest = listQueues, deadlineMs?: number) {
  const service = await listen(behave);
  const answer = await createSender(connectionTo(service))(request, options(deadlineMs), anything);
  return { answer, received: service.received };
}

describe("what arrives", () => {
  test.each([
    ["a read", { ...listQueues, query: { "page-size": "50", "current-page": "1", empty: "", tags: "a=b,c d*(é)~" } }],
    ["a write", { ...createBatch, body: { name: "数据 😀", conf: { "spark.sql": "x" } } }],
    ["a name beyond ASCII", { ...listQueues, path: `/v1.0/p1/databases/${encodeURIComponent("数据'(1)!*")}` }],
    ["a deletion", { operation: "DeleteQueue", method: "DELETE", path: "/v1.0/p1/queues/q1", query: {} }],
    ["a write without a body", { operation: "X", method: "PUT", path: "/v1.0/p1/queues/q1/action", query: {} }],
  ] satisfies [string, WireRequest][])("%s is signed as the gateway checks it", async (_, request) => {
    const { answer, received } = await sendTo((seen) => {
      const refusal = verdictOn(seen);
      return refusal ? { status: 401, body: refusal } : { body: { is_success: true } };
    }, request);
    expect(answer).toMatchObject({ kind: "answered" });
    expect(received).toHaveLength(1);
    expect(received[0]?.method).toBe(request.method);
    expect(received[0]?.url.split("?")[0]).toBe(request.path);
  });

  test("the project, the JSON type with a body, and a temporary key's token", async () => {
    const service = await listen(() => ({}));
    const credentials = { ...key, securityToken: secrets.securityToken };
    await createSender(connectionTo(service, credentials))(createBatch, options(), anything);
    const [seen] = service.received;
    expect(seen?.headers).toMatchObject({
      "x-project-id": "p1",
      "content-type": "application/json",
      "x-security-token": secrets.securityToken,
    });
    expect(seen?.headers.authorization).toContain("x-project-id;x-sdk-date;x-security-token");
    expect(seen && verdictOn(seen)).toBeUndefined();
    expect(JSON.parse(String(seen?.body))).toEqual(createBatch.body);
  });
});

describe("what comes of it", () => {
  test("an answer with its request id", async () => {
    const { answer } = await sendTo(() => ({ body: { queues: [] }, headers: { "X-Request-Id": "r-1" } }));
    expect(answer).toEqual({ kind: "answered", body: { queues: [] }, requestId: "r-1" });
  });

  test("a refusal in DLI's terms", async () => {
    const { answer } = await sendTo(() => ({ status: 400, body: { error_code: "DLI.0006", error_msg: "exists" } }));
    expect(answer).toEqual({ kind: "rejected", status: 400, code: "DLI.0006", message: "exists" });
  });

  test("throttling is told with its pause, and is not repeated here", async () => {
    const { answer, received } = await sendTo(() => ({
      status: 429,
      body: { error_code: "APIGW.0308", error_msg: "The throttling threshold has been reached" },
      headers: { "retry-after": "3" },
    }));
    expect(answer).toMatchObject({ kind: "rejected", status: 429, code: "APIGW.0308", retryAfterMs: 3_000 });
    expect(received).toHaveLength(1);
  });

  test("a server error is told as it is, and is not repeated here", async () => {
    const { answer, received } = await sendTo(() => ({ status: 503, body: "<html>" }), createBatch);
    expect(answer).toMatchObject({ kind: "rejected", status: 503, code: "" });
    expect(received).toHaveLength(1);
  });

  test("a clock 20 minutes slow is said to be one", async () => {
    const service = await listen((seen) => ({ status: 401, body: verdictOn(seen) }));
    const slow = () => Date.now() - 20 * 60_000;
    const answer = await createSender(connectionTo(service), slow)(listQueues, options(), anything);
    expect(answer).toMatchObject({ kind: "rejected", status: 401, code: "APIGW.0301" });
    expect("message" in answer && answer.message).toMatch(/^the clocks differ: this computer's is 20 min behind/);
  });

  test("a redirect is not followed, so nothing of it reaches another host", async () => {
    const elsewhere = await listen(() => ({}));
    for (const status of [301, 302, 307, 308]) {
      const { answer } = await sendTo(() => ({ status, headers: { location: `http://${elsewhere.host}/v1.0/p1/x` } }));
      expect(answer).toMatchObject({ kind: "rejected", status, code: "Redirect" });
    }
    expect(elsewhere.received).toEqual([]);
  });
});

describe("not sent", () => {
  test("nobody listens", async () => {
    const answer = await createSender({ ...connectionTo({ host: "127.0.0.1:1", received: [] }) })(
      createBatch,
      options(),
      anything,
    );
    expect(answer).toMatchObject({ kind: "not-sent", reason: "unreachable" });
  });

  test("the far end does not speak TLS", async () => {
    const service = await listen(() => ({}));
    const answer = await createSender({ ...connectionTo(service), protocol: "https" })(
      createBatch,
      options(),
      anything,
    );
    expect(answer).toMatchObject({ kind: "not-sent", reason: "unreachable" });
    expect(service.received).toEqual([]);
  });

  test("it was cancelled before", async () => {
    const service = await listen(() => ({}));
    const answer = await createSender(connectionTo(service))(createBatch, options(50, AbortSignal.abort()), anything);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "cancelled" });
    expect(service.received).toEqual([]);
  });

  test("the body is larger than the service takes", async () => {
    const { answer, received } = await sendTo(() => ({}), { ...createBatch, body: { sql: "x".repeat(13_000_000) } });
    expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
    expect(received).toEqual([]);
  });
});

describe("lost, because it may have happened", () => {
  test("the connection breaks after the request", async () => {
    const { answer, received } = await sendTo((_, response) => void response.destroy(), createBatch);
    expect(answer).toMatchObject({ kind: "lost" });
    expect(received).toHaveLength(1);
  });

  test("the connection breaks within the answer", async () => {
    const { answer } = await sendTo((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"is_', () => response.destroy());
      return undefined;
    }, createBatch);
    expect(answer).toMatchObject({ kind: "lost" });
  });

  test("no answer comes in time", async () => {
    const { answer } = await sendTo(() => undefined, createBatch, 200);
    expect(answer).toEqual({ kind: "lost", message: "no answer within 0.2 s" });
  });

  test("the caller cancels while it is under way", async () => {
    const cancel = new AbortController();
    const service = await listen(() => void cancel.abort());
    const answer = await createSender(connectionTo(service))(createBatch, options(5_000, cancel.signal), anything);
    expect(answer).toEqual({ kind: "lost", message: "the caller cancelled while it was under way" });
  });

  test("the answer has no end", async () => {
    const { answer } = await sendTo((_, response) => {
      response.writeHead(200);
      const chunk = "x".repeat(1024 * 1024);
      const write = (): void => void (response.destroyed || response.write(chunk, () => setImmediate(write)));
      write();
      return undefined;
    }, createBatch);
    expect(answer).toEqual({ kind: "lost", message: "the answer is longer than 16 MiB" });
  });

  test("the answer is no JSON", async () => {
    const { answer } = await sendTo(() => ({ body: '{"id":' }), createBatch);
    expect(answer).toMatchObject({ kind: "lost" });
  });
});

describe("the guard", () => {
  test.each([
    ["a step upwards", "DELETE", "/v2.0/p1/batches/.."],
    ["one encoded", "DELETE", "/v2.0/p1/batches/%2e%2e"],
    ["one encoded twice", "DELETE", "/v2.0/p1/batches/%252e%252e"],
    ["a slash in an id", "DELETE", "/v2.0/p1/batches/a%2F..%2F..%2Fqueues%2Fq1"],
    ["a backslash in an id", "GET", "/v2.0/p1/batches/a\\..\\b"],
    ["an empty id", "DELETE", "/v1.0/p1/queues/"],
    ["a query in the path", "GET", "/v1.0/p1/queues?x=1"],
    ["a line end", "GET", "/v1.0/p1/queues/a%0d%0aHost:%20b"],
    ["another host", "GET", "//127.0.0.1/v1.0/p1/queues"],
  ] as const)("lets nothing leave that holds %s, whatever the routes admit", async (_, method, path) => {
    const { answer, received } = await sendTo(() => ({}), { operation: "CancelSparkJob", method, path, query: {} });
    expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
    expect(received).toEqual([]);
  });

  test.each([
    ["pool", "/v3/p1/elastic-resource-pools/pool1"],
    ["queue", "/v1.0/p1/queues/q1"],
    ["database", "/v1.0/p1/databases/db1"],
    ["table", "/v1.0/p1/databases/db1/tables/t1"],
  ])("lets no other operation delete a %s, whatever the routes admit", async (what, path) => {
    const request: WireRequest = { operation: "CancelSqlJob", method: "DELETE", path, query: {} };
    const { answer, received } = await sendTo(() => ({}), request);
    expect(answer).toEqual({
      kind: "not-sent",
      reason: "guard",
      message: `CancelSqlJob may not delete a ${what}`,
    });
    expect(received).toEqual([]);
  });

  test("lets a deletion leave that the routes admit, and not one that they do not", async () => {
    const service = await listen(() => ({}));
    const send = createSender(connectionTo(service));
    const request: WireRequest = { operation: "DeleteQueue", method: "DELETE", path: "/v1.0/p1/queues/q1", query: {} };
    expect(await send(request, options(), () => false)).toMatchObject({ kind: "not-sent", reason: "guard" });
    expect(service.received).toEqual([]);
    const admits = (method: string, path: string) => method === "DELETE" && path === "/v1.0/p1/queues/q1";
    expect(await send(request, options(), admits)).toMatchObject({ kind: "answered" });
  });

  test("asks the routes again about what is on the wire, after everything in between", async () => {
    const service = await listen(() => ({}));
    let asked = 0;
    const answer = await createSender(connectionTo(service))(listQueues, options(), () => ++asked === 1);
    expect(answer).toMatchObject({ kind: "not-sent", reason: "guard" });
    expect(asked).toBe(2);
    expect(service.received).toEqual([]);
  });
});

describe("secrets", () => {
  test("a gateway that quotes the request it could not verify gives none away", async () => {
    const service = await listen((seen) => ({
      status: 401,
      body: {
        error_code: `APIGW.0301 ${secrets.securityToken}`,
        error_msg: `${JSON.stringify(seen.headers)} ${encodeURIComponent(secrets.securityToken)} ${secrets.secretAccessKey}`,
      },
      headers: { "x-request-id": secrets.secretAccessKey },
    }));
    const credentials = { ...key, securityToken: secrets.securityToken };
    const answer = await createSender(connectionTo(service, credentials))(createBatch, options(), anything);
    expect(answer.kind).toBe("rejected");
    expect(service.received[0]?.headers["x-security-token"]).toBe(secrets.securityToken);
    expect(JSON.stringify(answer)).not.toContain("canary");
    expect("message" in answer && answer.message).toContain("****");
  });
});
