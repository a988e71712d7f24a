import { describe, expect, test } from "vitest";
import type { GatewayParts } from "../../src/gateway/types.ts";
import { answered, contextWith, gatewayOver } from "../doubles/gateway-parts.ts";

/** Whether a call that carries SQL needs a person depends on what the text does, and on nothing else about it. */

const statement = { workspaceId: "w-1", sqlComputeId: "sc-1", codeContent: "select 1" };
const canAsk = contextWith({ strength: "accepted" });
const script = {
  GetSessionCluster: answered({ sessionCluster: { state: "Running", kind: "SQL", name: "s", queueName: "dev_queue" } }),
  CreateSqlStatement: answered({ data: { statementId: "st-1" } }),
  GetSqlStatement: answered({ data: { state: "available" } }),
};

function judging(classifySql: GatewayParts["classifySql"]) {
  return gatewayOver(script, classifySql && { classifySql });
}

describe("a statement", () => {
  test("that certainly only reads is sent unasked, and its text is what was judged", async () => {
    const judged: string[] = [];
    const { gateway, cloud } = judging(async (sql) => {
      judged.push(sql);
      return { kind: "read", why: "it selects" };
    });
    expect(await gateway.run("CreateSqlStatement", statement, canAsk)).toMatchObject({ kind: "done" });
    expect(judged).toEqual(["select 1"]);
    expect(cloud.count("CreateSqlStatement")).toBe(1);
  });

  const nobody = "nothing here can tell what it does";
  test.each<[string, string, GatewayParts["classifySql"]]>([
    ["writes", "it inserts", async () => ({ kind: "write", why: "it inserts" })],
    ["nobody can judge", "it calls a function", async () => ({ kind: "unknown", why: "it calls a function" })],
    ["breaks whoever judges it", `${nobody} (too deep)`, () => Promise.reject(new Error("too deep"))],
    ["is not judged at all", nobody, undefined],
  ])("that %s is asked about with the reason and the whole text, and not sent before", async (_, why, classify) => {
    const { gateway, cloud } = judging(classify);
    const outcome = await gateway.run("CreateSqlStatement", statement, canAsk);
    if (outcome.kind !== "ask") throw new Error(outcome.kind);
    expect(outcome.plan.question.split("\n")).toContain(`Why it is asked: ${why}`);
    expect(outcome.plan.question).toContain('SQL: "select 1"');
    expect(cloud.count("CreateSqlStatement")).toBe(0);
  });

  test("that the call lacks is asked about or refused, and never judged", async () => {
    let judged = 0;
    const { gateway, cloud } = judging(async () => {
      judged++;
      return { kind: "read", why: "" };
    });
    const { codeContent, ...without } = statement;
    expect(await gateway.run("CreateSqlStatement", without, canAsk)).not.toMatchObject({ kind: "done" });
    expect(judged).toBe(0);
    expect(cloud.count("CreateSqlStatement")).toBe(0);
  });
});

test("a call that carries no SQL is not judged", async () => {
  let judged = 0;
  const { gateway } = gatewayOver(
    { GetJobRun: answered({ jobRun: { state: "Running", name: "etl" } }) },
    {
      classifySql: async () => {
        judged++;
        return { kind: "read", why: "" };
      },
    },
  );
  const cancel = { workspaceId: "w-1", jobRunId: "jr-1" };
  expect(await gateway.run("CancelJobRun", cancel, canAsk)).toMatchObject({ kind: "ask" });
  expect(judged).toBe(0);
});
