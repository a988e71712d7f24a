import { describe, expect, test } from "vitest";
import { isClockSkew, readAnswer } from "../../src/clouds/huawei/answer.ts";

const now = Date.parse("2026-01-02T03:04:05Z");

function read(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readAnswer({ kind: "arrived", status, headers, text }, now);
}

describe("answered", () => {
  test.each([
    ["a boolean true", { is_success: true, job_id: 1 }],
    ["the word true", { is_success: "true" }],
    ["nothing said about success", { queues: [] }],
    ["an empty array", []],
  ])("2xx with %s", (_, body) => {
    expect(read(200, body)).toEqual({ kind: "answered", body });
  });

  test("201 and 204 too, and a body of nothing is an empty object", () => {
    expect(read(201, { id: "b" }).kind).toBe("answered");
    expect(read(204, "")).toEqual({ kind: "answered", body: {} });
  });

  test("a batch of which a part failed, for the caller to see which", () => {
    const body = [{ is_success: "true" }, { is_success: "false", message: "no queue" }];
    expect(read(200, body)).toEqual({ kind: "answered", body });
  });

  test("the request id is kept", () => {
    expect(read(200, {}, { "x-request-id": "r-1" })).toMatchObject({ requestId: "r-1" });
  });
});

describe("rejected", () => {
  test.each([
    ["a boolean false", { is_success: false, message: "queue exists" }],
    ["the word false", { is_success: "false", message: "queue exists" }],
    ["a batch of which all failed", [{ is_success: "false", message: "queue exists" }]],
  ])("200 with %s", (_, body) => {
    expect(read(200, body)).toEqual({ kind: "rejected", status: 200, code: "", message: "queue exists" });
  });

  test.each([
    ["DLI's", { error_code: "DLI.0002", error_msg: "gone" }, "DLI.0002"],
    ["its camel case", { errorCode: "DLI.0002", errorMsg: "gone" }, "DLI.0002"],
    ["the plain one", { code: 400, message: "gone" }, "400"],
    ["the CS one", { error_id: "CS.0001", error_name: "n", error_cause: "gone" }, "CS.0001"],
    ["IAM's", { error: { code: 400, message: "gone", title: "Bad Request" } }, "400"],
    ["an array", [{ error_code: "DLI.0002", error_msg: "gone" }], "DLI.0002"],
  ])("the shape of a complaint: %s", (_, body, code) => {
    expect(read(400, body)).toMatchObject({ kind: "rejected", status: 400, code, message: "gone" });
  });

  test("the complaints of a batch are told together, each once", () => {
    const body = [{ error_code: "DLI.1", error_msg: "a" }, { error_msg: "b" }, { error_msg: "a" }];
    expect(read(400, body)).toMatchObject({ code: "DLI.1", message: "a; b" });
  });

  test("a body that is no JSON, and one that says nothing", () => {
    expect(read(502, "<html>")).toMatchObject({ code: "", message: "HTTP 502 with a body that is not JSON" });
    expect(read(500, "null")).toMatchObject({ code: "", message: "HTTP 500 without a reason" });
  });

  test("a complaint without an end is cut", () => {
    const answer = read(400, { error_code: "DLI.0001", error_msg: "x".repeat(5_000) });
    expect(answer.kind === "rejected" && answer.message.length).toBe(1_000);
  });

  test("a redirect, with what it says left unread", () => {
    expect(read(307, { is_success: true }, { location: "http://elsewhere/" })).toMatchObject({ code: "Redirect" });
  });

  test("the gateway's own request id counts when the header is missing", () => {
    expect(read(401, { error_code: "APIGW.0301", error_msg: "m", request_id: "r-2" })).toMatchObject({
      requestId: "r-2",
    });
  });

  test("the action that the caller lacks is named", () => {
    const body = { error_code: "APIGW.0302", error_msg: "Policy doesn't allow dli:queue:createQueue to be performed." };
    expect(read(403, body)).toMatchObject({ missingPermission: "dli:queue:createQueue" });
    expect(read(400, body)).not.toHaveProperty("missingPermission");
  });
});

describe("throttled", () => {
  test.each([
    ["429", 429, "APIGW.0308"],
    ["the code alone", 503, "APIG.0308"],
  ])("by %s, it is 429 to the gateway", (_, status, code) => {
    expect(read(status, { error_code: code, error_msg: "slow" })).toMatchObject({
      kind: "rejected",
      status: 429,
      code,
    });
  });

  test("Retry-After in seconds or as a date is kept", () => {
    expect(read(429, {}, { "retry-after": "7" })).toMatchObject({ retryAfterMs: 7_000 });
    expect(read(429, {}, { "retry-after": new Date(now + 4_000).toUTCString() })).toMatchObject({
      retryAfterMs: 4_000,
    });
    expect(read(429, {}, { "retry-after": "soon" })).not.toHaveProperty("retryAfterMs");
    expect(read(429, {}, { "retry-after": "0" })).not.toHaveProperty("retryAfterMs");
  });
});

describe("clock skew", () => {
  const expired = (times: string) => ({
    error_code: "APIGW.0301",
    error_msg: `Incorrect IAM authentication information: calc aksk signature fail:signature expired, ${times}`,
  });

  test("is read from the gateway's words", () => {
    const answer = read(401, expired("signature time:20260102T024405Z,server time:20260102T030405Z"));
    expect(answer).toMatchObject({ code: "APIGW.0301" });
    expect(answer.kind === "rejected" && answer.message).toMatch(
      /^the clocks differ: this computer's is 20 min behind/,
    );
    expect(isClockSkew(answer)).toBe(true);
  });

  test("is read from the Date of the answer when the words tell no times", () => {
    const answer = read(401, expired("expired"), { date: new Date(now - 21 * 60_000).toUTCString() });
    expect(answer.kind === "rejected" && answer.message).toMatch(/^the clocks differ: this computer's is 21 min ahead/);
  });

  test("is not what another refusal of credentials is taken for", () => {
    const body = { error_code: "APIGW.0301", error_msg: "verify aksk signature fail" };
    expect(isClockSkew(read(401, body, { date: new Date(now).toUTCString() }))).toBe(false);
    const token = { error_code: "APIGW.0307", error_msg: "The token must be updated." };
    expect(isClockSkew(read(401, token, { date: new Date(0).toUTCString() }))).toBe(false);
  });
});

test("2xx with a body that is no JSON is lost: it may have happened", () => {
  expect(read(200, '{"id":')).toEqual({ kind: "lost", message: "the answer cannot be read" });
});
