import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret, TOTP } from "otpauth";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newSecret, openAuthenticator } from "../../src/approval/authenticator.ts";
import type { Terminal } from "../../src/approval/terminal.ts";
import { grantStanding } from "../../src/cli/commands/standing.ts";
import { authenticatorFile, foldersOf } from "../../src/cli/folders.ts";
import { openWorkbench } from "../../src/cli/workbench.ts";
import type { CallContext, Outcome } from "../../src/gateway/types.ts";
import { packageRoot } from "../../src/package-root.ts";
import { contextWith } from "../doubles/gateway-parts.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob, waitForState } from "../doubles/sandbox-emr.ts";

/** What a person allows in advance at a terminal, used over the sandbox's real wire. */

let home: string;
beforeEach(() => {
  home = newDataFolder();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const nobody = contextWith({ strength: "none" });
const tainted: CallContext = { ...nobody, session: { tainted: true } };

async function workplace() {
  const { sandbox, call } = await openSandbox();
  const environment = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    SPARK_WORKSPACE_HOME: home,
    SPARK_WORKSPACE_EMR_ENDPOINT: sandbox.emrEndpoint,
    SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
    ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const workspaceId = await newWorkspace(call);
  const open = async () => {
    const workbench = await openWorkbench(environment);
    onCleanUp(() => workbench.close());
    return workbench.gateway;
  };
  return { sandbox, call, environment, workspaceId, open };
}

function job(workspaceId: string, change: Record<string, unknown> = {}) {
  return {
    workspaceId,
    name: "nightly-1",
    codeType: "PYTHON" as const,
    resourceQueueId: "dev_queue",
    releaseVersion: "esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
    executionTimeoutSeconds: 600,
    jobDriver: {
      sparkSubmit: { entryPoint: "oss://sandbox/a.py", sparkSubmitParameters: "--conf spark.executor.instances=1" },
    },
    ...change,
  };
}

function person(...answers: string[]): Terminal & { said: string[] } {
  const said: string[] = [];
  return { said, say: (text) => void said.push(text), ask: async () => answers.shift() };
}

const forJobs = { queue: "dev_queue", name: "nightly-*", cu: 4, cuHours: 1 };

function grantJobs(workspaceId: string, change: object = {}): Promise<number> {
  const options = { workspace: workspaceId, uses: 2, for: "1h", ...forJobs, ...change };
  return grantStanding("StartJobRun", options, person(workspaceId));
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.kind === "refused" ? outcome.code : outcome.kind;
}

test("two jobs that were allowed in advance run without a question, and the third asks", async () => {
  const { call, workspaceId, open } = await workplace();
  const gateway = await open();
  expect(await grantJobs(workspaceId)).toBe(0);
  const first = await gateway.run("StartJobRun", job(workspaceId), nobody);
  expect(first).toMatchObject({ kind: "done", approval: { strength: "out-of-band", by: "standing:1" } });
  const second = await gateway.run("StartJobRun", job(workspaceId, { name: "nightly-2" }), nobody);
  expect(second).toMatchObject({ kind: "done", approval: { by: "standing:1" } });
  const third = await gateway.run(
    "StartJobRun",
    job(workspaceId, { name: "nightly-3" }),
    contextWith({ strength: "typed" }),
  );
  expect(third).toMatchObject({ kind: "ask" });
  expect((await call("ListJobRuns", { workspaceId })).jobRuns).toHaveLength(2);
});

test("a request that goes beyond a bound in anything asks, and nothing of it is used up", async () => {
  const { call, workspaceId, open } = await workplace();
  const gateway = await open();
  await grantJobs(workspaceId, { uses: 1 });
  const other = await newWorkspace(call);
  const large = {
    jobDriver: {
      sparkSubmit: { entryPoint: "oss://sandbox/a.py", sparkSubmitParameters: "--conf spark.executor.instances=5" },
    },
  };
  for (const beyond of [
    job(workspaceId, { name: "weekly" }),
    job(workspaceId, { resourceQueueId: "root_queue" }),
    job(workspaceId, large),
    job(workspaceId, { executionTimeoutSeconds: 36_000 }),
    job(other),
  ]) {
    const outcome = await gateway.run("StartJobRun", beyond, contextWith({ strength: "typed" }));
    expect(codeOf(outcome), JSON.stringify(beyond)).toBe("ask");
  }
  const http = { ...nobody, principal: { name: "bearer", roles: ["operator"] as const } };
  expect(codeOf(await gateway.run("StartJobRun", job(workspaceId), http))).not.toBe("done");
  expect(codeOf(await gateway.run("StartJobRun", job(workspaceId), nobody))).toBe("done");
});

test("a revoked approval admits nothing, in a server that was running before too", async () => {
  const { workspaceId, open, environment } = await workplace();
  const gateway = await open();
  await grantJobs(workspaceId);
  expect(codeOf(await gateway.run("StartJobRun", job(workspaceId), nobody))).toBe("done");
  expect(await run(["standing", "revoke", "1"], environment)).toMatchObject({ code: 0 });
  expect(codeOf(await gateway.run("StartJobRun", job(workspaceId, { name: "nightly-2" }), nobody))).not.toBe("done");
  expect((await run(["standing", "revoke", "1"], environment)).code).toBe(2);
});

test("the last use is not taken twice by two servers at once", async () => {
  const { call, workspaceId, open } = await workplace();
  const gateways = [await open(), await open(), await open()];
  await grantJobs(workspaceId, { uses: 1 });
  const outcomes = await Promise.all(
    gateways.map((gateway, position) =>
      gateway.run("StartJobRun", job(workspaceId, { name: `nightly-${position}` }), nobody),
    ),
  );
  expect(outcomes.filter(({ kind }) => kind === "done")).toHaveLength(1);
  expect((await call("ListJobRuns", { workspaceId })).jobRuns).toHaveLength(1);
});

test("a no to a request counts more than the yes to its like", async () => {
  const { workspaceId, open } = await workplace();
  const gateway = await open();
  const asked = await gateway.run("StartJobRun", job(workspaceId), contextWith({ strength: "accepted" }));
  if (asked.kind !== "ask") throw new Error(asked.kind);
  const answer = { planId: asked.plan.planId, decision: "declined" } as const;
  await gateway.run("StartJobRun", job(workspaceId), contextWith({ strength: "accepted", answer }));
  await grantJobs(workspaceId);
  expect(codeOf(await gateway.run("StartJobRun", job(workspaceId), nobody))).toBe("DECLINED_BEFORE");
});

test("a request whose earlier send has an unknown outcome asks, however much was allowed in advance", async () => {
  const { sandbox, workspaceId, open } = await workplace();
  const gateway = await open();
  await grantJobs(workspaceId);
  sandbox.faults.set([{ operation: "StartJobRun", kind: "resetAfterEffect", times: 100 }]);
  expect(codeOf(await gateway.run("StartJobRun", job(workspaceId), nobody))).toBe("unknown");
  sandbox.faults.set([]);
  const again = await gateway.run("StartJobRun", job(workspaceId), contextWith({ strength: "typed" }));
  expect(again).toMatchObject({ kind: "ask" });
});

test("a cancel allowed in advance counts in development alone, and not after a stranger's text", async () => {
  const { call, workspaceId, open } = await workplace();
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  await waitForState(call, workspaceId, jobRunId, "Running");
  const cancel = { workspaceId, jobRunId };
  const grant = { workspace: workspaceId, uses: 5, for: "7d" };
  expect(await grantStanding("CancelJobRun", grant, person(workspaceId))).toBe(0);
  expect(codeOf(await (await open()).run("CancelJobRun", cancel, nobody))).not.toBe("done");
  writeFileSync(
    join(home, "environments.yaml"),
    `version: 1\nenvironments:\n  - name: development\n    workspaces: [${workspaceId}]\n`,
  );
  const gateway = await open();
  expect(codeOf(await gateway.run("CancelJobRun", cancel, tainted))).not.toBe("done");
  expect(await gateway.run("CancelJobRun", cancel, nobody)).toMatchObject({
    kind: "done",
    approval: { by: "standing:1" },
  });
});

test("a grant needs the workspace's id typed, and bounds that the limits admit", async () => {
  const { workspaceId, environment } = await workplace();
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const options = { workspace: workspaceId, uses: 2, for: "1h", ...forJobs };
  const grant = (change: object, terminal: Terminal) =>
    grantStanding("StartJobRun", { ...options, ...change }, terminal);
  expect(await grant({}, person("yes"))).toBe(3);
  expect(await grant({}, person())).toBe(3);
  for (const wrong of [{ for: "8d" }, { for: "soon" }, { uses: 101 }, { uses: 1.5 }, { cu: -1 }, { workspace: ".." }]) {
    expect(await grant(wrong, person(workspaceId)), JSON.stringify(wrong)).toBe(2);
  }
  expect(await grantStanding("DeleteWorkspace", options, person(workspaceId))).toBe(2);
  expect(await grantStanding("NoSuchThing", options, person(workspaceId))).toBe(2);
  expect(said).toHaveBeenCalledTimes(10);
  expect((await run(["standing", "list", "--json"], environment)).stdout.trim()).toBe("[]");
});

test("with an authenticator app a grant needs a code of it, once", async () => {
  const { workspaceId, environment } = await workplace();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const secret = newSecret();
  const codeAt = (timestamp: number) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
  const now = Date.now();
  const authenticator = openAuthenticator(authenticatorFile(foldersOf(environment)));
  expect(authenticator.enrol(secret, codeAt(now), now)).toBe("enrolled");
  const options = { workspace: workspaceId, uses: 2, for: "1h", ...forJobs };
  const fresh = codeAt(now + 30_000);
  expect(await grantStanding("StartJobRun", options, person(workspaceId))).toBe(3);
  expect(await grantStanding("StartJobRun", options, person(workspaceId, codeAt(now)))).toBe(3);
  expect(await grantStanding("StartJobRun", options, person(workspaceId, fresh))).toBe(0);
  expect(await grantStanding("StartJobRun", options, person(workspaceId, fresh))).toBe(3);
});

test("a grant shows all that it admits before it is confirmed", async () => {
  const { workspaceId } = await workplace();
  const terminal = person(workspaceId);
  const options = { workspace: workspaceId, uses: 3, for: "90m", ...forJobs };
  expect(await grantStanding("StartJobRun", options, terminal)).toBe(0);
  const text = terminal.said[0]?.replaceAll(/\s+/g, " ");
  for (const shown of [
    workspaceId,
    "dev_queue",
    "nightly-*",
    "4 CU",
    "1 CU-hours a job",
    "3 CU-hours",
    "it can be any program",
  ]) {
    expect(text).toContain(shown);
  }
});

test("without a terminal nothing is granted, whatever stdin says, and the list shows what is left", async () => {
  const { workspaceId, environment, open } = await workplace();
  const { queue, name } = forJobs;
  const bounds = ["--queue", queue, "--name", name, "--cu", "4", "--cu-hours", "1"];
  const args = [
    "standing",
    "grant",
    "StartJobRun",
    "--workspace",
    workspaceId,
    "--uses",
    "2",
    "--for",
    "1h",
    ...bounds,
  ];
  const piped = await run(args, environment, `${workspaceId}\n`);
  expect(piped.code).toBe(3);
  expect(piped.stderr).toContain("a person has to be at a terminal");
  expect((await run(["standing", "list"], environment)).stdout).toContain("Nothing is allowed in advance.");
  await grantJobs(workspaceId);
  await (await open()).run("StartJobRun", job(workspaceId), nobody);
  expect(JSON.parse((await run(["standing", "list", "--json"], environment)).stdout)).toMatchObject([
    { standingId: 1, state: "active", uses: 2, used: 1, workspaceId },
  ]);
  expect((await run(["standing", "list"], environment)).stdout).toContain("1 of 2");
});

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(args: readonly string[], environment: Record<string, string>, input = ""): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageRoot, "src/cli/bin.ts"), ...args], { env: environment });
    const ran: Ran = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      ran.stdout += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      ran.stderr += String(chunk);
    });
    child.on("close", (code) => resolve({ ...ran, code }));
    child.stdin.end(input);
  });
}
