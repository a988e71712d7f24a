import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";

/** Spark is fetched by the first test on a machine. */
const wholeTime = 15 * 60_000;
const temporary = mkdtempSync(join(tmpdir(), "quickstart-test-"));

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** As `npm run quickstart -- ...`, without a terminal; what it leaves behind can be seen in `temporary`. */
function quickstart(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const bootstrap = join(packageRoot, "scripts", "bootstrap.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bootstrap, "quickstart", ...args], {
    encoding: "utf8",
    input: "",
    env: { ...process.env, TMPDIR: temporary, ...environment },
    maxBuffer: 16 * 1024 * 1024,
  });
  return { status, stdout, stderr, left: readdirSync(temporary).filter((name) => name.startsWith("spark-workspace")) };
}

describe("with --yes --json", () => {
  let ran: ReturnType<typeof quickstart>;
  let report: Record<string, unknown>;
  beforeAll(() => {
    ran = quickstart(["--yes", "--json"], { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAIexample" });
    report = JSON.parse(ran.stdout);
  }, wholeTime);

  test("three jobs of three kinds end in Success on a Spark 3.5", () => {
    expect(ran.status, ran.stderr).toBe(0);
    expect(report.jobs).toEqual(
      ["PYTHON", "JAR", "SQL"].map((codeType) => ({
        name: expect.any(String),
        codeType,
        jobRunId: expect.stringMatching(/^jr-/),
        state: "Success",
        sparkVersion: expect.stringMatching(/^3\.5\.\d+$/),
        applicationId: expect.stringMatching(/^spark-[0-9a-f]{32}$/),
        rows: expect.any(Number),
        wallMs: expect.any(Number),
      })),
    );
  });

  test("every job has its own application and prints rows that come back", () => {
    const jobs = report.jobs as { applicationId: string; rows: number }[];
    expect(new Set(jobs.map((job) => job.applicationId)).size).toBe(3);
    expect(jobs.map((job) => job.rows)).toEqual([7, 1, 5]);
  });

  test("it stays in the sandbox although the environment holds an account's key", () => {
    expect(report).toMatchObject({ ok: true, environment: "sandbox", jobRunsListed: 3 });
    expect(report.cuHours).toBeGreaterThan(0);
  });

  test("the table that Spark computed from the public data set is shown", () => {
    expect(ran.stderr).toContain("10000 reports of oss://sandbox/quickstart/birdstrikes.csv");
    expect(ran.stderr).toMatch(/Approach +4619 +409 +153 +10617324/);
  });

  test("every write is a question, and the approval by --yes is said in words", () => {
    expect(report.approvals).toEqual({ asked: 8, answeredBy: "--yes" });
    expect(ran.stderr.match(/Approved\s+by\s+--yes/g)).toHaveLength(8);
  });

  test("nothing is left behind", () => {
    expect(ran.left).toEqual([]);
  });
});

describe("with --cloud dli --yes --json", () => {
  let ran: ReturnType<typeof quickstart>;
  let report: Record<string, unknown>;
  beforeAll(() => {
    ran = quickstart(["--cloud", "dli", "--yes", "--json"], { HUAWEICLOUD_SDK_AK: "HPUAexample" });
    report = JSON.parse(ran.stdout);
  }, wholeTime);

  test("a batch and a statement end with rows, in the sandbox although the environment holds an account's key", () => {
    expect(ran.status, ran.stderr).toBe(0);
    expect(report).toMatchObject({
      ok: true,
      environment: "sandbox",
      batch: { state: "success", rows: 7 },
      sql: { state: "FINISHED", rows: 5 },
    });
  });

  test("a Flink job goes from one slot to two by itself, and on from its savepoint with its state", () => {
    expect(report.flink).toMatchObject({
      slots: { before: 1, after: 2 },
      savepoint: expect.stringMatching(/jobs\/savepoint\//),
      stateKept: true,
    });
    const { counted } = report.flink as { counted: { beforeStop: number; atEnd: number } };
    expect(counted.beforeStop).toBeGreaterThan(0);
    expect(counted.atEnd).toBeGreaterThan(counted.beforeStop);
  });

  test("every write was a question, and nothing is left behind", () => {
    expect(report.approvals).toEqual({ asked: 11, answeredBy: "--yes" });
    expect(ran.left).toEqual([]);
  });
});

describe("without a terminal and without --yes", () => {
  test("it stops with a sentence and creates nothing", () => {
    const { status, stdout, left } = quickstart(["--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      workspaceId: "",
      jobs: [],
      approvals: { asked: 0 },
      error: { code: "NOBODY_TO_ASK", fix: expect.stringContaining("--yes") },
    });
    expect(left).toEqual([]);
  });
});

describe("on a machine that lacks something", () => {
  test("an unknown option is named with the usage", () => {
    const { status, stderr } = quickstart(["--fast"]);
    expect(status).toBe(2);
    expect(stderr).toContain("--fast");
    expect(stderr).toContain("npm run quickstart --");
  });

  test("no Python ends in a sentence and a fix", () => {
    const { status, stdout, left } = quickstart(["--yes", "--json"], { PATH: temporary });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: "SPARK", problem: "No python3 was found.", fix: expect.stringContaining("PYSPARK_PYTHON") },
    });
    expect(left).toEqual([]);
  });

  test("an index without Spark ends in a sentence and a fix", () => {
    const { status, stdout } = quickstart(["--yes", "--json"], {
      XDG_CACHE_HOME: join(temporary, "cache"),
      PIP_INDEX_URL: "http://127.0.0.1:9/simple",
      PIP_RETRIES: "0",
      SPARK_HOME: "",
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      jobs: [],
      error: { code: "SPARK", fix: expect.stringContaining("SPARK_HOME") },
    });
  });
});
