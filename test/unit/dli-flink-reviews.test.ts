import { describe, expect, test } from "vitest";
import { reviewCreateFlinkJob, reviewRunFlinkJobs, reviewUpdateFlinkJob } from "../../src/gateway/reviews/dli-flink.ts";
import type { Reviewer } from "../../src/gateway/reviews/reviewer.ts";
import type { Facts } from "../../src/gateway/types.ts";
import { dliPolicy } from "./policy-fixture.ts";

const { limits } = dliPolicy();
const { maxJobCu } = limits.spend;

function reviewed(reviewer: Reviewer, input: Record<string, unknown>, facts: Partial<Facts> = {}) {
  return reviewer({ input, facts: { bound: {}, context: {}, ...facts }, limits, language: "en" });
}

function shown(...subject: Parameters<typeof reviewed>): Record<string, string> {
  const review = reviewed(...subject);
  if ("overLimit" in review) throw new Error(review.overLimit);
  return Object.fromEntries(review.details.map(({ label, text }) => [label, text]));
}

describe("running a Flink job", () => {
  const one = { job_ids: [138], resume_savepoint: true };
  const run = (bound: Facts["bound"], input: Record<string, unknown> = one) =>
    reviewed(reviewRunFlinkJobs, input, { bound });

  test("shows its CUs, what an hour and a day cost, that it has no end, and where its state comes from", () => {
    expect(shown(reviewRunFlinkJobs, one, { bound: { cu: 4 } })).toEqual({
      CU: "4",
      Cost: "up to 4 CU-hours an hour, 96 a day, without an end until it is stopped",
      State: "goes on from the newest savepoint",
    });
    expect(run({ cu: 4 })).toMatchObject({ cost: { cu: 4 } });
    expect(shown(reviewRunFlinkJobs, { job_ids: [138] }, { bound: { cu: 4 } }).State).toContain("starts anew");
  });

  test("is priced at what dynamic scaling may make of it", () => {
    expect(shown(reviewRunFlinkJobs, one, { bound: { cu: 4, mostCu: 12 } })).toMatchObject({
      CU: "4 at first, up to 12 by dynamic scaling",
      Cost: expect.stringContaining("288 a day"),
    });
    expect(run({ cu: 4, mostCu: 12 })).toMatchObject({ cost: { cu: 12 } });
  });

  test("may take as many CUs as the policy admits, and no more, scaling included", () => {
    expect(run({ cu: maxJobCu })).toHaveProperty("details");
    expect(run({ cu: maxJobCu + 0.5 })).toMatchObject({ overLimit: expect.stringContaining(`admits ${maxJobCu}`) });
    expect(run({ cu: 2, mostCu: maxJobCu + 1 })).toHaveProperty("overLimit");
  });

  test("counts several jobs together, the same size or not", () => {
    const two = { job_ids: [138, 148] };
    expect(run({ cu: 4 }, two)).toMatchObject({ cost: { cu: 8 } });
    expect(run({ cu: "138: 4, 148: 2.5" }, two)).toMatchObject({ cost: { cu: 6.5 } });
    expect(run({ cu: maxJobCu / 2 }, two)).toHaveProperty("details");
    expect(run({ cu: maxJobCu / 2 + 1 }, two)).toMatchObject({ overLimit: expect.stringContaining("2 jobs together") });
  });

  test.each([null, 0, "138: 4", "138: 4, 148: unknown", "4", true])("of CUs that are %j is refused", (cu) => {
    expect(run({ cu }, { job_ids: [138, 148] })).toMatchObject({ overLimit: expect.stringContaining("not known") });
  });

  test("of a growth that cannot be known is refused", () => {
    expect(run({ cu: 4, mostCu: null })).toMatchObject({ overLimit: expect.stringContaining("not known") });
  });

  test("without jobs is refused", () => {
    expect(run({ cu: 4 }, {})).toHaveProperty("overLimit");
    expect(run({ cu: 4 }, { job_ids: [] })).toHaveProperty("overLimit");
  });
});

describe("a draft of a Flink job", () => {
  const input = {
    name: "click_loader",
    cu_number: 4,
    entrypoint: "obs://acme/a.jar",
    entrypoint_args: "--topic clicks --password hunter2",
    dependency_jars: ["obs://acme/b.jar"],
    dependency_files: ["obs://acme/c.txt"],
    execution_agency_urn: "dli_job_agency",
  };

  test("shows its size and cost, what it runs with, and whom it acts as", () => {
    expect(shown(reviewCreateFlinkJob, input)).toMatchObject({
      CU: expect.stringMatching(/^4\. JobManager 1 core/),
      Scaling: "off",
      Cost: expect.stringContaining("nothing until it is run; then up to 4 CU-hours an hour"),
      Libraries: '"obs://acme/b.jar"',
      Files: '"obs://acme/c.txt"',
      "Acts as agency": '"dli_job_agency"',
    });
  });

  test("shows its arguments without their secrets", () => {
    const { Arguments } = shown(reviewCreateFlinkJob, input);
    expect(Arguments).toContain("clicks");
    expect(Arguments).not.toContain("hunter2");
  });

  test("shows its SQL line by line in quotes, without its secrets and without an end that nobody reads", () => {
    const sql = `CREATE TABLE t (a INT) WITH ('password' = 'hunter2');\n${"x".repeat(5000)}`;
    const { SQL = "" } = shown(reviewCreateFlinkJob, { sql_body: sql });
    expect(SQL).not.toContain("hunter2");
    expect(SQL.split("\n")[0]).toMatch(/^"CREATE TABLE t.*"$/);
    expect(SQL).toMatch(/and \d+ characters more$/);
    expect(shown(reviewCreateFlinkJob, { sql_body: "SELECT 1" }).SQL).toBe('"SELECT 1"');
  });

  test("is priced and bounded at what scaling may make of it", () => {
    const scaled = (max: number) => ({
      ...input,
      runtime_config: `flink.dli.job.scale.enable=true\nflink.dli.job.cu.max=${max}`,
    });
    expect(shown(reviewCreateFlinkJob, scaled(9)).Scaling).toBe("on: 2 to 9 CU, looked at every 30 min");
    expect(reviewed(reviewCreateFlinkJob, scaled(9))).toMatchObject({ cost: { cu: 9 } });
    expect(reviewed(reviewCreateFlinkJob, scaled(maxJobCu))).toHaveProperty("details");
    expect(reviewed(reviewCreateFlinkJob, scaled(maxJobCu + 1))).toHaveProperty("overLimit");
    expect(reviewed(reviewCreateFlinkJob, { cu_number: maxJobCu + 1 })).toHaveProperty("overLimit");
  });

  test("of a size that cannot be known is refused", () => {
    expect(reviewed(reviewCreateFlinkJob, { runtime_config: "?" })).toMatchObject({
      overLimit: expect.any(String),
      next: "Correct runtime_config.",
    });
  });
});

describe("a change of a Flink job", () => {
  test("names the fields with their values, and says nothing of CUs where none change", () => {
    const input = { job_id: 138, smn_topic: 'al"arm', log_enabled: true, desc: undefined };
    expect(shown(reviewUpdateFlinkJob, input)).toEqual({ Given: 'smn_topic = "al\\"arm", log_enabled = true' });
    expect(reviewed(reviewUpdateFlinkJob, input)).not.toHaveProperty("cost");
  });

  test("shows each field once, and settings without their secrets", () => {
    const input = {
      job_id: 138,
      sql_body: "SELECT 1",
      runtime_config: "a.b=1\nmy.password=hunter2\nflink.dli.job.scale.enable=false",
    };
    expect(shown(reviewUpdateFlinkJob, input)).toMatchObject({
      Settings: '"a.b=1", "my.password=****"',
      SQL: '"SELECT 1"',
    });
    expect(shown(reviewUpdateFlinkJob, input)).not.toHaveProperty("Given");
  });

  test("of the size shows and bounds the CUs", () => {
    const input = { job_id: 138, cu_number: 6 };
    expect(shown(reviewUpdateFlinkJob, input)).toMatchObject({ CU: expect.stringMatching(/^6\./), Scaling: "off" });
    expect(reviewed(reviewUpdateFlinkJob, input)).toMatchObject({ cost: { cu: 6 } });
    expect(reviewed(reviewUpdateFlinkJob, { ...input, cu_number: maxJobCu + 1 })).toHaveProperty("overLimit");
  });

  test("of the size shows what it was where that was read", () => {
    const input = { job_id: 138, cu_number: 4, runtime_config: "flink.dli.job.scale.enable=true" };
    const before = { context: { scalingBefore: "off", cuBefore: 3 } };
    expect(shown(reviewUpdateFlinkJob, input, before)).toMatchObject({
      "CU before": "3",
      CU: expect.stringMatching(/^4\./),
      "Scaling before": '"off"',
      Scaling: "on: 2 to 4 CU, looked at every 30 min",
    });
    expect(shown(reviewUpdateFlinkJob, input, { context: { scalingBefore: null, cuBefore: null } })).toMatchObject({
      "CU before": "unknown",
      "Scaling before": "unknown",
    });
    expect(Object.keys(shown(reviewUpdateFlinkJob, input))).toEqual(["Given", "CU", "Scaling", "Cost"]);
  });
});
