import { describe, expect, test } from "vitest";
import type { Operation, Requests } from "../../src/gateway/types.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { answered, contextWith, gatewayOver, type Script } from "../doubles/gateway-parts.ts";
import { shippedFiles } from "./policy-fixture.ts";

/** Which environment a call belongs to, and so what it asks of a person, as the gateway finds it out. */

const loaded = loadPolicy({
  ...shippedFiles,
  environments: {
    name: "environments.yaml",
    text: "version: 1\nenvironments: [{ name: production, workspaces: [w-9, 'prod-*'] }]\n",
  },
});

const outOfBand = async (planId: string) => ({ command: `approve ${planId}` });
const benchOver = (script: Script) => gatewayOver(script, { policy: () => loaded, outOfBand });

const job = (workspaceId: string) => ({ workspaceId, jobRunId: "jr-1" });
const jobs: Script = {
  GetJobRun: answered({ jobRun: { jobRunId: "jr-1", state: "Running", name: "etl", resourceQueueId: "root_queue" } }),
};
const workspaces = (...names: string[]): Script => ({
  ListWorkspaces: answered({
    workspaces: names.map((workspaceName, at) => ({
      workspaceId: `w-${at + 1}`,
      workspaceName,
      workspaceStatus: "RUNNING",
      resourceSpec: { cu: "8" },
    })),
  }),
  ListWorkspaceQueues: answered({ queues: [] }),
});

/** What the plan of a call asks for. */
async function required<Name extends Operation>(script: Script, operation: Name, input: Requests[Name]) {
  const outcome = await benchOver(script).gateway.run(operation, input, contextWith({ strength: "accepted" }));
  if (outcome.kind !== "ask" && outcome.kind !== "awaiting") throw new Error(JSON.stringify(outcome));
  return outcome.plan.requiredStrength;
}

describe("what a call of a workspace asks for", () => {
  test("is production's where its id is listed", async () => {
    expect(await required(jobs, "CancelJobRun", job("w-9"))).toBe("out-of-band");
  });

  test("is production's where its name, as just read, fits the pattern, and not where it does not", async () => {
    const queue = { workspaceId: "w-1", workspaceQueueName: "etl_queue", resourceSpec: { cu: 4 } };
    expect(await required(workspaces("prod-bi"), "CreateWorkspaceQueue", queue)).toBe("typed");
    expect(await required(workspaces("dev-bi"), "CreateWorkspaceQueue", queue)).toBe("accepted");
  });

  test("is the strictest where its name was not read, though a pattern of names could fit", async () => {
    expect(await required(jobs, "CancelJobRun", job("w-1"))).toBe("out-of-band");
  });

  test("goes by the name that a workspace will get", async () => {
    const wanted = (workspaceName: string) => ({
      workspaceName,
      ossBucket: "oss://lake",
      ramRoleName: "AliyunEMRSparkJobRunDefaultRole",
      paymentType: "PayAsYouGo" as const,
      resourceSpec: { cu: "8" },
    });
    expect(await required(workspaces(), "CreateWorkspace", wanted("prod-new"))).toBe("typed");
    expect(await required(workspaces(), "CreateWorkspace", wanted("dev-new"))).toBe("accepted");
  });

  test("is no environment's for storage, which lies in no workspace", async () => {
    const put = { uri: "oss://lake/a.py", sha256: "0".repeat(64), bytes: 1, content: "1", overwrite: false };
    expect(await required({ HeadObject: answered({ exists: false }) }, "PutObject", put)).toBe("accepted");
  });
});

describe("a plan", () => {
  async function planOver(script: Script) {
    const { gateway } = gatewayOver(script);
    const outcome = await gateway.run("CancelJobRun", job("w-1"), contextWith({ strength: "accepted" }));
    if (outcome.kind !== "ask") throw new Error(JSON.stringify(outcome));
    return outcome.plan;
  }
  const jobIn = (state: string): Script => ({
    GetJobRun: answered({ jobRun: { jobRunId: "jr-1", state, name: "etl", resourceQueueId: "root_queue" } }),
  });

  test("has a digest that changes with what was read", async () => {
    const [running, again, pending] = await Promise.all(
      ["Running", "Running", "Pending"].map((s) => planOver(jobIn(s))),
    );
    expect(running?.planDigest).toBe(again?.planDigest);
    expect(running?.planDigest).not.toBe(pending?.planDigest);
  });

  test("tells the impact with the facts, and no notice when nothing came before", async () => {
    const { question } = await planOver(jobIn("Running"));
    expect(question).toContain('impact: Aborts the job run "jr-1" ("etl", now "Running")');
    expect(question).not.toMatch(/^Notice/m);
  });
});
