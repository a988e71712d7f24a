import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AccessKey, queryString, sign, type Unsigned } from "../../src/clouds/huawei/signer.ts";
import { checkDliSignature } from "../../src/sandbox/dli/signature.ts";

const vectorKey: AccessKey = { accessKeyId: "AccessKey", secretAccessKey: "SecretKey" };
const vectorTime = new Date("2020-06-08T02:39:00Z");
const vector: Unsigned = {
  method: "GET",
  host: "service.endpoint.myhuaweicloud.com",
  path: "/resources",
  query: [["size", "1"]],
  headers: {},
};

const signatureOf = (headers: Record<string, string>) => /Signature=(\w+)$/.exec(headers.authorization ?? "")?.[1];

describe("the vectors of the official SDK's own tests", () => {
  test("a GET without a body has the published signature", () => {
    const headers = sign(vector, vectorKey, vectorTime);
    expect(headers.authorization).toBe(
      "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=host;x-sdk-date, " +
        "Signature=cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842",
    );
    expect(headers["x-sdk-date"]).toBe("20200608T023900Z");
  });

  test("a POST with a body has the published signature", () => {
    const headers = sign({ ...vector, method: "POST", body: '{"name":"test","id":1}' }, vectorKey, vectorTime);
    expect(signatureOf(headers)).toBe("436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f");
  });
});

test("every header is signed, in order of name, the temporary key's token and the project among them", () => {
  const headers = sign(
    { ...vector, headers: { "x-project-id": "p", "content-type": "application/json" } },
    { ...vectorKey, securityToken: "temporary" },
    vectorTime,
  );
  expect(headers["x-security-token"]).toBe("temporary");
  expect(headers.authorization).toContain(
    "SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token, Signature=",
  );
});

test("a path signs the same with and without a slash at its end, and encoded or not", () => {
  const of = (path: string) => signatureOf(sign({ ...vector, path }, vectorKey, vectorTime));
  expect(of("/a/b%20c")).toBe(of("/a/b%20c/"));
  expect(of("/a/(b)")).toBe(of("/a/%28b%29"));
  expect(of("/a/b")).not.toBe(of("/a/c"));
});

test("a query is sorted by name, then value, and an empty value keeps its equals sign", () => {
  const query: Unsigned["query"] = [
    ["tag", "b"],
    ["page-size", "10"],
    ["tag", "a"],
    ["empty", ""],
    ["Z", "ü (1)*"],
  ];
  expect(queryString(query)).toBe("Z=%C3%BC%20%281%29%2A&empty=&page-size=10&tag=a&tag=b");
});

test("names are sorted as UTF-8 sorts them, not as UTF-16", () => {
  expect(
    queryString([
      ["\u{1f600}", "1"],
      ["\uffee", "2"],
    ]),
  ).toBe("%EF%BF%AE=2&%F0%9F%98%80=1");
});

test("half a surrogate pair does not throw", () => {
  expect(queryString([["a", "\ud800"]])).toBe("a=%EF%BF%BD");
});

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const anyRequest = fc.record({
  method: fc.constantFrom<string>("GET", "POST", "PUT", "DELETE"),
  segments: fc.array(text, { minLength: 1, maxLength: 5 }),
  query: fc.array(fc.tuple(text, text), { maxLength: 6 }),
  body: fc.option(text, { nil: undefined }),
  token: fc.option(fc.constantFrom("temporary-token"), { nil: undefined }),
});

test("whatever path, query and body are, the gateway's check finds them signed; one change and it does not", () => {
  fc.assert(
    fc.property(anyRequest, ({ method, segments, query, body, token }) => {
      const path = `/${segments.map(encodeURIComponent).join("/")}`;
      const key = { ...vectorKey, ...(token !== undefined && { securityToken: token }) };
      const unsigned = { ...vector, method, path, query, ...(body !== undefined && { body }) };
      const received = {
        method,
        rawPath: path,
        rawQuery: queryString(query),
        headers: Object.entries(sign(unsigned, key, vectorTime)),
        body: Buffer.from(body ?? ""),
      };
      const check = (changed: Partial<typeof received>) =>
        checkDliSignature({ ...received, ...changed }, vectorKey, vectorTime.getTime());
      expect(check({})).toBeUndefined();
      expect(check({ rawQuery: received.rawQuery.split("&").reverse().join("&") })).toBeUndefined();
      expect(check({ method: "PATCH" })).toBeDefined();
      expect(check({ rawPath: `${path}/x` })).toBeDefined();
      expect(check({ rawQuery: `${received.rawQuery}&x=` })).toBeDefined();
      expect(check({ body: Buffer.from(`${body ?? ""} `) })).toBeDefined();
    }),
    { numRuns: 300 },
  );
});
