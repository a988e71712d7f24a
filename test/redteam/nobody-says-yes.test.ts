import { expect, test } from "vitest";
import { type Person, type RealServer, startServer } from "../doubles/real-server.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";

/** Without a person's yes nothing destructive or costly reaches the cloud, and no call hangs. */

const costly = ["StartJobRun", "CancelJobRun", "EditWorkspaceQueue", "CreateWorkspace"] as const;
const people: readonly Person[] = ["is not there", "declines", "cancels", "accepts without a word", "never answers"];

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
    ["upload_program", { uri: "oss://sandbox/a.py", content: "print(1)" }],
  ];
  const texts: string[] = [];
  for (const [tool, input] of calls) {
    const answer = await server.call(tool, input, AbortSignal.timeout(20_000));
    // Where the client cannot ask, a person may still decide outside of it: that is no error, and nothing is sent.
    if (person === "is not there") expect(answer.text).toMatch(/^AWAITING_APPROVAL: /);
    else expect(answer.isError, `${tool}: ${answer.text}`).toBe(true);
    texts.push(answer.text);
  }
  return texts;
}

for (const era of eras) {
  for (const person of people) {
    // A 2026-era server asks by returning, so a person who never answers leaves no call open on its side.
    if (era === "2026-07-28" && person === "never answers") continue;
    test(`${era}: a person who ${person} gets nothing done`, async () => {
      const { sandbox, call } = await openSandbox({ objectStore: {} });
      const workspaceId = await newWorkspace(call);
      const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
      const before = costly.map((operation) => sandbox.requestLog.count(operation));
      const server = await startServer({
        sandbox,
        home: newDataFolder(),
        person,
        era,
        environment: { SPARK_WORKSPACE_APPROVAL_SECONDS: "1" },
      });
      onCleanUp(() => server.close());
      const texts = await tryEverything(server, workspaceId, jobRunId, person);
      for (const text of texts) expect(text).toMatch(/was not (sent|carried out)|not sent|nothing was/i);
      expect(costly.map((operation) => sandbox.requestLog.count(operation))).toEqual(before);
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
  expect(read.text).toContain(jobRunId);
  expect(sandbox.requestLog.count("CancelJobRun")).toBe(0);
}, 60_000);
