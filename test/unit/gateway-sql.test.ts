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

  test.each<[string, GatewayParts["classifySql"]]>([
    ["writes", async () => ({ kind: "write", why: "it inserts" })],
    ["nobody can judge", async () => ({ kind: "unknown", why: "it calls a function" })],
    ["breaks whoever judges it", () => Promise.reject(new Error("too deep"))],
    ["is not judged at all", undefined],
  ])("that %s is asked about, and not sent before", async (_, classify) => {
    const { gateway, cloud } = judging(classify);
    expect(await gateway.run("CreateSqlStatement", statement, canAsk)).toMatchObject({ kind: "ask" });
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
