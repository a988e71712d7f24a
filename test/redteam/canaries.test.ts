import { join } from "node:path";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, test, vi } from "vitest";
import { readPolicy } from "../../src/cli/workbench.ts";
import { createEmrTransport } from "../../src/clouds/emr/transport.ts";
import type { CloudTransport } from "../../src/clouds/transport.ts";
import type { Operation, Requests } from "../../src/gateway/types.ts";
import { inBoth } from "../../src/language.ts";
import { createSecretMint } from "../../src/ledger/secret-files.ts";
import { findOperation, operationIndex } from "../../src/operations/registry.ts";
import { createRouteMatcher } from "../../src/operations/routes.ts";
import { madeHere } from "../../src/operations/validate.ts";
import { toCallToolResult, toStructured } from "../../src/server/response.ts";
import { reply, spoken } from "../../tools/define.ts";
import { tools } from "../../tools/index.ts";
import { contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { listenAsCloud } from "../doubles/listening-cloud.ts";
import { newDataFolder, onCleanUp } from "../doubles/sandbox-emr.ts";
import { createClient, eras } from "../fixtures/clients.ts";
import { startObligingCloud } from "./matrix/obliging-cloud.ts";
import { sampleInput } from "./matrix/sample-input.ts";
import { canaries, complaint, leaksIn, tellingAnswer, tellingReads } from "./poison/canaries.ts";
import { bytesUnder, output, program } from "./poison/traces.ts";
import { score } from "./scorecard/record.ts";

/** Secrets are planted wherever the product meets them, and looked for in everything that leaves it. */

const matchRoute = createRouteMatcher(operationIndex);

/** A cloud that answers reads with all it knows, or refuses everything with it. */
async function openTellingCloud() {
  let isRefusing = false;
  const asked = new Set<string>();
  const cloud = await listenAsCloud((request) => {
    const operation = matchRoute(request.method ?? "", (request.url ?? "").split("?")[0] ?? "")?.operation ?? "";
    asked.add(operation);
    if (request.headers["x-acs-action"] === "GetCallerIdentity") return { body: { Arn: "acs:ram::1000000001:root" } };
    return isRefusing ? { status: 400, body: complaint() } : { body: tellingAnswer(operation) };
  });
  onCleanUp(() => cloud.close());
  const transport = createEmrTransport({
    host: cloud.host,
    protocol: "http",
    credentials: {
      kind: "pair",
      accessKeyId: "testid",
      accessKeySecret: canaries.accessKeySecret,
      securityToken: canaries.securityToken,
    },
  });
  return {
    host: cloud.host,
    transport,
    asked,
    refuse() {
      isRefusing = true;
    },
  };
}

const inAnswers = "canaries in answers and complaints";
const inFiles = "canaries in stderr, ledger, audit, home";

test("the canaries are found where they do stand", () => {
  const answers = [tellingAnswer("GetKyuubiToken"), tellingAnswer("GetLivyComputeToken"), complaint()];
  const found = leaksIn(JSON.stringify(answers));
  score(inAnswers, { tries: 0, through: 0, control: { of: Object.keys(canaries).length, held: found.length } });
  expect(found).toEqual(Object.keys(canaries));
  expect(tellingReads.length).toBeGreaterThan(10);
});

describe("a gateway over a cloud that tells secrets", () => {
  /** All that a tool could say of what came of a call. */
  async function said(gateway: ReturnType<typeof gatewayOver>["gateway"], operation: string) {
    const row = findOperation(operation);
    if (!row) throw new Error(`no operation ${operation}`);
    const input = sampleInput(row) as Requests[Operation];
    const outcome = await gateway.run(operation as Operation, input, contextWith({ strength: "accepted" }));
    const answer = reply(outcome, (value) => ({ summary: inBoth("read"), data: { value } }));
    const result = spoken(answer, "en");
    if (result.kind === "ask") throw new Error("a read asks nobody");
    return { outcome, output: JSON.stringify([toCallToolResult(result), toStructured(result)]) };
  }

  test.each(tellingReads)("%s gives none of them away", async (operation) => {
    const { transport, asked } = await openTellingCloud();
    const { gateway } = gatewayOver({}, { transport: async () => transport });
    const { outcome, output } = await said(gateway, operation);
    score(inAnswers, { tries: 1, through: leaksIn(output).length });
    expect(outcome.kind).toBe("done");
    expect(asked).toContain(operation);
    expect(leaksIn(output)).toEqual([]);
  });

  test.each(tellingReads)("a refusal of %s that quotes them gives none of them away", async (operation) => {
    const { transport, refuse } = await openTellingCloud();
    refuse();
    const { gateway } = gatewayOver({}, { transport: async () => transport });
    const { outcome, output } = await said(gateway, operation);
    score(inAnswers, { tries: 1, through: leaksIn(output).length });
    expect(outcome).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED" });
    expect(output).toContain("cannot sign with ****");
    expect(leaksIn(output)).toEqual([]);
  });
});

test("a key that was found in the chain of credentials is masked like one that was given", async () => {
  vi.stubEnv("ALIBABA_CLOUD_ACCESS_KEY_ID", "testid");
  vi.stubEnv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", canaries.accessKeySecret);
  vi.stubEnv("ALIBABA_CLOUD_SECURITY_TOKEN", canaries.securityToken);
  onCleanUp(() => vi.unstubAllEnvs());
  const { host, refuse } = await openTellingCloud();
  refuse();
  const transport = createEmrTransport({ host, protocol: "http", credentials: { kind: "chain" } });
  const request = { operation: "ListWorkspaces", method: "GET", path: "/api/v1/workspaces", query: {} } as const;
  const answer = await transport.send(request, { deadlineMs: 5_000, signal: new AbortController().signal });
  expect(answer).toMatchObject({
    kind: "rejected",
    message: expect.stringContaining("cannot sign with **** and ****"),
  });
  expect(leaksIn(JSON.stringify(answer))).not.toContain("accessKeySecret");
});

const loaded = readPolicy();
if (!loaded.ok) throw new Error(loaded.problems.join("; "));
const { policy } = loaded;

const minting = [
  "CreateKyuubiToken",
  "CreateLivyComputeToken",
  "RefreshLivyComputeToken",
  "UpdateKyuubiToken",
] as const;

test.each(minting)(
  "the token made for %s stands in no question, answer or ledger, also when the cloud quotes it",
  async (operation) => {
    const row = findOperation(operation);
    if (!row) throw new Error(`no operation ${operation}`);
    const rule = policy.rule(operation);
    if (!rule) throw new Error(`no rule for ${operation}`);
    const input = { ...sampleInput(row), token: madeHere };
    const cloud = await startObligingCloud(policy);
    onCleanUp(() => cloud.close());
    cloud.oblige(rule, input);
    const credentials = { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" } as const;
    const reads = createEmrTransport({ host: cloud.host, protocol: "http", credentials });
    const tokens: string[] = [];
    const transport: CloudTransport = {
      async send(request, options) {
        if (request.operation !== operation) return reads.send(request, options);
        const token = String(request.body?.token ?? request.query.token);
        tokens.push(token);
        return { kind: "rejected", status: 400, code: "InvalidParameter", message: `${token} is not a token` };
      },
    };
    const mintSecret = createSecretMint(join(newDataFolder(), "secrets"));
    const { gateway, ledgerFile } = gatewayOver({}, { transport: async () => transport, mintSecret });
    const context = contextWith({ strength: "out-of-band" });
    const first = await gateway.run(operation, input as never, context);
    const planId = first.kind === "ask" ? first.plan.planId : "";
    const answer = { planId, decision: "accepted" } as const;
    const second = await gateway.run(operation, input as never, contextWith({ strength: "out-of-band", answer }));
    expect(second).toMatchObject({ kind: "refused", code: "CLOUD_REJECTED" });
    expect(tokens).toEqual([expect.stringMatching(/^[a-z0-9]{32}$/)]);
    const [token = ""] = tokens;
    const [told, kept] = [JSON.stringify([first, second]), bytesUnder(join(ledgerFile, ".."))];
    score(inAnswers, { tries: 1, through: told.includes(token) ? 1 : 0 });
    score(inFiles, { tries: 1, through: kept.includes(token) ? 1 : 0 });
    expect(told).not.toContain(token);
    expect(kept).not.toContain(token);
  },
);

test.each(eras)(
  "%s: the real server lets no secret into answers, questions, stderr, ledger or audit",
  async (era) => {
    const { host, asked, refuse } = await openTellingCloud();
    const home = newDataFolder();
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      SPARK_WORKSPACE_HOME: home,
      SPARK_WORKSPACE_LOG: "debug",
      SPARK_WORKSPACE_EMR_ENDPOINT: host,
      SPARK_WORKSPACE_OSS_ENDPOINT: `http://${host}`,
      SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
      SPARK_WORKSPACE_TOOLSETS: "all",
      ALIBABA_CLOUD_ACCESS_KEY_ID: "testid",
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: canaries.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: canaries.securityToken,
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

    const callAll = async () => {
      // Writes first: after a log has been read they would wait for a person.
      for (const { name } of [...tools].sort((a, b) => Number(b === cancelling) - Number(a === cancelling))) {
        seen.push(JSON.stringify(await client.callTool({ name, arguments: inputs[name] ?? {} }, { timeout: 60_000 })));
      }
    };
    await callAll();
    expect(asked).toContain("GetJobRun");
    refuse();
    await callAll();
    await client.close();

    expect(seen.some((text) => text.includes("About to execute: StartJobRun"))).toBe(true);
    expect(seen.some((text) => text.includes("CLOUD_REJECTED"))).toBe(true);
    const exported = await output(["audit", "export"], env);
    score(inAnswers, { tries: seen.length, through: leaksIn(seen.join("\n")).length });
    score(inFiles, { tries: 3, through: [stderr, bytesUnder(home), exported].flatMap((text) => leaksIn(text)).length });
    expect(leaksIn(seen.join("\n"))).toEqual([]);
    expect(leaksIn(stderr)).toEqual([]);
    expect(leaksIn(bytesUnder(home))).toEqual([]);
    expect(exported).toContain("StartJobRun");
    expect(leaksIn(exported)).toEqual([]);
  },
  60_000,
);

const cancelling = tools.find(({ name }) => name === "cancel_job_run");
const job = { workspaceId: "w-d2d82aa09155", jobRunId: "jr-231231" };
const inputs: Readonly<Record<string, Record<string, unknown>>> = {
  create_workspace: { name: "etl", bucket: "oss://lake", cu: 8 },
  list_workspace_queues: { workspaceId: job.workspaceId },
  edit_workspace_queue: { workspaceId: job.workspaceId, queue: "root_queue", cu: 8 },
  start_job_run: {
    workspaceId: job.workspaceId,
    queue: "root_queue",
    name: "nightly",
    codeType: "PYTHON",
    entryPoint: "oss://lake/a.py",
    arguments: ["--password", canaries.settingValue],
    conf: { "spark.hadoop.javax.jdo.option.ConnectionPassword": canaries.settingValue },
    releaseVersion: "esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
  },
  wait_job_run: { ...job, timeoutSeconds: 1 },
  get_job_run: job,
  list_job_runs: { workspaceId: job.workspaceId },
  list_log_contents: job,
  diagnose_job_run: job,
  cancel_job_run: job,
  create_kyuubi_token: { workspaceId: job.workspaceId, kyuubiServiceId: "kb-1", name: "bi" },
  get_cu_hours: {
    workspaceId: job.workspaceId,
    queue: "root_queue",
    from: "2026-01-08 00:00:00",
    to: "2026-01-09 00:00:00",
  },
};
