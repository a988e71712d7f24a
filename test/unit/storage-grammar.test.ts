import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketGrammar, keyGrammar, ossUri, parseOssUri } from "../../src/clouds/storage/oss.ts";
import { cleanMessage, codeOf } from "../../src/clouds/storage/result.ts";

describe("OSS URIs", () => {
  it.each([
    ["oss://my-bucket/a.py", { bucket: "my-bucket", key: "a.py" }],
    ["oss://abc/jobs/2026 年/..hidden/a+b?c#d", { bucket: "abc", key: "jobs/2026 年/..hidden/a+b?c#d" }],
    ["oss://abc/...", { bucket: "abc", key: "..." }],
  ])("%s is understood", (uri, value) => {
    expect(parseOssUri(uri)).toEqual({ ok: true, value });
  });

  it.each([
    "",
    "s3://my-bucket/a",
    "OSS://my-bucket/a",
    "oss://my-bucket",
    "oss://my-bucket/",
    "oss://My-Bucket/a",
    "oss://ab/a",
    "oss://-ab/a",
    "oss://ak:sk@my-bucket/a",
    "oss://my-bucket.oss-cn-hangzhou.aliyuncs.com/a",
    "oss://my-bucket//a",
    "oss://my-bucket/a//b",
    "oss://my-bucket/a/",
    "oss://my-bucket/.",
    "oss://my-bucket/../other/a",
    "oss://my-bucket/a/./b",
    "oss://my-bucket/a/..",
    "oss://my-bucket/a\\b",
    "oss://my-bucket/a\nb",
    "oss://my-bucket/a\0",
    "oss://my-bucket/\ud800",
    `oss://my-bucket/${"k".repeat(1024)}`,
    `oss://my-bucket/${"中".repeat(342)}`,
  ])("%j is refused, with what is allowed and an example", (uri) => {
    const parsed = parseOssUri(uri);
    expect(parsed).toMatchObject({ ok: false, message: expect.stringMatching(/Allowed: .+, for example .+\.$/) });
  });

  it("the examples satisfy their own grammars", () => {
    const address = { bucket: bucketGrammar.example, key: keyGrammar.example };
    expect(parseOssUri(ossUri(address.bucket, address.key))).toEqual({ ok: true, value: address });
  });

  it("no accepted key changes when a URL library normalises it", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab./\\ ?#%25:@+中😀\t\u0085\u2028"), maxLength: 8 }), (key) => {
        const parsed = parseOssUri(`oss://bucket/${key}`);
        if (!parsed.ok) return;
        const path = parsed.value.key.split("/").map(encodeURIComponent).join("/");
        expect(decodeURIComponent(new URL(`https://host/${path}`).pathname)).toBe(`/${key}`);
      }),
    );
  });
});

describe("what OSS said", () => {
  it("secrets, control characters and length are taken out of messages", () => {
    expect(cleanMessage("the\r\nsecret is s3cr3t", ["s3cr3t", ""])).toBe("the secret is ***");
    expect(cleanMessage("x".repeat(2000), [])).toHaveLength(501);
  });

  it.each([
    [409, "FileAlreadyExists", "", "already_exists"],
    [403, "AccessDenied", "You have no right", "access_denied"],
    [403, "AccessDenied", "The bucket must be addressed using the specified endpoint.", "wrong_endpoint"],
    [403, "SecurityTokenExpired", "", "bad_credentials"],
    [404, "NoSuchBucket", "", "bucket_not_found"],
    [503, "", "", "throttled"],
    [500, "InternalError", "", "server_error"],
    [400, "InvalidArgument", "", "rejected"],
    [301, "", "", "wrong_endpoint"],
  ])("%d %s %s becomes %s", (status, code, message, expected) => {
    expect(codeOf(status, code, message)).toBe(expected);
  });
});
