import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sign } from "../../src/clouds/huawei/signer.ts";
import { checkDliSignature } from "../../src/sandbox/dli/signature.ts";
import type { SignedRequest } from "../../src/sandbox/signature/acs3.ts";

const key = { accessKeyId: "SANDBOXKEY", secretAccessKey: "sandbox-secret" };
const time = Date.parse("2026-01-02T03:04:05Z");
const minutes = (count: number) => count * 60_000;

function signed(at = time, secretAccessKey = key.secretAccessKey): SignedRequest {
  const body = '{"name":"batch"}';
  const headers = sign(
    {
      method: "POST",
      host: "127.0.0.1:8000",
      path: "/v2.0/p1/batches",
      query: [["dry", ""]],
      headers: { "content-type": "application/json" },
      body,
    },
    { ...key, secretAccessKey },
    new Date(at),
  );
  return {
    method: "POST",
    rawPath: "/v2.0/p1/batches",
    rawQuery: "dry=",
    headers: Object.entries(headers),
    body: Buffer.from(body),
  };
}

const withHeader = (request: SignedRequest, name: string, change: (value: string) => string | undefined) => ({
  ...request,
  headers: request.headers.flatMap(([each, value]): [string, string][] => {
    const changed = each === name ? change(value) : value;
    return changed === undefined ? [] : [[each, changed]];
  }),
});

const said = (request: SignedRequest, now = time) => checkDliSignature(request, key, now)?.error_msg;

test("a request signed with the key is let in", () => {
  expect(checkDliSignature(signed(), key, time)).toBeUndefined();
});

test("the published GET vector is let in by the server's side too", () => {
  const request: SignedRequest = {
    method: "GET",
    rawPath: "/resources",
    rawQuery: "size=1",
    headers: [
      ["Host", "service.endpoint.myhuaweicloud.com"],
      ["X-Sdk-Date", "20200608T023900Z"],
      [
        "Authorization",
        "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=host;x-sdk-date, " +
          "Signature=cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842",
      ],
    ],
    body: new Uint8Array(),
  };
  const vectorKey = { accessKeyId: "AccessKey", secretAccessKey: "SecretKey" };
  expect(checkDliSignature(request, vectorKey, Date.parse("2020-06-08T02:39:00Z"))).toBeUndefined();
});

test("a body whose check is waived, and signed so, is let in whatever it is", () => {
  const digest = (text: string) => createHash("sha256").update(text).digest("hex");
  const names = "host;x-sdk-content-sha256;x-sdk-date";
  const canonical = `PUT\n/f/\n\nhost:h\nx-sdk-content-sha256:UNSIGNED-PAYLOAD\nx-sdk-date:20260102T030405Z\n\n${names}\nUNSIGNED-PAYLOAD`;
  const signature = createHmac("sha256", key.secretAccessKey)
    .update(`SDK-HMAC-SHA256\n20260102T030405Z\n${digest(canonical)}`)
    .digest("hex");
  const request: SignedRequest = {
    method: "PUT",
    rawPath: "/f",
    rawQuery: "",
    headers: [
      ["host", "h"],
      ["x-sdk-content-sha256", "UNSIGNED-PAYLOAD"],
      ["x-sdk-date", "20260102T030405Z"],
      ["authorization", `SDK-HMAC-SHA256 Access=SANDBOXKEY, SignedHeaders=${names}, Signature=${signature}`],
    ],
    body: Buffer.from([1, 2, 3]),
  };
  expect(said(request)).toBeUndefined();
  expect(said(withHeader(request, "x-sdk-content-sha256", () => digest("")))).toContain("verify aksk signature fail");
});

describe("refused with 401 and APIGW.0301", () => {
  test("a wrong secret", () => {
    const refused = checkDliSignature(signed(time, "another-secret"), key, time);
    expect(refused).toMatchObject({ status: 401, error_code: "APIGW.0301" });
    expect(refused?.error_msg).toContain("verify aksk signature fail, canonicalRequest:POST|/v2.0/p1/batches/|dry=|");
    expect(refused?.error_msg).not.toContain(key.secretAccessKey);
  });

  test("a key that nobody has", () => {
    expect(said(withHeader(signed(), "authorization", (value) => value.replace("SANDBOXKEY", "ANOTHERKEY")))).toBe(
      "Incorrect IAM authentication information: ak ANOTHERKEY not exist",
    );
  });

  test("a date 20 minutes off, either way", () => {
    expect(said(signed(time - minutes(20)))).toContain(
      "signature expired, signature time:20260102T024405Z,server time:20260102T030405Z",
    );
    expect(said(signed(time + minutes(20)))).toContain("signature expired");
    expect(said(signed(time + minutes(14)))).toBeUndefined();
  });

  test("a changed body", () => {
    expect(said({ ...signed(), body: Buffer.from('{"name":"other"}') })).toContain("verify aksk signature fail");
  });

  test("a changed header among those signed", () => {
    expect(said(withHeader(signed(), "host", () => "elsewhere"))).toContain("verify aksk signature fail");
  });

  test.each(["host", "x-sdk-date"])("%s not among the signed headers", (name) => {
    const request = withHeader(signed(), "authorization", (value) => value.replace(new RegExp(`;?${name}`), ""));
    expect(said(request)).toContain(`${name} is not signed`);
  });

  test("a signed header that was not sent", () => {
    expect(said(withHeader(signed(), "content-type", () => undefined))).toContain("content-type was not sent");
  });

  test("no signature at all, or one of another cloud", () => {
    expect(said(withHeader(signed(), "authorization", () => undefined))).toContain("no Authorization");
    expect(said(withHeader(signed(), "authorization", () => "ACS3-HMAC-SHA256 Credential=a"))).toContain(
      "no Authorization",
    );
  });

  test("a date that is none", () => {
    expect(said(withHeader(signed(), "x-sdk-date", () => "yesterday"))).toContain("cannot be read");
  });

  test("a path whose percent signs spell nothing", () => {
    expect(said({ ...signed(), rawPath: "/v2.0/%zz" })).toContain("verify aksk signature fail");
  });

  test("a body other than the one whose hash is declared and signed", () => {
    const body = '{"name":"batch"}';
    const headers = sign(
      {
        method: "POST",
        host: "127.0.0.1:8000",
        path: "/v2.0/p1/batches",
        query: [],
        headers: { "x-sdk-content-sha256": createHash("sha256").update(body).digest("hex") },
        body,
      },
      key,
      new Date(time),
    );
    const request: SignedRequest = {
      method: "POST",
      rawPath: "/v2.0/p1/batches",
      rawQuery: "",
      headers: Object.entries(headers),
      body: Buffer.from(body),
    };
    expect(said(request)).toBeUndefined();
    expect(said({ ...request, body: Buffer.from("{}") })).toContain("verify aksk signature fail");
  });
});
