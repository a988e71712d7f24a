import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { placeOf } from "../../src/clouds/obs/address.ts";
import { sign } from "../../src/clouds/obs/signer.ts";

const at = new Date("2026-11-20T08:09:10.111Z");
const date = "Fri, 20 Nov 2026 08:09:10 GMT";
const key = { accessKeyId: "AK", secretAccessKey: "SECRET" };
const hosted = { protocol: "https", host: "obs.cn-north-4.myhuaweicloud.com", pathStyle: false } as const;
const local = { protocol: "http", host: "127.0.0.1:9", pathStyle: true } as const;

/** Of the text as section 13 of the API notes describes it, written out by each test. */
function authorizationOf(text: string): string {
  return `OBS AK:${createHmac("sha1", "SECRET").update(text, "utf8").digest("base64")}`;
}

describe("the signature", () => {
  test("of a list of buckets covers method, date and the account's resource", () => {
    const { authorization, ...rest } = sign({ method: "GET", resource: "/", headers: {} }, key, at);
    expect(authorization).toBe(authorizationOf(`GET\n\n\n\nx-obs-date:${date}\n/`));
    expect(rest).toEqual({ "x-obs-date": date });
  });

  test("of a write covers digest and type of the content, and a temporary key's token after the date", () => {
    const headers = { "content-type": "application/octet-stream", "content-md5": "XrY7u+Ae7tCTyyK7j1rNww==" };
    const { resource } = placeOf({ bucket: "acme-dli", key: "jars/nightly.jar" }, hosted);
    const signed = sign({ method: "PUT", resource, headers }, { ...key, securityToken: "TOKEN+/=" }, at);
    expect(signed.authorization).toBe(
      authorizationOf(
        `PUT\nXrY7u+Ae7tCTyyK7j1rNww==\napplication/octet-stream\n\nx-obs-date:${date}\nx-obs-security-token:TOKEN+/=\n/acme-dli/jars/nightly.jar`,
      ),
    );
    expect(signed).toMatchObject({ ...headers, "x-obs-security-token": "TOKEN+/=" });
  });

  test("of a listing names the bucket with its slash and nothing of the query", () => {
    const { resource } = placeOf({ bucket: "acme-dli" }, hosted);
    const { authorization } = sign({ method: "GET", resource, headers: {} }, key, at);
    expect(authorization).toBe(authorizationOf(`GET\n\n\n\nx-obs-date:${date}\n/acme-dli/`));
  });

  test.each([
    ["a blank and a quote", "a b'(1)!*.py", "/acme-dli/a%20b%27%281%29%21%2A.py"],
    ["what is not ASCII", "数据/é~.py", "/acme-dli/%E6%95%B0%E6%8D%AE/%C3%A9~.py"],
    ["a percent sign, a plus and a question mark", "50%+?.csv", "/acme-dli/50%25%2B%3F.csv"],
  ])("of a key with %s covers it as it stands in the address", (_, objectKey, resource) => {
    const place = placeOf({ bucket: "acme-dli", key: objectKey }, hosted);
    expect(place.resource).toBe(resource);
    expect(`/acme-dli${place.path}`).toBe(resource);
  });
});

describe("the place of a request", () => {
  test("is a host of the bucket's own in the cloud, and its path on this machine, signed alike", () => {
    const subject = { bucket: "acme-dli", key: "a.py" };
    expect(placeOf(subject, hosted)).toEqual({
      endpoint: { protocol: "https", host: "acme-dli.obs.cn-north-4.myhuaweicloud.com" },
      path: "/a.py",
      resource: "/acme-dli/a.py",
    });
    expect(placeOf(subject, local)).toEqual({
      endpoint: { protocol: "http", host: "127.0.0.1:9" },
      path: "/acme-dli/a.py",
      resource: "/acme-dli/a.py",
    });
  });
});
