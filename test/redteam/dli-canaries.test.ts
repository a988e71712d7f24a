import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, test } from "vitest";
import { createDliTransport } from "../../src/clouds/dli/transport.ts";
import type { HuaweiCredentials } from "../../src/clouds/huawei/connection.ts";
import type { Operation, Requests } from "../../src/gateway/types.ts";
import { inBoth } from "../../src/language.ts";
import { dliIndex, findOperation } from "../../src/operations/registry.ts";
import { toCallToolResult, toStructured } from "../../src/server/response.ts";
import { reply, spoken } from "../../tools/define.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { listenAsCloud } from "../doubles/listening-cloud.ts";
import { newDataFolder, onCleanUp } from "../doubles/sandbox-emr.ts";
import { createClient, eras } from "../fixtures/clients.ts";
import { dli, projectId } from "./matrix/cloud-under-attack.ts";
import { sampleInput } from "./matrix/sample-input.ts";
import { dliCanaries, dliComplaint, dliLeaksIn, tellingDliAnswer } from "./poison/dli-canaries.ts";
import { inputOf } from "./poison/dli-inputs.ts";
import { bytesUnder, output, program } from "./poison/traces.ts";
import { score } from "./scorecard/record.ts";

/** Secrets are planted wherever the product meets them, and looked for in everything that leaves it. */

const inAnswers = "DLI: canaries in answers and complaints";
const inFiles = "DLI: canaries in stderr, ledger, audit, home";
const { secretKey, securityToken, authToken, variableValue, storedPassword, settingValue } = dliCanaries;

const withKey: HuaweiCredentials = {
  kind: "key",
  accessKeyId: "testid",
  secretAccessKey: secretKey,
  securityToken,
};

/** A cloud that answers reads with all it knows, or refuses everything with it. */
async function openTellingCloud(credentials: HuaweiCredentials = withKey) {
  const known = credentials.kind === "token" ? [authToken] : [secretKey, securityToken];
  let isRefusing = false;
  const asked = new Set<string>();
  const cloud = await listenAsCloud((request) => {
    const operation = dli.operationOf(request.method ?? "", (request.url ?? "").split("?")[0] ?? "") ?? "";
    asked.add(operation);
    // Whose the session is has to be known before it begins.
    const isLogin = operation === "KeystoneListProjects";
    return isRefusing && !isLogin ? { status: 400, body: dliComplaint(known) } : { body: tellingDliAnswer(operation) };
  });
  onCleanUp(() => cloud.close());
  const here = { host: cloud.host, protocol: "http" } as const;
  const transport = createDliTransport({
    hosts: { dli: here, iam: here, ces: here, cts: here },
    credentials,
    projectId,
  });
  const { gateway, ledgerFile } = gatewayOver(
    {},
    {
      profile: {
        name: "test",
        cloud: "dli",
        environment: "cloud",
        endpoint: cloud.host,
        mode: "full",
        identity: "tester",
        ...dli.place,
      },
      policy: () => ({ ok: true, policy: dli.policy() }),
      transport: async () => transport,
    },
  );
  return {
    host: cloud.host,
    gateway,
    ledgerFile,
    asked,
    refuse() {
      isRefusing = true;
    },
  };
}

type Opened = Awaited<ReturnType<typeof openTellingCloud>>;

/** All that a tool could say of what came of a call, a person's yes included where one is asked for. */
async function said({ gateway }: Opened, operation: string, input: Record<string, unknown>) {
  const given = input as Requests[Operation];
  const first = await gateway.run(operation as Operation, given, contextWith({ strength: "out-of-band" }));
  const answer = { planId: first.kind === "ask" ? first.plan.planId : "", decision: "accepted" } as const;
  const outcome =
    first.kind === "ask"
      ? await gateway.run(operation as Operation, given, contextWith({ strength: "out-of-band", answer }))
      : first;
  const result = spoken(
    reply(outcome, (value) => ({ summary: inBoth("done"), data: { value } })),
    "en",
  );
  if (result.kind === "ask") throw new Error("asked twice");
  const shown = result.kind === "awaiting" ? [] : [toCallToolResult(result)];
  return { outcome, output: JSON.stringify([first.kind === "ask" && first.plan, shown, toStructured(result)]) };
}

const reads = dliIndex.map(({ name }) => name).filter((name) => dli.policy().rule(name)?.risk.startsWith("read"));

test("the canaries are found where they do stand", () => {
  const told = ["ShowSparkJob", "ListGlobalVariables", "ListTraces"].map(tellingDliAnswer);
  const found = dliLeaksIn(JSON.stringify([told, dliComplaint([secretKey, securityToken, authToken])]));
  score(inAnswers, { tries: 0, through: 0, control: { of: Object.keys(dliCanaries).length, held: found.length } });
  expect(found.toSorted()).toEqual(Object.keys(dliCanaries).toSorted());
  expect(reads.length).toBeGreaterThan(50);
});

describe("a gateway over a DLI that tells secrets", () => {
  test.each(reads)("%s gives none of them away", async (operation) => {
    const opened = await openTellingCloud();
    const row = findOperation(operation);
    const { outcome, output } = await said(opened, operation, row ? sampleInput(row) : {});
    score(inAnswers, { tries: 1, through: dliLeaksIn(output).length });
    expect(outcome.kind).toBe("done");
    expect(dliLeaksIn(output)).toEqual([]);
  });

  test.each(reads.filter((name) => name !== "KeystoneListProjects"))(
    "a refusal of %s that quotes them gives none of them away, whoever signs",
    async (operation) => {
      const row = findOperation(operation);
      for (const credentials of [withKey, { kind: "token", token: authToken } as const]) {
        const opened = await openTellingCloud(credentials);
        opened.refuse();
        const { outcome, output } = await said(opened, operation, row ? sampleInput(row) : {});
        score(inAnswers, { tries: 1, through: dliLeaksIn(output).length });
        expect(outcome).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED" });
        expect(output).toContain("cannot sign with ****");
        expect(dliLeaksIn(output)).toEqual([]);
      }
    },
  );
});

const runtimeConfig = JSON.stringify([{ key: "sink.password", value: settingValue }]);
const secretSql = `CREATE TABLE s (a INT) WITH ('connector' = 'jdbc', 'password' = '${settingValue}')`;

/** Writes that carry a secret of the caller, and where it stands. */
const writes: Readonly<Record<string, Record<string, unknown>>> = {
  CreateGlobalVariable: { var_name: "new_variable", var_value: variableValue, is_sensitive: true },
  UpdateGlobalVariable: { var_name: "db_password", var_value: variableValue },
  CreateJobAuthInfo: {
    auth_info_name: "auth_new",
    datasource_type: "CSS",
    user_name: "etl",
    password: storedPassword,
  },
  UpdateJobAuthInfo: { auth_info_name: "auth_mysql", password: storedPassword },
  CreateSparkJob: {
    queue: "general_q1",
    name: "nightly",
    file: "obs://acme-dli/a.py",
    className: "",
    args: ["--password", settingValue, `--token=${settingValue}`],
    conf: { "spark.hadoop.fs.obs.secret.key": settingValue },
  },
  CreateFlinkSqlJob: { name: "orders_new", run_mode: "exclusive_cluster", cu_number: 2, sql_body: secretSql },
  UpdateFlinkJarJob: { job_id: 138, entrypoint_args: `--password ${settingValue}`, runtime_config: runtimeConfig },
  CreateSparkJobTemplate: {
    type: "SPARK",
    name: "tpl",
    body: JSON.stringify({ file: "obs://b/a.py", conf: { "a.password": settingValue } }),
  },
  CreateSqlJobTemplate: { sql: secretSql, sql_name: "q" },
  RunCatalogAction: { action: "bind", name: "lf_sales", parameters: { "lf.password": settingValue } },
  CreateQueueProperty: { queue_name: "general_q1", properties: { "a.password": settingValue } },
};

describe("a write that carries a secret", () => {
  test.each(Object.entries(writes))(
    "%s shows it in no question, answer, complaint or ledger",
    async (operation, input) => {
      for (const isRefused of [false, true]) {
        const opened = await openTellingCloud();
        const { output, outcome } = await said(opened, operation, input);
        const refused = isRefused ? await refusedWith(opened, operation, input) : "";
        const kept = bytesUnder(join(opened.ledgerFile, ".."));
        const told = dliLeaksIn(output + refused);
        score(inAnswers, { tries: 1, through: told.length });
        score(inFiles, { tries: 1, through: dliLeaksIn(kept).length });
        expect(told, `${operation}: ${outcome.kind}`).toEqual([]);
        expect(dliLeaksIn(kept), operation).toEqual([]);
      }
    },
  );

  async function refusedWith(opened: Opened, operation: string, input: Record<string, unknown>) {
    opened.refuse();
    return (await said(opened, operation, input)).output;
  }
});

test.each(eras)(
  "%s: the real server lets no secret into answers, questions, stderr, ledger or audit",
  async (era) => {
    const { host, asked, refuse } = await openTellingCloud();
    const home = newDataFolder();
    mkdirSync(home, { recursive: true });
    const profile = {
      cloud: "dli",
      region: dli.place.regionId,
      projectId,
      endpoint: `http://${host}`,
      obsEndpoint: `http://${host}`,
    };
    writeFileSync(join(home, "config.yaml"), JSON.stringify({ profile: "lake", profiles: { lake: profile } }));
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      SPARK_WORKSPACE_HOME: home,
      SPARK_WORKSPACE_LOG: "debug",
      SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
      SPARK_WORKSPACE_TOOLSETS: "all",
      HUAWEICLOUD_SDK_AK: "testid",
      HUAWEICLOUD_SDK_SK: secretKey,
      HUAWEICLOUD_SDK_SECURITY_TOKEN: securityToken,
    };
    const seen: string[] = [];
    const transport = new StdioClientTransport({ command: process.execPath, args: [program], env, stderr: "pipe" });
    let stderr = "";
    transport.stderr?.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const client = createClient({
      era,
      elicit: ({ params }) => {
        seen.push(JSON.stringify(params));
        return { action: "accept", content: { approve: true } };
      },
    });
    await client.connect(transport);
    onCleanUp(() => client.close());

    const call = async (name: string, input: object) => {
      seen.push(JSON.stringify(await client.callTool({ name, arguments: { ...input } }, { timeout: 60_000 })));
    };
    const callAll = async () => {
      // Writes first: after a log has been read they would wait for a person.
      for (const [name, input] of Object.entries(writes)) await call("call_operation", { name, arguments: input });
      for (const tool of dliTools.toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name))) {
        if (!/^(create_dli|scale|wait|delete|stop)/.test(tool.name)) await call(tool.name, inputOf(tool));
      }
    };
    await callAll();
    expect(asked).toContain("CreateSparkJob");
    refuse();
    await callAll();
    await client.close();

    expect(seen.some((text) => text.includes("About to execute: CreateGlobalVariable"))).toBe(true);
    expect(seen.some((text) => text.includes("CLOUD_REJECTED"))).toBe(true);
    const exported = await output(["audit", "export"], env);
    score(inAnswers, { tries: seen.length, through: seen.flatMap(dliLeaksIn).length });
    score(inFiles, { tries: 3, through: [stderr, bytesUnder(home), exported].flatMap(dliLeaksIn).length });
    expect(seen.filter((text) => dliLeaksIn(text).length > 0)).toEqual([]);
    expect(dliLeaksIn(stderr)).toEqual([]);
    expect(dliLeaksIn(bytesUnder(home))).toEqual([]);
    expect(exported).toContain("CreateSparkJob");
    expect(dliLeaksIn(exported)).toEqual([]);
  },
  60_000,
);
