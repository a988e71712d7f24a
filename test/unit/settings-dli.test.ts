import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { foldersOf } from "../../src/cli/folders.ts";
import { readSettings } from "../../src/cli/settings.ts";

function home(config?: string): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  if (config !== undefined) writeFileSync(join(folder, "config.yaml"), config);
  return { SPARK_WORKSPACE_HOME: folder };
}

const read = (environment: NodeJS.ProcessEnv) => readSettings(environment, foldersOf(environment));
const key = { HUAWEICLOUD_SDK_AK: "HPUAEXAMPLEABCD", HUAWEICLOUD_SDK_SK: "s3cret-of-the-key" };
const alibaba = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tExampleAbcd", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "s3cret" };
const projectId = "0123456789abcdef0123456789abcdef";

describe("the environment", () => {
  test("with a key of Huawei Cloud makes it an account of DLI, whose name shows no more than eight letters", async () => {
    const settings = await read({ ...home(), ...key, SPARK_WORKSPACE_REGION: "cn-east-3" });
    if (!settings.ok || settings.target.kind !== "dli") throw new Error("not DLI");
    expect(settings.target.profile).toMatchObject({
      cloud: "dli",
      environment: "cloud",
      regionId: "cn-east-3",
      endpoint: "dli.cn-east-3.myhuaweicloud.com",
      identity: "AccessKey HPUA****ABCD",
    });
    expect(JSON.stringify(settings.target.profile)).not.toContain("s3cret");
    expect(settings.target.dli.hosts.cts).toEqual({ host: "cts.cn-east-3.myhuaweicloud.com", protocol: "https" });
  });

  test("that speaks of both clouds is refused until it says which", async () => {
    expect(await read({ ...home(), ...key, ...alibaba })).toMatchObject({
      ok: false,
      fix: expect.stringContaining("SPARK_WORKSPACE_CLOUD"),
    });
    const wanted = { ...home(), ...key, ...alibaba };
    expect(await read({ ...wanted, SPARK_WORKSPACE_CLOUD: "dli" })).toMatchObject({ target: { kind: "dli" } });
    expect(await read({ ...wanted, SPARK_WORKSPACE_CLOUD: "emr" })).toMatchObject({ target: { kind: "cloud" } });
  });

  test("without an account gives the sandbox of the cloud it names", async () => {
    expect(await read({ ...home(), SPARK_WORKSPACE_CLOUD: "dli" })).toMatchObject({
      target: { kind: "sandbox", profile: { cloud: "dli", name: "sandbox-dli", regionId: "cn-north-4" } },
    });
    expect(await read({ ...home(), ...alibaba, SPARK_WORKSPACE_CLOUD: "dli" })).toMatchObject({
      target: { kind: "sandbox", profile: { cloud: "dli" } },
    });
    expect(await read({ ...home(), SPARK_WORKSPACE_CLOUD: "aws" })).toMatchObject({ ok: false });
  });

  test("with half a key is refused and not passed over", async () => {
    expect(await read({ ...home(), HUAWEICLOUD_SDK_AK: "HPUA" })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("HUAWEICLOUD_SDK_SK"),
    });
  });

  test("that names sandbox-dli wins over an account", async () => {
    const environment = { ...home(), ...key, SPARK_WORKSPACE_PROFILE: "sandbox-dli" };
    expect(await read(environment)).toMatchObject({ target: { kind: "sandbox", profile: { cloud: "dli" } } });
    expect(await read({ ...environment, SPARK_WORKSPACE_PROFILE: "sandbox" })).toMatchObject({
      target: { kind: "sandbox", profile: { cloud: "emr" } },
    });
  });

  test("on loopback finds the other services on the port of DLI", async () => {
    const settings = await read({ ...home(), ...key, SPARK_WORKSPACE_DLI_ENDPOINT: "127.0.0.1:7333" });
    if (!settings.ok || settings.target.kind !== "dli") throw new Error("not DLI");
    const here = { host: "127.0.0.1:7333", protocol: "http" };
    expect(settings.target.dli.hosts).toEqual({ dli: here, iam: here, ces: here, cts: here });
  });
});

test("a profile sets region, project, queues, mode and hosts", async () => {
  const config = `profile: lake
profiles:
  lake:
    cloud: dli
    region: cn-south-1
    mode: read-only
    projectId: ${projectId}
    queues: [general_q1, lab_pool]
    ctsEndpoint: cts.example.org
    obsEndpoint: https://obs.cn-south-1.myhuaweicloud.com
    language: zh
`;
  expect(await read({ ...home(config), ...key })).toMatchObject({
    ok: true,
    language: "zh",
    target: {
      kind: "dli",
      profile: { name: "lake", mode: "read-only", projectId, allowedQueues: ["general_q1", "lab_pool"] },
      dli: { hosts: { cts: { host: "cts.example.org" } }, obsEndpoint: "https://obs.cn-south-1.myhuaweicloud.com" },
    },
  });
});

for (const [name, line, said] of [
  ["an unknown key", "queue: [q1]", "queue"],
  ["a key of the other cloud", "workspaces: [w-1]", "workspaces"],
  ["a project that is none", "projectId: abc", "projectId"],
  ["a queue name that is none", "queues: ['*']", "queues"],
  ["credentials from nowhere", "credentials: keychain", "credentials"],
  ["an endpoint with a path", "iamEndpoint: https://iam.example.org/v3", "iamEndpoint"],
  ["a region of the wrong form", "region: 'cn north'", "region"],
] as const) {
  test(`${name} is refused and named`, async () => {
    const settings = await read({ ...home(`profile: t\nprofiles: { t: { cloud: dli, ${line} } }`), ...key });
    expect(settings).toMatchObject({ ok: false, problem: expect.stringContaining(said) });
  });
}

test("without credentials nothing is guessed", async () => {
  expect(await read(home("profile: t\nprofiles: { t: { cloud: dli } }"))).toMatchObject({
    ok: false,
    fix: expect.stringContaining("HUAWEICLOUD_SDK_AK"),
  });
});
