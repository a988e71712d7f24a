import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { acs3Signature, parseAcs3Authorization, type SignedRequest, sha256 } from "../../src/sandbox/signature/acs3.ts";
import { roaSignatures } from "../../src/sandbox/signature/roa.ts";
import { createSignatureVerifier } from "../../src/sandbox/signature/verify.ts";

const alwaysSigned = [
  "host",
  "x-acs-action",
  "x-acs-content-sha256",
  "x-acs-date",
  "x-acs-signature-nonce",
  "x-acs-version",
];

function request(parts: {
  method: string;
  path: string;
  query?: string;
  headers: Record<string, string>;
  body?: string;
}): SignedRequest {
  const body = Buffer.from(parts.body ?? "");
  const headers: [string, string][] = Object.entries({ ...parts.headers, "x-acs-content-sha256": sha256(body) });
  return { method: parts.method, rawPath: parts.path, rawQuery: parts.query ?? "", headers, body };
}

const local = { host: "127.0.0.1:8080", "x-acs-version": "2023-08-08", "x-acs-date": "2026-01-02T03:04:05Z" };
const startJobRun = request({
  method: "POST",
  path: "/api/v1/workspaces/w-1/jobRuns",
  query: "regionId=cn-hangzhou",
  headers: {
    ...local,
    "x-acs-action": "StartJobRun",
    "x-acs-signature-nonce": "n-1",
    "content-type": "application/json; charset=utf-8",
  },
  body: '{"name":"t","codeType":"SQL"}',
});
const listJobRuns = request({
  method: "GET",
  path: "/api/v1/workspaces/w-1/jobRuns",
  query: "regionId=cn-hangzhou&states=%5B%22Running%22%2C%22Failed%22%5D",
  headers: { ...local, "x-acs-action": "ListJobRuns", "x-acs-signature-nonce": "n-2" },
});

describe("ACS3-HMAC-SHA256", () => {
  test("the published example of Alibaba Cloud has the published signature", () => {
    const example = request({
      method: "POST",
      path: "/",
      query: "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
      headers: {
        host: "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-version": "2014-05-26",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
      },
    });
    expect(acs3Signature(example, alwaysSigned, "YourAccessKeySecret")).toBe(
      "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
    );
  });

  test("a POST with a JSON body has the signature that the official client makes", () => {
    expect(acs3Signature(startJobRun, [...alwaysSigned, "content-type"], "testsecret")).toBe(
      "25e7dba6bdff69288629b5f5ad136c1fed505e2cb589f19582a6aad8eeb170ed",
    );
  });

  test("a GET with JSON text in its query has the signature that the official client makes", () => {
    expect(acs3Signature(listJobRuns, alwaysSigned, "testsecret")).toBe(
      "9c26e460d74d8ba3999849403c930f33993941084a8d8f85ff3c6f26c213ff69",
    );
  });

  test("a plus sign in the query stands for a blank", () => {
    const spelled = (rawQuery: string) => acs3Signature({ ...listJobRuns, rawQuery }, alwaysSigned, "s");
    expect(spelled("name=a+b")).toBe(spelled("name=a%20b"));
    expect(spelled("name=a%2Bb")).not.toBe(spelled("name=a%20b"));
  });

  test("the order and spelling of the query do not count", () => {
    const spelled = (rawQuery: string) => acs3Signature({ ...listJobRuns, rawQuery }, alwaysSigned, "s");
    expect(spelled("b=(2)&a=1&c")).toBe(spelled("a=1&b=%282%29&c="));
  });

  test("repeated headers are signed sorted and joined", () => {
    const withHeaders = (...headers: [string, string][]) =>
      acs3Signature({ ...listJobRuns, headers }, ["x-acs-tag"], "s");
    expect(withHeaders(["x-acs-tag", "b"], ["X-Acs-Tag", " a "])).toBe(withHeaders(["x-acs-tag", "a,b"]));
  });
});

describe("verification", () => {
  const key = { accessKeyId: "testid", accessKeySecret: "testsecret" };
  const at = Date.parse("2026-01-02T03:04:05Z");

  function signed(change: Partial<SignedRequest> = {}, signedHeaders = alwaysSigned, secret = "testsecret") {
    const signature = acs3Signature(listJobRuns, signedHeaders, secret);
    const value = `ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=${signedHeaders.join(";")},Signature=${signature}`;
    return {
      ...listJobRuns,
      ...change,
      headers: [...(change.headers ?? listJobRuns.headers), ["authorization", value]],
    } as SignedRequest;
  }

  test("a rightly signed request is accepted", () => {
    expect(createSignatureVerifier(key, () => at)(signed())).toBeUndefined();
  });

  test.each<[string, Partial<SignedRequest>]>([
    ["method", { method: "DELETE" }],
    ["path", { rawPath: "/api/v1/workspaces/w-2/jobRuns" }],
    ["query", { rawQuery: "regionId=cn-shanghai" }],
    ["body", { body: Buffer.from("{}") }],
  ])("a request whose %s was changed on the way is refused", (_, change) => {
    expect(createSignatureVerifier(key, () => at)(signed(change))?.code).toBe("SignatureDoesNotMatch");
  });

  test("an x-acs header that was added on the way is refused", () => {
    const headers = [...listJobRuns.headers, ["x-acs-extra", "1"] as const];
    expect(createSignatureVerifier(key, () => at)(signed({ headers }))?.code).toBe("IncompleteSignature");
  });

  test("a signature that leaves out the nonce is refused", () => {
    const left = alwaysSigned.filter((name) => name !== "x-acs-signature-nonce");
    expect(createSignatureVerifier(key, () => at)(signed({}, left))?.code).toBe("IncompleteSignature");
  });

  test("a date 15 minutes off is accepted, more is not", () => {
    const minutes = 60_000;
    const later = (offset: number) => createSignatureVerifier(key, () => at + offset)(signed())?.code;
    expect(later(15 * minutes)).toBeUndefined();
    expect(later(-15 * minutes)).toBeUndefined();
    expect(later(15 * minutes + 1000)).toBe("InvalidTimeStamp.Expired");
    expect(later(-15 * minutes - 1000)).toBe("InvalidTimeStamp.Expired");
  });

  test("the same request a second time is refused", () => {
    const verify = createSignatureVerifier(key, () => at);
    expect(verify(signed())).toBeUndefined();
    expect(verify(signed())?.code).toBe("SignatureNonceUsed");
  });

  test("a wrongly signed request does not use up its nonce", () => {
    const verify = createSignatureVerifier(key, () => at);
    expect(verify(signed({}, alwaysSigned, "guess"))?.code).toBe("SignatureDoesNotMatch");
    expect(verify(signed())).toBeUndefined();
  });

  test("no Authorization, or one of another kind, is refused", () => {
    const verify = createSignatureVerifier(key, () => at);
    expect(verify(listJobRuns)?.code).toBe("IncompleteSignature");
    const headers = [...listJobRuns.headers, ["authorization", "Bearer x"] as const];
    expect(verify({ ...listJobRuns, headers })?.code).toBe("IncompleteSignature");
  });

  test("an Authorization with a part missing is not taken for a signature", () => {
    expect(parseAcs3Authorization("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host")).toBeUndefined();
    expect(parseAcs3Authorization("ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=b")).toEqual({
      accessKeyId: "a",
      signedHeaders: ["host"],
      signature: "b",
    });
  });
});

describe("the older ROA signature", () => {
  const key = { accessKeyId: "testid", accessKeySecret: "testsecret" };
  const date = "Fri, 02 Jan 2026 03:04:05 GMT";
  const md5OfNothing = "1B2M2Y8AsgTpgAmY7PhCfg==";
  const goRequest: SignedRequest = {
    method: "GET",
    rawPath: "/api/v1/workspaces",
    rawQuery: "regionId=cn-hangzhou&empty=&name=a%20b",
    headers: [
      ["Accept", "application/json"],
      ["Content-MD5", md5OfNothing],
      ["Content-Type", "application/json"],
      ["Date", date],
      ["x-acs-version", "2023-08-08"],
      ["x-acs-signature-method", "HMAC-SHA1"],
      ["x-acs-signature-version", "1.0"],
    ],
    body: Buffer.alloc(0),
  };
  // The text to sign as sdk/auth/roa_signature_composer.go of aliyun/alibaba-cloud-sdk-go composes it.
  const goText = [
    "GET",
    "application/json",
    md5OfNothing,
    "application/json",
    date,
    "x-acs-signature-method:HMAC-SHA1",
    "x-acs-signature-version:1.0",
    "x-acs-version:2023-08-08",
    "/api/v1/workspaces?empty&name=a b&regionId=cn-hangzhou",
  ].join("\n");
  const goSignature = createHmac("sha1", "testsecret").update(goText).digest("base64");

  test("of the Go SDK, which leaves absent lines out, is known", () => {
    expect(roaSignatures(goRequest, "testsecret")).toContain(goSignature);
  });

  test("is accepted without a nonce, and refused with another body than its Content-MD5 says", () => {
    const verify = createSignatureVerifier(key, () => Date.parse(date));
    const headers = [...goRequest.headers, ["Authorization", `acs testid:${goSignature}`] as const];
    expect(verify({ ...goRequest, headers })).toBeUndefined();
    expect(verify({ ...goRequest, headers, body: Buffer.from("{}") })?.code).toBe("SignatureDoesNotMatch");
  });

  test("with an algorithm other than HMAC-SHA1 is refused", () => {
    const verify = createSignatureVerifier(key, () => Date.parse(date));
    const headers = goRequest.headers.map(
      ([name, value]) => [name, name === "x-acs-signature-method" ? "SHA256withRSA" : value] as const,
    );
    const refused = verify({ ...goRequest, headers: [...headers, ["authorization", `acs testid:${goSignature}`]] });
    expect(refused?.code).toBe("IncompleteSignature");
  });
});
