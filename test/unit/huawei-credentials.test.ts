import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { publicHost } from "../../src/clouds/huawei/connection.ts";
import { credentialsInEnvironment, credentialsInFile } from "../../src/clouds/huawei/credentials.ts";
import { findCredentials } from "../../src/clouds/huawei/find-credentials.ts";

const inEnvironment = (environment: Record<string, string>) => credentialsInEnvironment(environment, "cn-north-4");

describe("in the environment", () => {
  test("the SDKs' names make a key, with token and project when they are there", () => {
    expect(inEnvironment({ HUAWEICLOUD_SDK_AK: "ak", HUAWEICLOUD_SDK_SK: "sk" })).toEqual({
      ok: true,
      found: { origin: "environment", credentials: { kind: "key", accessKeyId: "ak", secretAccessKey: "sk" } },
    });
    expect(
      inEnvironment({
        HUAWEICLOUD_SDK_AK: "ak",
        HUAWEICLOUD_SDK_SK: "sk",
        HUAWEICLOUD_SDK_SECURITY_TOKEN: "st",
        HUAWEICLOUD_SDK_PROJECT_ID: "p1",
      }),
    ).toMatchObject({ found: { projectId: "p1", credentials: { securityToken: "st" } } });
  });

  test.each([
    ["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_PROJECT_ID"],
    ["OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_PROJECT_ID"],
  ])("%s and its like are read too", (ak, sk, project) => {
    expect(inEnvironment({ [ak]: "ak", [sk]: "sk", [project]: "p1" })).toMatchObject({
      found: { projectId: "p1", credentials: { kind: "key", accessKeyId: "ak", secretAccessKey: "sk" } },
    });
  });

  test("what belongs to two families is not put together", () => {
    expect(
      inEnvironment({
        HUAWEICLOUD_SDK_AK: "ak",
        HUAWEICLOUD_SDK_SK: "sk",
        OS_PROJECT_ID: "of-another",
        HW_SECURITY_TOKEN: "of-another",
      }),
    ).toEqual({
      ok: true,
      found: { origin: "environment", credentials: { kind: "key", accessKeyId: "ak", secretAccessKey: "sk" } },
    });
  });

  test("half a pair is a problem, not a reason to take another's", () => {
    expect(inEnvironment({ HUAWEICLOUD_SDK_AK: "ak", OS_ACCESS_KEY: "other", OS_SECRET_KEY: "other" })).toEqual({
      ok: false,
      problem: "HUAWEICLOUD_SDK_SK is not set",
    });
    expect(inEnvironment({ OS_SECRET_KEY: "sk" })).toEqual({ ok: false, problem: "OS_ACCESS_KEY is not set" });
  });

  test("a key with a line end in it is a problem that does not show the key", () => {
    const result = inEnvironment({ HUAWEICLOUD_SDK_AK: "ak", HUAWEICLOUD_SDK_SK: "canary-secret\n" });
    expect(result).toMatchObject({ ok: false });
    expect(JSON.stringify(result)).not.toContain("canary");
  });

  test("a token that is given is taken as it is", () => {
    expect(inEnvironment({ OS_AUTH_TOKEN: "t" })).toMatchObject({
      found: { credentials: { kind: "token", token: "t" } },
    });
  });

  test("user, password and account make a login at the region's IAM, for the region's own project", () => {
    expect(inEnvironment({ OS_USERNAME: "u", OS_PASSWORD: "p", OS_DOMAIN_NAME: "d" })).toEqual({
      ok: true,
      found: {
        origin: "environment",
        credentials: {
          kind: "password",
          login: { user: "u", password: "p", domain: "d", project: { name: "cn-north-4" } },
          iam: { protocol: "https", host: "iam.cn-north-4.myhuaweicloud.com" },
        },
      },
    });
  });

  test("a project's id wins over its name, and the IAM may be another", () => {
    const login = { OS_USERNAME: "u", OS_PASSWORD: "p", OS_DOMAIN_NAME: "d", OS_PROJECT_NAME: "n" };
    expect(inEnvironment({ ...login, OS_AUTH_URL: "https://iam.example.com/v3" })).toMatchObject({
      found: {
        credentials: { login: { project: { name: "n" } }, iam: { protocol: "https", host: "iam.example.com" } },
      },
    });
    expect(inEnvironment({ ...login, OS_PROJECT_ID: "p1" })).toMatchObject({
      found: { projectId: "p1", credentials: { login: { project: { id: "p1" } } } },
    });
  });

  test.each(["http://iam.example.com/v3", "iam.example.com", "https://iam.example.com/identity/v3", "ftp://a/v3"])(
    "a password is not sent to %s",
    (url) => {
      const login = { OS_USERNAME: "u", OS_PASSWORD: "p", OS_DOMAIN_NAME: "d", OS_AUTH_URL: url };
      expect(inEnvironment(login)).toEqual({ ok: false, problem: "OS_AUTH_URL is no https address of an IAM" });
    },
  );

  test("a login without an account is a problem that names what is missing", () => {
    expect(inEnvironment({ OS_USERNAME: "u", OS_PASSWORD: "p" })).toEqual({
      ok: false,
      problem: "OS_USER_DOMAIN_NAME is not set",
    });
  });

  test("nothing there is nothing found", () => {
    expect(inEnvironment({ PATH: "/bin", OS_REGION_NAME: "cn-north-4" })).toEqual({ ok: true, found: undefined });
  });
});

describe("in the credentials file", () => {
  test("the section [basic] is read as Python's configparser reads it", () => {
    const text =
      "; of the SDKs\n[global]\nak = other\nsk = other\n\n[basic]\r\nAK= a=b\nsk : s:k\n#sk = no\nproject_id = p1\nsecurity_token=\n";
    expect(credentialsInFile(text)).toEqual({
      ok: true,
      found: {
        origin: "credentials file",
        projectId: "p1",
        credentials: { kind: "key", accessKeyId: "a=b", secretAccessKey: "s:k" },
      },
    });
  });

  test.each([
    ["[global]\nak = a", "there is no section [basic]"],
    ["[basic]\nproject_id = p", "[basic] has neither ak nor sk"],
    ["[basic]\nak = a", "[basic]: sk is not set"],
  ])("%j is a problem", (text, problem) => {
    expect(credentialsInFile(text)).toEqual({ ok: false, problem });
  });
});

describe("where a profile says", () => {
  test("the environment may name another file", () => {
    const file = join(mkdtempSync(join(tmpdir(), "huawei-")), "credentials");
    writeFileSync(file, "[basic]\nak = a\nsk = s\n");
    expect(findCredentials("file", { HUAWEICLOUD_SDK_CREDENTIALS_FILE: file }, "cn-north-4")).toMatchObject({
      found: { credentials: { accessKeyId: "a" } },
    });
  });

  test("a file that is not there is a problem that names it", () => {
    const environment = { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/nowhere/credentials" };
    expect(findCredentials("file", environment, "cn-north-4")).toEqual({
      ok: false,
      problem: "/nowhere/credentials cannot be read (ENOENT)",
    });
  });

  test("the machine's agency is taken only when it is named", () => {
    expect(findCredentials("metadata", {}, "cn-north-4")).toMatchObject({
      found: { credentials: { kind: "metadata" } },
    });
    expect(findCredentials("environment", {}, "cn-north-4")).toEqual({ ok: true, found: undefined });
  });
});

test("a service's host follows the region, and one region lies under another domain", () => {
  expect(publicHost("dli", "cn-north-4")).toBe("dli.cn-north-4.myhuaweicloud.com");
  expect(publicHost("iam", "eu-west-101")).toBe("iam.eu-west-101.myhuaweicloud.eu");
});
