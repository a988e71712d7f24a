import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseEndpoint } from "../../src/cli/endpoint.ts";
import { foldersOf } from "../../src/cli/folders.ts";
import { readSettings } from "../../src/cli/settings.ts";

function home(config?: string): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  if (config !== undefined) writeFileSync(join(folder, "config.yaml"), config);
  return { SPARK_WORKSPACE_HOME: folder };
}

const read = (environment: NodeJS.ProcessEnv) => readSettings(environment, foldersOf(environment));
const pair = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tExampleAbcd", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "s3cret" };

test("with nothing configured the cloud is the sandbox", async () => {
  expect(await read(home())).toMatchObject({ ok: true, target: { kind: "sandbox" } });
});

test("an AccessKey pair in the environment makes it an account, whose name shows no more than eight letters", async () => {
  const settings = await read({ ...home(), ...pair, SPARK_WORKSPACE_REGION: "cn-shanghai" });
  if (!settings.ok || settings.target.kind !== "cloud") throw new Error("not a cloud");
  expect(settings.target.profile).toMatchObject({
    environment: "cloud",
    regionId: "cn-shanghai",
    endpoint: "emr-serverless-spark.cn-shanghai.aliyuncs.com",
    identity: "AccessKey LTAI****Abcd",
  });
  expect(JSON.stringify(settings.target.profile)).not.toContain("s3cret");
});

test("an endpoint on loopback is an account too, unless it is said to be a sandbox", async () => {
  const environment = { ...home(), ...pair, SPARK_WORKSPACE_EMR_ENDPOINT: "127.0.0.1:7332" };
  expect(await read(environment)).toMatchObject({ target: { profile: { environment: "cloud" } } });
  const marked = { ...environment, SPARK_WORKSPACE_ENVIRONMENT: "sandbox" };
  expect(await read(marked)).toMatchObject({ target: { profile: { environment: "sandbox" } } });
});

test("a profile of config.yaml sets region, mode and workspaces", async () => {
  const config = "profile: team\nprofiles:\n  team: { region: cn-beijing, mode: read-only, workspaces: [w-1] }\n";
  expect(await read({ ...home(config), ...pair })).toMatchObject({
    target: { profile: { name: "team", regionId: "cn-beijing", mode: "read-only", allowedWorkspaces: ["w-1"] } },
  });
});

test("SPARK_WORKSPACE_PROFILE=sandbox wins over an account in the environment", async () => {
  expect(await read({ ...home(), ...pair, SPARK_WORKSPACE_PROFILE: "sandbox" })).toMatchObject({
    target: { kind: "sandbox" },
  });
});

for (const [name, config, said] of [
  ["an unknown key", "profile: t\nprofiles: { t: { regoin: cn-beijing } }", "regoin"],
  ["a region of the wrong form", "profile: t\nprofiles: { t: { region: 'cn hangzhou' } }", "region"],
  ["a mode that is none", "profile: t\nprofiles: { t: { mode: readonly } }", "mode"],
  ["a workspace id that is none", "profile: t\nprofiles: { t: { workspaces: ['*'] } }", "workspaces"],
  ["a profile that is not there", "profile: t\nprofiles: {}", "t"],
  ["YAML that cannot be read", "profile: [", "config.yaml"],
] as const) {
  test(`${name} is an error that names it`, async () => {
    const settings = await read({ ...home(config), ...pair });
    expect(settings.ok).toBe(false);
    expect(!settings.ok && settings.problem).toContain(said);
  });
}

test("plain http is taken for loopback alone, unless spelled out", () => {
  expect(parseEndpoint("127.0.0.1:7332")).toEqual({ host: "127.0.0.1:7332", protocol: "http" });
  expect(parseEndpoint("emr.example.com")).toEqual({ host: "emr.example.com", protocol: "https" });
  expect(parseEndpoint("http://proxy.example.com:8080/")).toEqual({ host: "proxy.example.com:8080", protocol: "http" });
  for (const bad of ["", "http://", "a b", "https://h/path", "h:99999999", "ftp://h"]) {
    expect(parseEndpoint(bad), bad).toBeUndefined();
  }
});
