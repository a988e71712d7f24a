import { describe, expect, test } from "vitest";
import { reviewCreatePool, reviewUpdatePool } from "../../src/gateway/reviews/dli-pool.ts";
import { reviewCreateQueue, reviewQueueAction, reviewUpdatePoolQueue } from "../../src/gateway/reviews/dli-queue.ts";
import { reviewCreateSparkJob } from "../../src/gateway/reviews/dli-spark-batch.ts";
import type { Reviewer } from "../../src/gateway/reviews/reviewer.ts";
import type { Facts } from "../../src/gateway/types.ts";
import { dliPolicy } from "./policy-fixture.ts";

const { limits } = dliPolicy();
const noFacts: Facts = { bound: {}, context: {} };

function reviewed(reviewer: Reviewer, input: Record<string, unknown>, facts: Facts = noFacts) {
  return reviewer({ input, facts, limits, language: "en" });
}

/** Label -> text of what the person is shown. */
function shown(reviewer: Reviewer, input: Record<string, unknown>, facts?: Facts): Record<string, string> {
  const review = reviewed(reviewer, input, facts);
  if ("overLimit" in review) throw new Error(review.overLimit);
  return Object.fromEntries(review.details.map(({ label, text }) => [label, text]));
}

function refusal(reviewer: Reviewer, input: Record<string, unknown>, facts?: Facts): string | undefined {
  const review = reviewed(reviewer, input, facts);
  return "overLimit" in review ? review.overLimit : undefined;
}

describe("a Spark batch", () => {
  const batch = { file: "obs://acme-dli/a.jar", className: "org.example.A", queue: "q", sc_type: "A" };
  const inPool = (context: Facts["context"]): Facts => ({ bound: { queueType: "general", queuePool: "p" }, context });

  test("shows its command, its CU, and that nothing bounds its cost", () => {
    const details = shown(reviewCreateSparkJob, batch);
    expect(details["spark-submit"]).toContain("--num-executors 6");
    expect(details.CU).toContain("Size A");
    expect(details["At most"]).toContain("no bound");
    expect(details["At most"]).toContain("11.7 h");
    expect(details).not.toHaveProperty("Tries");
    expect(reviewed(reviewCreateSparkJob, batch)).toMatchObject({ cost: { cu: 8.524 } });
  });

  test("shows how often it may be tried, each time billed", () => {
    expect(shown(reviewCreateSparkJob, { ...batch, auto_recovery: true, max_retry_times: 4 }).Tries).toContain(
      "up to 5",
    );
  });

  test("is refused above the CU that the policy admits, whatever named its size", () => {
    expect(refusal(reviewCreateSparkJob, { ...batch, numExecutors: 89 })).toBeUndefined();
    expect(refusal(reviewCreateSparkJob, { ...batch, numExecutors: 90 })).toContain(`admits ${limits.spend.maxJobCu}`);
  });

  test("is refused as nobody could price it, by whichever way it comes", () => {
    expect(refusal(reviewCreateSparkJob, { ...batch, conf: { "spark.executor.instances": 900 } })).toContain(
      "numExecutors",
    );
    expect(refusal(reviewCreateSparkJob, { ...batch, executorMemory: "lots" })).toContain("executorMemory");
  });

  test("says whether it starts now, by what its queue may grow to in the pool", () => {
    const facts = inPool({ queueCu: 4, queueMaxCu: 64, queueUsedCu: 60 });
    expect(shown(reviewCreateSparkJob, batch, facts).Queue).toContain("4 of 64 CU are free");
  });

  test("says what is in use where nobody knows how far the queue may grow", () => {
    expect(shown(reviewCreateSparkJob, batch, inPool({ queueCu: 16, queueUsedCu: 3 })).Queue).toContain(
      "3 CU in use now, 16 CU",
    );
    expect(shown(reviewCreateSparkJob, batch).Queue).toContain("CU in use unknown");
  });

  test("that never fits is refused, unless the queue only has few CU now", () => {
    expect(refusal(reviewCreateSparkJob, batch, inPool({ queueMaxCu: 4 }))).toContain("never start");
    expect(refusal(reviewCreateSparkJob, batch, inPool({ queueCu: 4 }))).toBeUndefined();
    const alone = { bound: { queueType: "general", queuePool: null }, context: { queueCu: 4 } };
    expect(refusal(reviewCreateSparkJob, batch, alone)).toContain("never start");
  });

  test("shows what a person should know as a warning", () => {
    expect(shown(reviewCreateSparkJob, { ...batch, spark_version: "3.3.1" }).Warning).toContain("execution_agency_urn");
  });
});

describe("a pool", () => {
  const pool = { elastic_resource_pool_name: "p1", min_cu: 64, max_cu: 128 };

  test("shows what it bills a day, used or not", () => {
    expect(shown(reviewCreatePool, pool)).toMatchObject({
      Pool: '"p1"',
      Kind: "standard",
      CU: "64 to 128 (1 CU = 1 vCPU and 4 GB)",
      "Billed at least": "1536 CU-hours a day, used or not",
      "Billed at most": "3072 CU-hours a day",
    });
    expect(reviewed(reviewCreatePool, pool)).toMatchObject({ cost: { cu: 128 } });
  });

  test("is bounded by the policy and by the service", () => {
    const { maxWorkspaceCu } = limits.spend;
    expect(refusal(reviewCreatePool, { ...pool, max_cu: maxWorkspaceCu + 24 })).toContain("the policy admits");
    expect(refusal(reviewCreatePool, { ...pool, min_cu: 16 })).toContain("64 to 32000");
    expect(refusal(reviewCreatePool, { ...pool, min_cu: 16, max_cu: 32, label: { spec: "basic" } })).toBeUndefined();
  });

  const facts = { bound: { poolMinCu: 64, poolMaxCu: 128 }, context: { currentCu: 100 } };

  test("that changes shows before and after, and keeps what is not given", () => {
    const details = shown(reviewUpdatePool, { elastic_resource_pool_name: "p1", max_cu: 256 }, facts);
    expect(details).toMatchObject({ "CU before": "64 to 128", "CU after": "64 to 256" });
    expect(details).not.toHaveProperty("Shrinks");
  });

  test("that shrinks says so, and when more is in use than is left", () => {
    const details = shown(reviewUpdatePool, { elastic_resource_pool_name: "p1", max_cu: 96 }, facts);
    expect(details.Shrinks).toContain("may wait");
    expect(details.Warning).toContain("100 CU are in use");
  });

  test("whose CU could not be read is not changed", () => {
    expect(refusal(reviewUpdatePool, { elastic_resource_pool_name: "p1", max_cu: 96 })).toContain("could not be read");
  });
});

describe("a queue", () => {
  const queue = { queue_name: "q1", queue_type: "general", cu_count: 16, elastic_resource_pool_name: "p1" };

  test("shows what it is for, and its pool", () => {
    expect(shown(reviewCreateQueue, queue)).toMatchObject({ Queue: '"q1"', For: "Spark and Flink jobs", Pool: '"p1"' });
  });

  test("outside a pool shows what it bills, and has one of three sizes", () => {
    const { elastic_resource_pool_name: _, ...alone } = queue;
    expect(shown(reviewCreateQueue, alone)["Billed at most"]).toBe("384 CU-hours a day");
    expect(refusal(reviewCreateQueue, { ...alone, cu_count: 32 })).toContain("16, 64, 256");
  });

  test("larger than its pool is refused", () => {
    const facts = { bound: {}, context: { poolMaxCu: 64 } };
    expect(refusal(reviewCreateQueue, { ...queue, cu_count: 80 }, facts)).toContain("its pool has 64");
    expect(refusal(reviewCreateQueue, { ...queue, cu_count: 64 }, facts)).toBeUndefined();
  });

  const fullDay = { priority: 1, impact_start_time: "00:00", impact_stop_time: "24:00", min_cu: 16, max_cu: 64 };

  test("in a pool shows every policy, and that it shrinks", () => {
    const input = { queue_name: "q1", queue_scaling_policies: [fullDay] };
    const facts = { bound: {}, context: { queueMaxCu: 128 } };
    expect(shown(reviewUpdatePoolQueue, input, facts)).toMatchObject({
      "00:00 to 24:00": "16 to 64 CU, priority 1",
      "Most CU before": "128",
      Shrinks: expect.stringContaining("may wait"),
    });
    expect(refusal(reviewUpdatePoolQueue, { queue_name: "q1", queue_scaling_policies: [] })).toContain(
      "00:00 to 24:00",
    );
  });

  test("outside a pool shows before and after", () => {
    const facts = { bound: { queueCu: 64 }, context: {} };
    const action = (more: Record<string, unknown>) => ({ queue_name: "q1", ...more });
    expect(shown(reviewQueueAction, action({ action: "scale_out", cu_count: 16 }), facts)).toMatchObject({
      "CU before": "64",
      "CU after": "80",
    });
    expect(shown(reviewQueueAction, action({ action: "scale_in", cu_count: 32 }), facts).Shrinks).toContain("may wait");
    expect(refusal(reviewQueueAction, action({ action: "scale_in", cu_count: 64 }), facts)).toContain("0 CU left");
    expect(refusal(reviewQueueAction, action({ action: "scale_out", cu_count: 8 }), facts)).toContain("multiple of 16");
  });

  test("that restarts says what becomes of what runs on it", () => {
    const facts = { bound: {}, context: { runningSqlJobs: 3 } };
    const text = (force: boolean) =>
      shown(reviewQueueAction, { queue_name: "q1", action: "restart", force }, facts)["Running SQL jobs"];
    expect(text(true)).toBe("3; they are aborted");
    expect(text(false)).toBe("3; they are waited for");
  });
});
