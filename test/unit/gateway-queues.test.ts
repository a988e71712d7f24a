import { describe, expect, test } from "vitest";
import { readPolicy } from "../../src/cli/workbench.ts";
import { queuesAndPoolsOf, queuesNamed, queuesOf } from "../../src/gateway/queues.ts";
import type { Operation, Outcome, Requests } from "../../src/gateway/types.ts";
import type { LoadedPolicy } from "../../src/policy/types.ts";
import { answered, contextWith, gatewayOver, type Script } from "../doubles/gateway-parts.ts";

/** In DLI queues and pools stand for what a workspace is elsewhere: what a profile admits, and what environment counts. */

const policy = readPolicy(undefined, "dli");
const batch_id = "5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01";
const batchOn = (queue: string) => answered({ id: batch_id, state: "running", name: "n", queue });
const script: Script = {
  ShowSparkJob: batchOn("dev_q1"),
  ShowQueue: answered({ queueName: "dev_q1", queueType: "general", cuCount: 64, elastic_resource_pool_name: "lab" }),
  ListElasticResourcePools: answered({ elastic_resource_pools: [] }),
  ListQueues: answered({ is_success: true, queues: [] }),
};

async function outcomeOf<Name extends Operation>(
  operation: Name,
  input: Requests[Name],
  { queues, loaded = policy, more = {} }: { queues?: string[]; loaded?: LoadedPolicy; more?: Script },
): Promise<Outcome<unknown>> {
  const { gateway } = gatewayOver(
    { ...script, ...more },
    {
      policy: () => loaded,
      profile: {
        name: "test",
        cloud: "dli",
        environment: "cloud",
        regionId: "cn-north-4",
        endpoint: "dli.test",
        mode: "full",
        identity: "tester",
        ...(queues && { allowedQueues: queues }),
      },
      transport: async () => ({ send: cloud.send, projectId: "0".repeat(32) }),
    },
  );
  const cloud = gatewayOver({ ...script, ...more }).cloud;
  return gateway.run(operation, input, contextWith({ strength: "out-of-band" }));
}

describe("a profile with a list of queues", () => {
  const submit = { file: "obs://lake/a.py", className: "-", queue: "dev_q1", name: "n", numExecutors: 1 };

  test("admits what names one of them, in any case", async () => {
    expect(await outcomeOf("CreateSparkJob", submit, { queues: ["DEV_Q1"] })).toMatchObject({ kind: "ask" });
  });

  test("refuses another before anything is read", async () => {
    expect(await outcomeOf("CreateSparkJob", submit, { queues: ["prod_q1"] })).toMatchObject({
      code: "WORKSPACE_NOT_ALLOWED",
      what: expect.stringContaining("dev_q1"),
      next: "Admitted: prod_q1. A person can extend `queues` of the profile.",
    });
  });

  test("refuses a job by its id when it runs on another queue", async () => {
    expect(await outcomeOf("CancelSparkJob", { batch_id }, { queues: ["prod_q1"] })).toMatchObject({
      code: "WORKSPACE_NOT_ALLOWED",
    });
    expect(await outcomeOf("CancelSparkJob", { batch_id }, { queues: ["dev_q1"] })).toMatchObject({ kind: "ask" });
  });

  test("refuses a write whose queue nobody can tell", async () => {
    const variable = { var_name: "a", var_value: "b" };
    const outcome = await outcomeOf("CreateGlobalVariable", variable, {
      queues: ["dev_q1"],
      more: { ListGlobalVariables: answered({ global_vars: [] }) },
    });
    expect(outcome).toMatchObject({ code: "WORKSPACE_NOT_ALLOWED" });
  });

  test("lets everything be read", async () => {
    expect(await outcomeOf("ListQueues", {}, { queues: ["dev_q1"] })).toMatchObject({ kind: "done" });
  });
});

describe("an environment of queues", () => {
  const withEnvironments = (pattern: string): LoadedPolicy => {
    if (!policy.ok) throw new Error("no policy");
    return { ok: true, policy: { ...policy.policy, environments: [{ name: "production", workspaces: [pattern] }] } };
  };
  const required = async (pattern: string, on = "dev_q1") => {
    const outcome = await outcomeOf(
      "CancelSparkJob",
      { batch_id },
      { loaded: withEnvironments(pattern), more: { ShowSparkJob: batchOn(on) } },
    );
    return outcome.kind === "ask" || outcome.kind === "awaiting" ? outcome.plan.requiredStrength : outcome.kind;
  };

  test("counts for a job on one of its queues, which is read", async () => {
    const outside = await required("prod_*");
    expect(await required("prod_*", "prod_q1")).not.toBe(outside);
    expect(await required("dev_*")).toBe(await required("prod_*", "prod_q1"));
  });
});

describe("the names that count", () => {
  const facts = {
    bound: { queue: "Spark_Q1", queuePool: "Prod_Pool", other: "x" },
    context: { queue: "spark_q1", queuePool: null, state: "running" },
  };

  test("are those of the request, in lower case, and none where it gives an empty one", () => {
    expect(queuesNamed({ queue: "Q1", queue_name: "", queues: ["q2", 7], name: "n" })).toEqual(["q1", "q2"]);
    expect(queuesNamed({ elastic_resource_pool_name: "P1", elastic_resource_pools: ["P2"] })).toEqual(["p1", "p2"]);
  });

  test("and of what was read: the job's queue, and for its environment the queue's pool", () => {
    expect(queuesOf({ queue: "q1" }, facts)).toEqual(["q1", "spark_q1"]);
    expect(queuesAndPoolsOf({ queue: "q1" }, facts)).toEqual(["q1", "spark_q1", "prod_pool"]);
    expect(queuesAndPoolsOf({}, { bound: { queue: "" }, context: {} })).toEqual([]);
  });
});
