import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { runningSandbox } from "../../src/sandbox/sandbox.ts";
import { newDataFolder, newWorkspace, openSandbox, startJob } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";
import { foreignLines, type RawServer, startRaw } from "./process/raw-server.ts";
import { score } from "./scorecard/record.ts";

/** The server as its client's child: stdout is the protocol's, and it goes when its input ends. */

const purity = "stdout under noise, errors and crashes";
const ending = "end of input, whatever is under way";
const noise = pathToFileURL(join(packageRoot, "test/redteam/process/noise.mjs")).href;

async function openTarget() {
  const { sandbox, call } = await openSandbox();
  const workspaceId = await newWorkspace(call);
  const job = { workspaceId, jobRunId: await startJob(call, workspaceId, ["run=600000"]) };
  const home = newDataFolder();
  const env: Record<string, string> = {
    HOME: home,
    SPARK_WORKSPACE_HOME: home,
    SPARK_WORKSPACE_EMR_ENDPOINT: sandbox.emrEndpoint,
    SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
    ALIBABA_CLOUD_ACCESS_KEY_ID: sandbox.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: sandbox.accessKeySecret,
  };
  return { sandbox, job, env, home };
}

type Target = Awaited<ReturnType<typeof openTarget>>;

test("a foreign line is noticed wherever it stands, so the rest of this file tests something", () => {
  const message = '{"jsonrpc":"2.0","id":1,"result":{}}\n';
  const planted = [
    "warn\n",
    `${message}Debugger listening\n`,
    `noise${message}`,
    `${message}{"a":1}\n`,
    `${message}\n`,
    `${message}{"jsonrpc"`,
  ];
  const noticed = planted.filter((stdout) => foreignLines(stdout).length === 1).length;
  score(purity, { tries: 0, through: 0, control: { of: planted.length, held: noticed } });
  expect(noticed).toBe(planted.length);
  expect(foreignLines(message + message)).toEqual([]);
});

/** What may go wrong in a session; each ends when the server has answered. */
const sessions: Readonly<
  Record<string, { env?: Record<string, string>; play(server: RawServer, target: Target): Promise<void> }>
> = {
  "every tool, debug log": {
    env: { SPARK_WORKSPACE_LOG: "debug" },
    async play(server, { job }) {
      server.call("list_workspaces", {});
      server.call("get_job_run", job);
      server.call("cancel_job_run", job);
      await server.sees("About to execute: CancelJobRun");
    },
  },
  "a cloud that is not there": {
    env: { SPARK_WORKSPACE_EMR_ENDPOINT: "127.0.0.1:1", SPARK_WORKSPACE_LOG: "debug" },
    async play(server) {
      server.call("list_workspaces", {});
      await server.sees(/IDENTITY_UNKNOWN|CLOUD_UNREACHABLE/);
    },
  },
  "settings that are none": {
    env: { SPARK_WORKSPACE_MODE: "whatever" },
    async play(server) {
      server.call("list_workspaces", {});
      await server.sees("BAD_SETTINGS");
    },
  },
  "input that is no protocol": {
    async play(server, { job }) {
      for (const line of [
        "",
        "hello",
        "{",
        "[]",
        '{"jsonrpc":"1.0","id":7}',
        '{"jsonrpc":"2.0","id":8,"method":"no/such"}',
      ]) {
        server.write(line);
      }
      server.write(`{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"${"x".repeat(100_000)}"}}`);
      server.call("get_job_run", job);
      await server.sees(job.jobRunId);
    },
  },
};

for (const era of eras) {
  for (const [name, { env, play }] of Object.entries(sessions)) {
    test(`${era}: ${name}: stdout holds messages and nothing else, whatever a library prints`, async () => {
      const target = await openTarget();
      const server = await startRaw({ era, env: { ...target.env, NODE_OPTIONS: `--import=${noise}`, ...env } });
      await play(server, target);
      await server.sees("noise of the console");
      await server.endInput(10_000);
      scoreLines(server);
      expect(server.stderr()).toContain("noise without a line break");
      expect(foreignLines(server.stdout())).toEqual([]);
    }, 60_000);
  }

  test.each(["exception", "rejection"])(
    `${era}: an %s that nobody catches leaves stdout as clean and ends with 1`,
    async (kind) => {
      const target = await openTarget();
      const env = { ...target.env, NODE_OPTIONS: `--import=${noise}`, NOISE_CRASH: kind };
      const server = await startRaw({ era, env });
      server.call("wait_job_run", { ...target.job, timeoutSeconds: 30 });
      await expect.poll(() => target.sandbox.requestLog.count("GetJobRun"), { timeout: 20_000 }).toBeGreaterThan(0);
      const ended = once(server.child, "exit");
      server.child.kill("SIGUSR2");
      const [code] = await ended;
      scoreLines(server);
      expect(code).toBe(1);
      expect(server.stderr()).toContain("planted crash");
      expect(foreignLines(server.stdout())).toEqual([]);
    },
    60_000,
  );
}

function scoreLines(server: RawServer): void {
  score(purity, { tries: server.stdout().split("\n").length - 1, through: foreignLines(server.stdout()).length });
}

/** What may be under way when the client goes; each ends when it surely is. */
const underWay: Readonly<
  Record<
    string,
    { canAsk?: boolean; env?: Record<string, string>; begin(server: RawServer, target: Target): Promise<void> }
  >
> = {
  nothing: { begin: async () => undefined },
  "a job that is waited for": {
    async begin(server, { job, sandbox }) {
      server.call("wait_job_run", { ...job, timeoutSeconds: 300 });
      await expect.poll(() => sandbox.requestLog.count("GetJobRun"), { timeout: 20_000 }).toBeGreaterThan(0);
    },
  },
  "a question to the person": {
    async begin(server, { job }) {
      server.call("cancel_job_run", job);
      await server.sees("About to execute: CancelJobRun");
    },
  },
  "an approval on the page": {
    canAsk: false,
    async begin(server, { job }) {
      server.call("cancel_job_run", job);
      await server.sees("AWAITING_APPROVAL");
      const page = /http:\/\/127\.0\.0\.1:\d+\/[\w/?=&.-]*/.exec(server.stdout())?.[0] ?? "";
      // A browser that keeps its connection.
      expect((await fetch(page)).status).toBe(200);
    },
  },
  "a request that is not answered": {
    async begin(server, { job, sandbox }) {
      sandbox.faults.set([{ operation: "GetJobRun", kind: "slow", times: 9, delayMs: 20_000 }]);
      server.call("get_job_run", job);
      await expect.poll(() => sandbox.faults.list()[0]?.times, { timeout: 20_000 }).toBeLessThan(9);
    },
  },
  "a sandbox of its own": {
    env: {
      SPARK_WORKSPACE_EMR_ENDPOINT: "",
      SPARK_WORKSPACE_ENVIRONMENT: "",
      ALIBABA_CLOUD_ACCESS_KEY_ID: "",
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: "",
    },
    async begin(server, { home }) {
      server.call("list_workspaces", {});
      await expect.poll(() => runningSandbox(join(home, "sandbox")), { timeout: 20_000 }).toBeDefined();
    },
  },
};

/** The server gives itself three seconds to close; the rest is for a machine under load. */
const withinMs = 6_000;

for (const era of eras) {
  for (const [name, { canAsk = true, env = {}, begin }] of Object.entries(underWay)) {
    test(`${era}: the end of its input ends the server with ${name} under way, and sends nothing more`, async () => {
      const target = await openTarget();
      const server = await startRaw({ era, canAsk, env: { ...target.env, ...env } });
      await begin(server, target);
      const wasAlive = server.child.exitCode === null;
      const ended = await server.endInput(withinMs);
      const control = { of: 1, held: wasAlive ? 1 : 0 };
      score(ending, { tries: 1, through: ended === undefined ? 1 : 0, control });
      expect(ended).toMatchObject({ code: 0 });
      expect(foreignLines(server.stdout())).toEqual([]);
      expect(target.sandbox.requestLog.count("CancelJobRun")).toBe(0);
      expect(runningSandbox(join(target.home, "sandbox"))).toBeUndefined();
    }, 60_000);
  }
}
