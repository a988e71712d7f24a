import { describe, expect, test } from "vitest";
import { review } from "../../src/gateway/reviews/index.ts";
import type { Facts } from "../../src/gateway/types.ts";
import { shippedPolicy } from "./policy-fixture.ts";

const { limits } = shippedPolicy();
const noFacts: Facts = { bound: {}, context: {} };

function reviewOf(operation: string, input: Record<string, unknown>, facts = noFacts) {
  return review(operation, { input, facts, limits, language: "en" });
}

/** Label -> text of what the person is shown. */
function shown(operation: string, input: Record<string, unknown>, facts = noFacts): Record<string, string> {
  const reviewed = reviewOf(operation, input, facts);
  if ("overLimit" in reviewed) throw new Error(reviewed.overLimit);
  return Object.fromEntries(reviewed.details.map(({ label, text }) => [label, text]));
}

test("an operation that has nothing to review shows nothing more", () => {
  expect(reviewOf("CancelJobRun", {})).toEqual({ details: [] });
});

describe("a new workspace", () => {
  const input = {
    workspaceName: "lab",
    paymentType: "PayAsYouGo",
    ossBucket: "oss://lake",
    ramRoleName: "role",
    resourceSpec: { cu: "8" },
  };

  test("shows its name, size, billing, bucket and role, and costs its size", () => {
    expect(shown("CreateWorkspace", input)).toEqual({
      Name: '"lab"',
      Size: "8 CU at most (1 CU = 1 core and 4 GiB)",
      Billing: '"PayAsYouGo"',
      Bucket: '"oss://lake"',
      "Job role": '"role"',
    });
    expect(reviewOf("CreateWorkspace", input)).toMatchObject({ cost: { cu: 8 } });
  });

  test.each([undefined, null, "8", {}, { cu: "many" }, { cu: "0" }, { cu: "-1" }])(
    "of the size %j is refused",
    (resourceSpec) => {
      expect(reviewOf("CreateWorkspace", { ...input, resourceSpec })).toMatchObject({
        overLimit: expect.stringContaining("not a positive number"),
      });
    },
  );

  test("may be as large as the policy admits, and no larger", () => {
    const { maxWorkspaceCu } = limits.spend;
    expect(reviewOf("CreateWorkspace", { ...input, resourceSpec: { cu: maxWorkspaceCu } })).toHaveProperty("details");
    expect(reviewOf("CreateWorkspace", { ...input, resourceSpec: { cu: maxWorkspaceCu + 1 } })).toMatchObject({
      overLimit: `${maxWorkspaceCu + 1} CU is more than the ${maxWorkspaceCu} CU that the policy admits for a workspace`,
    });
  });
});

describe("a queue's new size", () => {
  const input = { workspaceQueueName: "dev_queue", resourceSpec: { cu: 24 } };
  const facts = { bound: { queueCu: 16, allQueuesCu: 100 }, context: {} };

  test("shows before and after of the queue and of all queues", () => {
    expect(shown("EditWorkspaceQueue", input, facts)).toEqual({
      Queue: '"dev_queue"',
      "CU before": "16",
      "CU after": "24",
      "All queues before": "100 CU",
      "All queues after": "108 CU",
    });
    expect(reviewOf("EditWorkspaceQueue", input, facts)).toMatchObject({ cost: { cu: 24 } });
  });

  test.each([
    [{}, "unknown", "unknown CU", "unknown CU"],
    [{ queueCu: 16 }, "16", "unknown CU", "unknown CU"],
    [{ allQueuesCu: 100 }, "unknown", "100 CU", "unknown CU"],
    [{ queueCu: "16", allQueuesCu: 100 }, "16", "100 CU", "unknown CU"],
  ])("of %j says what is unknown", (bound, before, sum, after) => {
    expect(shown("EditWorkspaceQueue", input, { bound, context: {} })).toMatchObject({
      "CU before": before,
      "All queues before": sum,
      "All queues after": after,
    });
  });

  test("may be nothing, and no larger than the policy admits", () => {
    const size = (cu: unknown) => reviewOf("EditWorkspaceQueue", { ...input, resourceSpec: { cu } }, facts);
    expect(size(0)).toHaveProperty("details");
    expect(size(limits.spend.maxWorkspaceCu)).toHaveProperty("details");
    expect(size(limits.spend.maxWorkspaceCu + 1)).toMatchObject({
      overLimit: expect.stringContaining("more than the"),
    });
    expect(size(-1)).toMatchObject({ overLimit: expect.stringContaining("not a number of CU") });
    for (const resourceSpec of [undefined, null, "8", {}]) {
      expect(reviewOf("EditWorkspaceQueue", { ...input, resourceSpec }, facts)).toMatchObject({
        overLimit: expect.stringContaining("not a number of CU"),
      });
    }
  });
});

describe("an upload", () => {
  const input = { localPath: "/home/ann/etl.py", uri: "oss://lake/etl.py", bytes: 1024, sha256: "ab12" };

  test("shows the file, where it goes, its size and its digest", () => {
    expect(shown("PutObject", input)).toEqual({
      From: '"/home/ann/etl.py"',
      To: '"oss://lake/etl.py"',
      Size: "1024 bytes",
      "SHA-256": '"ab12"',
      "Existing object": "is kept, and the upload refused",
    });
  });

  test("of text, and over what is there, says so", () => {
    const { localPath, ...text } = input;
    expect(shown("PutObject", { ...text, overwrite: true })).toMatchObject({
      From: "text given in the call",
      "Existing object": "is replaced",
    });
    expect(shown("PutObject", { ...text, overwrite: "true" })).toMatchObject({
      "Existing object": "is kept, and the upload refused",
    });
  });

  test("may be as large as the policy admits, and no larger", () => {
    const { maxBytes } = limits.upload;
    expect(reviewOf("PutObject", { ...input, bytes: maxBytes })).toHaveProperty("details");
    expect(reviewOf("PutObject", { ...input, bytes: maxBytes + 1 })).toMatchObject({
      overLimit: `${maxBytes + 1} bytes is more than the ${maxBytes} bytes that the policy admits`,
    });
  });
});

describe("a job", () => {
  const job = {
    name: "etl",
    codeType: "PYTHON",
    resourceQueueId: "root_queue",
    releaseVersion: "esr-4.7.0 (Spark 3.5.2, Scala 2.12, Java Runtime)",
    executionTimeoutSeconds: 3_600,
    jobDriver: {
      sparkSubmit: { entryPoint: "oss://lake/etl.py", sparkSubmitParameters: "--conf spark.executor.instances=2" },
    },
  };
  const room = (queueCu: number, queueUsedCu?: number): Facts => ({
    bound: {},
    context: { queueCu, ...(queueUsedCu !== undefined && { queueUsedCu }) },
  });
  const withParameters = (sparkSubmitParameters: string | undefined, more: object = {}) => ({
    ...job,
    ...more,
    jobDriver: {
      sparkSubmit: {
        entryPoint: "oss://lake/etl.py",
        ...(sparkSubmitParameters !== undefined && { sparkSubmitParameters }),
      },
    },
  });

  test("shows its spark-submit, what it takes and what it costs at most", () => {
    const details = shown("StartJobRun", job);
    expect(Object.keys(details)).toEqual(["spark-submit", "CU", "At most"]);
    for (const part of [
      "spark-submit",
      "oss://lake/etl.py",
      "spark.executor.instances=2",
      "etl",
      "root_queue",
      "esr-4.7.0",
    ]) {
      expect(details["spark-submit"]).toContain(part);
    }
    const reviewed = reviewOf("StartJobRun", job);
    if (!("cost" in reviewed) || !reviewed.cost) throw new Error("no cost");
    expect(details.CU).toContain(`${reviewed.cost.cu} at full size`);
    expect(details["At most"]).toBe(`${reviewed.cost.cuHours} CU-hours: ended after 3600 s`);
    expect(reviewed.cost.cuHours).toBe(reviewed.cost.cu);
  });

  test("takes the displayed version where no other is given, and leaves out what is not given", () => {
    const { releaseVersion, name, resourceQueueId, ...rest } = job;
    const display = shown("StartJobRun", { ...rest, displayReleaseVersion: "esr-9.9" })["spark-submit"];
    expect(display).toContain("esr-9.9");
    expect(display).not.toContain("undefined");
    expect(shown("StartJobRun", rest)["spark-submit"]).not.toMatch(/undefined|esr-/);
  });

  test("says whether the queue has room for it", () => {
    expect(shown("StartJobRun", job, room(64, 0)).Queue).toEqual(expect.any(String));
    expect(shown("StartJobRun", job, room(64)).Queue).toBe(shown("StartJobRun", job, room(64, 0)).Queue);
    expect(shown("StartJobRun", job, room(64, 63)).Queue).not.toBe(shown("StartJobRun", job, room(64, 0)).Queue);
  });

  test("that no queue of this size can ever run is refused", () => {
    expect(reviewOf("StartJobRun", job, room(0.5, 0))).toMatchObject({
      overLimit: expect.any(String),
      next: "list_workspace_queues shows the queues.",
    });
  });

  test.each<[string, object, string]>([
    ["without a program", { ...job, jobDriver: {} }, "jobDriver.sparkSubmit is missing"],
    ["with parameters that cannot be read", withParameters('--conf "'), ""],
    ["with parameters the service does not admit", withParameters("--master local"), ""],
    ["of a size that cannot be known", withParameters("--conf spark.executor.memory=lots"), ""],
    ["over the CU bound", withParameters("--conf spark.executor.instances=500"), "CU and the policy admits 100"],
    [
      "over the bound of CU-hours",
      { ...job, executionTimeoutSeconds: 36_000_000 },
      "CU-hours and the policy admits 100",
    ],
  ])("%s is refused", (_, input, why) => {
    const reviewed = reviewOf("StartJobRun", { ...input });
    expect(reviewed).toMatchObject({ overLimit: expect.stringContaining(why), next: expect.any(String) });
  });

  test("without a time limit is refused, since its cost has no bound", () => {
    const { executionTimeoutSeconds, ...endless } = job;
    expect(reviewOf("StartJobRun", endless)).toMatchObject({ overLimit: expect.stringContaining("no bound") });
  });

  test("may take exactly what the policy admits", () => {
    const reviewed = reviewOf("StartJobRun", job);
    const cost = "cost" in reviewed ? reviewed.cost : undefined;
    const bounded = (maxJobCu: number, maxJobCuHours: number) =>
      review("StartJobRun", {
        input: job,
        facts: noFacts,
        limits: { ...limits, spend: { ...limits.spend, maxJobCu, maxJobCuHours } },
        language: "en",
      });
    const [cu, cuHours] = [cost?.cu ?? 0, cost?.cuHours ?? 0];
    expect(bounded(cu, cuHours)).toHaveProperty("details");
    expect(bounded(cu - 0.1, cuHours)).toHaveProperty("overLimit");
    expect(bounded(cu, cuHours - 0.1)).toHaveProperty("overLimit");
  });

  test("takes spark-defaults.conf into account, and no other file", () => {
    const setting = (configFileName: string, configItemKey?: string, configItemValue?: string) => ({
      configurationOverrides: { configurations: [{ configFileName, configItemKey, configItemValue }] },
    });
    const cu = (more: object) => {
      const reviewed = reviewOf("StartJobRun", withParameters(undefined, more));
      return "cost" in reviewed ? reviewed.cost?.cu : undefined;
    };
    const plain = cu({});
    expect(plain).toBeGreaterThan(0);
    expect(cu(setting("spark-defaults.conf", "spark.executor.instances", "8"))).toBeGreaterThan(plain ?? 0);
    expect(cu(setting("log4j.properties", "spark.executor.instances", "8"))).toBe(plain);
    expect(cu(setting("spark-defaults.conf", undefined, "8"))).toBe(plain);
    expect(cu(setting("spark-defaults.conf", "spark.app.owner"))).toBe(plain);
  });
});
