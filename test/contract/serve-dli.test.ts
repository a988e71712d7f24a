import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";

/** The program as a client starts it, for a profile that speaks to DLI; the cloud is the sandbox. */

const home = mkdtempSync(join(tmpdir(), "serve-dli-"));
const client = new Client({ name: "test", version: "1" });

beforeAll(async () => {
  const environment = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const env = { ...Object.fromEntries(environment), SPARK_WORKSPACE_HOME: home, SPARK_WORKSPACE_CLOUD: "dli" };
  const args = [join(packageRoot, "src", "cli", "bin.ts")];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" }));
}, 30_000);

afterAll(async () => {
  await client.close();
  rmSync(home, { recursive: true, force: true });
});

test("shows the tools of DLI and of no other cloud", async () => {
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["submit_spark_batch", "run_dli_sql", "create_flink_job"]));
  expect(names).not.toContain("start_job_run");
  expect(names.length).toBeLessThanOrEqual(20);
});

test("tells of DLI first, and has the prompts of DLI, which speak of its tools", async () => {
  expect(client.getInstructions()).toContain("Huawei Cloud DLI");
  const names = (await client.listPrompts()).prompts.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["first_job", "submit_job", "move_job"]));
  expect(names).not.toContain("connect_bi");
  const { messages } = await client.getPrompt({ name: "submit_job", arguments: { queue: "etl_q" } });
  expect(JSON.stringify(messages)).toMatch(/in the queue etl_q\..*submit_spark_batch/);
});

test("reaches the sandbox's DLI, and says in every answer which cloud it was", async () => {
  const result = await client.callTool({ name: "list_dli_queues", arguments: {} });
  expect(result.structuredContent).toMatchObject({
    data: { pools: [{ pool: "sandbox_pool" }] },
    where: { environment: "sandbox", cloud: "dli", regionId: "cn-north-4" },
  });
  expect(JSON.stringify(result.content)).toContain("where: sandbox, Huawei Cloud DLI, cn-north-4");
}, 30_000);

test("carries out nothing of the other cloud by its name", async () => {
  const result = await client.callTool({ name: "call_operation", arguments: { name: "start_job_run", arguments: {} } });
  expect(result).toMatchObject({ isError: true });
  expect(JSON.stringify(result.content)).toContain("submit_spark_batch does the same here");
});

test("speaks the language of the profile, as its file has it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "serve-zh-"));
  writeFileSync(
    join(folder, "config.yaml"),
    "profile: lake\nprofiles: { lake: { cloud: dli, region: cn-north-4, language: zh, mode: read-only } }\n",
  );
  const { SPARK_WORKSPACE_CLOUD: _, ...inherited } = process.env;
  const kept = Object.entries(inherited).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const env = {
    ...Object.fromEntries(kept),
    SPARK_WORKSPACE_HOME: folder,
    HUAWEICLOUD_SDK_AK: "HPUAEXAMPLEABCD",
    HUAWEICLOUD_SDK_SK: "no-such-secret-key",
    SPARK_WORKSPACE_DLI_ENDPOINT: "http://127.0.0.1:9",
  };
  const other = new Client({ name: "test", version: "1" });
  const args = [join(packageRoot, "src", "cli", "bin.ts")];
  try {
    await other.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" }));
    const result = await other.callTool({ name: "list_dli_queues", arguments: {} });
    expect(JSON.stringify(result.content)).toContain("没有说明这些凭证属于谁");
    const [prompt] = (await other.listPrompts()).prompts;
    expect(prompt?.title).toMatch(/\p{Script=Han}/u);
  } finally {
    await other.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
