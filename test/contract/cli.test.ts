import { spawn } from "node:child_process";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { newDataFolder, newWorkspace, openSandbox, startJob } from "../doubles/sandbox-emr.ts";

/** The command line as a person or a script uses it: what it prints where, and how it exits. */

let home: string;
beforeEach(() => {
  home = newDataFolder();
});

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageRoot, "src/cli/bin.ts"), ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: home, SPARK_WORKSPACE_HOME: home, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ran: Ran = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      ran.stdout += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      ran.stderr += String(chunk);
    });
    child.on("close", (code) => resolve({ ...ran, code }));
  });
}

async function sandboxEnvironment() {
  const { sandbox, call } = await openSandbox();
  const environment = {
    SPARK_WORKSPACE_EMR_ENDPOINT: sandbox.emrEndpoint,
    SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
    ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
  };
  return { sandbox, call, environment };
}

test("call prints a read's result as JSON and exits 0", async () => {
  const { environment, call } = await sandboxEnvironment();
  const workspaceId = await newWorkspace(call);
  const { code, stdout } = await run(["call", "list_workspaces", "{}"], environment);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "done", data: { workspaces: [{ workspaceId }] } });
});

test("call of what needs a person exits 4, says how a person can decide, and sends nothing", async () => {
  const { environment, call, sandbox } = await sandboxEnvironment();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  const input = JSON.stringify({ workspaceId, jobRunId });
  const { code, stdout } = await run(["call", "cancel_job_run", input], environment);
  expect(code).toBe(4);
  const { kind, approve } = JSON.parse(stdout);
  expect(kind).toBe("awaiting-approval");
  // The process ends at once, so it has no page.
  expect(approve).toEqual({ command: expect.stringMatching(/^spark-workspace-mcp approve plan-[0-9a-f]{32}$/) });
  expect(sandbox.requestLog.count("CancelJobRun")).toBe(0);
});

for (const name of ["DeleteWorkspace", "delete_workspace"]) {
  test(`call ${name} is refused with the console's address and exit 3`, async () => {
    const { environment, sandbox } = await sandboxEnvironment();
    const { code, stdout } = await run(["call", name, '{"workspaceId":"w-1"}'], environment);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ code: "FORBIDDEN_OPERATION" });
    expect(stdout).toContain("https://emr-next.console.aliyun.com/");
    expect(sandbox.requestLog.count("DeleteWorkspace")).toBe(0);
  });
}

test("a read whose answer is lost changes nothing, so it is refused and not unknown", async () => {
  const { environment, sandbox } = await sandboxEnvironment();
  sandbox.faults.set([{ operation: "ListWorkspaces", kind: "resetBeforeEffect", times: 100 }]);
  const { code, stdout } = await run(["call", "list_workspaces", "{}"], environment);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ code: "UNREACHABLE" });
});

test("bad usage exits 2 and names field, allowed form and example", async () => {
  const { environment } = await sandboxEnvironment();
  const field = await run(["call", "get_job_run", '{"workspaceId":"x","jobRunId":"jr-1","extra":1}'], environment);
  expect(field.code).toBe(2);
  expect(JSON.parse(field.stdout).fields).toMatchObject([{ field: "workspaceId" }, { field: "extra" }]);
  expect(field.stdout).toContain("w-d2d82aa09155");
  expect((await run(["call", "get_job_run", "{"], environment)).code).toBe(2);
  expect((await run(["call", "no_such_tool", "{}"], environment)).stderr).toContain("get_started");
  expect((await run(["no-such-command"])).code).toBe(2);
  expect((await run(["sandbox", "--port", "99999"])).code).toBe(2);
});

test("a wrong secret is named as what it is", async () => {
  const { environment } = await sandboxEnvironment();
  const wrong = { ...environment, ALIBABA_CLOUD_ACCESS_KEY_SECRET: "wrong" };
  const { code, stdout } = await run(["call", "list_workspaces", "{}"], wrong);
  expect(code).toBe(3);
  const what = expect.stringContaining("SignatureDoesNotMatch");
  expect(JSON.parse(stdout)).toMatchObject({ kind: "refused", code: "IDENTITY_UNKNOWN", what });
});

test("policy explain prints rule and origin within 80 columns, and exits 3 for what would be refused", async () => {
  const known = await run(["policy", "explain", "CancelJobRun"]);
  expect(known.code).toBe(0);
  expect(known.stdout).toMatch(/policies\/emr-serverless-spark\.yaml:\d+/);
  expect(Math.max(...known.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect((await run(["policy", "explain", "NoSuchThing"])).code).toBe(3);
});

test("doctor of a sandbox that answers finds nothing missing, and of a wrong endpoint names it", async () => {
  const { environment } = await sandboxEnvironment();
  const healthy = await run(["doctor", "--json"], environment);
  expect(JSON.parse(healthy.stdout)).toMatchObject({ healthy: true });
  expect(healthy.code).toBe(0);
  expect(JSON.parse(healthy.stdout).firstSteps).toMatchObject({ next: "create_workspace" });
  const wrong = await run(["doctor"], { ...environment, SPARK_WORKSPACE_EMR_ENDPOINT: "127.0.0.1:1" });
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toContain("MISSING endpoint");
});

test("doctor prints the first steps below what it finds on the machine, with the next one", async () => {
  const { environment, call } = await sandboxEnvironment();
  const workspaceId = await newWorkspace(call);
  const { stdout } = await run(["doctor"], environment);
  const [machine = "", steps = ""] = stdout.split("\n\n");
  expect(machine).toMatch(/^ok {6}node: /);
  expect(steps).toMatch(/^\d+ of 11 steps are done/);
  expect(steps).toMatch(/^done {4}Credentials: ALIBABA_CLOUD_ACCESS_KEY_ID/m);
  expect(steps).toMatch(new RegExp(`^done {4}Workspace: ${workspaceId} `, "m"));
  expect(steps).toMatch(/^MISSING First job: .*\n {8}upload_program/m);
  expect(stdout).toMatch(/\nnext: upload_program/);
});

test("doctor without an account prints the first steps in the sandbox, of either cloud", async () => {
  for (const [profile, step] of [
    ["sandbox", "Workspace"],
    ["sandbox-dli", "Elastic resource pool"],
  ] as const) {
    const { stdout } = await run(["doctor"], { SPARK_WORKSPACE_PROFILE: profile });
    expect(stdout).toMatch(new RegExp(`^(done {4}|MISSING )${step}: `, "m"));
    expect(stdout).toContain("This is the sandbox on this machine");
  }
});

test("policy ram prints a document that RAM takes, and exits 2 for a toolset that is not known", async () => {
  const { code, stdout } = await run(["policy", "ram", "--json"]);
  expect(code).toBe(0);
  const [{ document }] = JSON.parse(stdout).policies;
  expect(document).toMatchObject({ Version: "1", Statement: [{ Effect: "Allow" }, { Effect: "Deny" }] });
  expect((await run(["policy", "ram", "--toolsets", "no-such-set"])).code).toBe(2);
});

test("sandbox --print-env prints exports with which the command line works, and ends on SIGTERM", async () => {
  const child = spawn(
    process.execPath,
    [join(packageRoot, "src/cli/bin.ts"), "sandbox", "--data", home, "--print-env"],
    {
      env: { PATH: process.env.PATH ?? "", HOME: home },
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const closed = new Promise((resolve) => child.on("close", resolve));
  let stdout = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk);
      if (stdout.includes("ALIBABA_CLOUD_ACCESS_KEY_SECRET=")) resolve();
    });
  });
  const exported = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]),
  );
  const { code, stdout: answer } = await run(["call", "list_buckets", "{}"], exported);
  expect(code).toBe(0);
  expect(JSON.parse(answer)).toMatchObject({ data: { buckets: [{ name: "sandbox" }] } });
  child.kill("SIGTERM");
  expect(await closed).toBe(0);
});
