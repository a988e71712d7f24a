import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storageFolderOf } from "../../src/sandbox/sandbox.ts";
import { type Person, type RealServer, startServer } from "../doubles/real-server.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";
import { score } from "./scorecard/record.ts";

/** Without a person's yes nothing destructive or costly reaches the cloud, and no call hangs. */

const costly = ["StartJobRun", "CancelJobRun", "EditWorkspaceQueue", "CreateWorkspace"] as const;
const program = { uri: "oss://sandbox/a.py", content: "print(1)" };
const people: readonly Person[] = ["is not there", "declines", "cancels", "accepts without a word", "never answers"];

/** A sandbox with something to destroy in it, and what has reached it since. */
async function openTarget() {
  const dataFolder = newDataFolder();
  const { sandbox, call } = await openSandbox({ dataFolder, objectStore: {} });
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  const before = costly.map((operation) => sandbox.requestLog.count(operation));
  return {
    sandbox,
    call,
    workspaceId,
    jobRunId,
    /** Of each costly operation; the last is whether the upload arrived. */
    reached: () => [
      ...costly.map((operation, at) => sandbox.requestLog.count(operation) - (before[at] ?? 0)),
      existsSync(join(storageFolderOf(dataFolder), "sandbox", "a.py")) ? 1 : 0,
    ],
  };
}

async function tryEverything(
  server: RealServer,
  workspaceId: string,
  jobRunId: string,
  person: Person,
): Promise<string[]> {
  const calls: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
    ["cancel_job_run", { workspaceId, jobRunId }],
    ["edit_workspace_queue", { workspaceId, queue: "dev_queue", cu: 4 }],
    ["create_workspace", { name: "other", bucket: "oss://sandbox", cu: 4 }],
    [
      "start_job_run",
      { workspaceId, queue: "root_queue", name: "n", codeType: "PYTHON", entryPoint: "oss://sandbox/a.py" },
    ],
    ["upload_program", program],
  ];
  const texts: string[] = [];
  for (const [tool, input] of calls) {
    const answer = await server.call(tool, input, AbortSignal.timeout(20_000));
    // Where the client cannot ask, a person may still decide outside of it: that is no error, and nothing is sent.
    if (person === "is not there") expect(answer.text).toMatch(/^AWAITING_APPROVAL: /);
    else if (person === "accepts") expect(answer.isError, `${tool}: ${answer.text}`).toBe(false);
    else expect(answer.isError, `${tool}: ${answer.text}`).toBe(true);
    texts.push(answer.text);
  }
  return texts;
}

for (const era of eras) {
  test(`${era}: a person who accepts gets each thing done once, so the rest of this file tests something`, async () => {
    const { sandbox, workspaceId, jobRunId, reached } = await openTarget();
    const server = await startServer({ sandbox, home: newDataFolder(), person: "accepts", era });
    onCleanUp(() => server.close());
    await tryEverything(server, workspaceId, jobRunId, "accepts");
    const held = reached().filter((times) => times === 1).length;
    const through = reached().reduce((sum, times) => sum + Math.max(0, times - 1), 0);
    score("nobody says yes to the real server", { tries: 0, through, control: { of: costly.length + 1, held } });
    expect(reached()).toEqual([1, 1, 1, 1, 1]);
  }, 90_000);

  for (const person of people) {
    // A 2026-era server asks by returning, so a person who never answers leaves no call open on its side.
    if (era === "2026-07-28" && person === "never answers") continue;
    test(`${era}: a person who ${person} gets nothing done`, async () => {
      const { sandbox, call, workspaceId, jobRunId, reached } = await openTarget();
      const server = await startServer({
        sandbox,
        home: newDataFolder(),
        person,
        era,
        environment: { SPARK_WORKSPACE_APPROVAL_SECONDS: "1" },
      });
      onCleanUp(() => server.close());
      const texts = await tryEverything(server, workspaceId, jobRunId, person);
      score(person === "never answers" ? "the approver hangs" : "nobody says yes to the real server", {
        tries: texts.length,
        through: reached().reduce((sum, each) => sum + each, 0),
      });
      for (const text of texts) expect(text).toMatch(/was not (sent|carried out)|not sent|nothing was/i);
      expect(reached()).toEqual([0, 0, 0, 0, 0]);
      expect((await call("GetJobRun", { workspaceId, jobRunId })).jobRun?.state).not.toMatch(/Cancel/);
    }, 90_000);
  }
}

test("2026-07-28: a question nobody answers leaves no call open, sends nothing and binds nobody", async () => {
  const { sandbox, call } = await openSandbox();
  const workspaceId = await newWorkspace(call);
  const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
  const server = await startServer({ sandbox, home: newDataFolder(), person: "never answers", era: "2026-07-28" });
  onCleanUp(() => server.close());
  // The server has answered with its question; what hangs is the client's side, so the next call is served at once.
  void server.call("cancel_job_run", { workspaceId, jobRunId }).catch(() => undefined);
  const read = await server.call("get_job_run", { workspaceId, jobRunId });
  score("the approver hangs", { tries: 1, through: sandbox.requestLog.count("CancelJobRun") });
  expect(read.text).toContain(jobRunId);
  expect(sandbox.requestLog.count("CancelJobRun")).toBe(0);
}, 60_000);
