import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JobEnd, RunningJob, SparkJob } from "../../src/sandbox/engine.ts";
import { createSparkEngine, type LocalSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import { groupMembers } from "../../src/sandbox/engines/spark/process-group.ts";

/** Real Spark: fetched by the first test on a machine, then from the cache. */
const fetchTime = 10 * 60_000;
const jobTime = 90_000;

const folder = mkdtempSync(join(tmpdir(), "spark-engine-e2e-"));
const storageFolder = join(folder, "storage");
const lake = join(storageFolder, "lake");
let engine: LocalSparkEngine;
let jobs = 0;

beforeAll(async () => {
  mkdirSync(lake, { recursive: true });
  engine = createSparkEngine({
    storageFolder,
    environment: {
      ...process.env,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: "host-secret",
      AWS_SECRET_ACCESS_KEY: "host-secret",
    },
  });
  await engine.prepare((line) => console.log(line), AbortSignal.timeout(fetchTime));
}, fetchTime);

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(job: Partial<SparkJob>): Promise<RunningJob> {
  jobs += 1;
  return engine.start({
    jobRunId: `jr-e2e-${jobs}`,
    workspaceId: "w-e2e",
    name: `job ${jobs}`,
    codeType: "PYTHON",
    entryPoint: "oss://lake/main.py",
    entryPointArguments: [],
    sparkSubmitParameters: "",
    configuration: {},
    logFolder: logFolder(),
    ...job,
  });
}

function logFolder(): string {
  return join(folder, "logs", String(jobs));
}

function log(name: "stdout" | "stderr" | "syslog" | "startup"): string {
  return readFileSync(join(logFolder(), `${name}.log`), "utf8");
}

async function run(job: Partial<SparkJob>): Promise<JobEnd> {
  return (await start(job)).end;
}

function program(key: string, ...lines: string[]): string {
  writeFileSync(join(lake, key), `${lines.join("\n")}\n`);
  return `oss://lake/${key}`;
}

const session = "from pyspark.sql import SparkSession; spark = SparkSession.builder.getOrCreate()";

describe("a PYTHON job", () => {
  test(
    "reads CSV from a bucket and writes Parquet to it, its logs kept apart",
    async () => {
      writeFileSync(join(lake, "people.csv"), "id,name\n1,Ada\n2,Grace\n");
      const entryPoint = program(
        "etl.py",
        session,
        "import sys",
        "people = spark.read.option('header', True).csv('oss://lake/people.csv')",
        "people.write.mode('overwrite').parquet(sys.argv[1])",
        "print('rows', spark.read.parquet(sys.argv[1]).count())",
        "print('to stderr', file=sys.stderr)",
      );
      const job = await start({ entryPoint, entryPointArguments: ["oss://lake/out people"] });
      expect(await job.applicationId).toMatch(/^spark-[0-9a-f]{32}$/);
      expect(await job.end).toEqual({ kind: "succeeded" });
      expect(readdirSync(join(lake, "out people"))).toContain("_SUCCESS");
      expect(readdirSync(join(lake, "out people")).filter((name) => name.endsWith(".crc"))).toEqual([]);
      expect(log("stdout")).toBe("rows 2\n");
      expect(log("stderr")).toBe("to stderr\n");
      expect(log("syslog")).toContain("INFO SparkContext: Running Spark version 3.5");
      expect(log("startup")).toContain("spark.app.name=job ");
      expect(await job.executors()).toMatchObject([{ executorId: "driver", removedReason: "the application ended" }]);
    },
    jobTime,
  );

  test(
    "that fails tells the root cause and leaves its traceback in stderr.log",
    async () => {
      const entryPoint = program("fail.py", session, "print('before')", "spark.read.parquet('oss://lake/none').show()");
      expect(await run({ entryPoint })).toEqual({
        kind: "failed",
        code: "ERR-120003",
        message: "AnalysisException: [PATH_NOT_FOUND] Path does not exist: oss://lake/none.",
        exitCode: 1,
      });
      expect(log("stdout")).toBe("before\n");
      expect(log("stderr")).toContain("Traceback (most recent call last):");
    },
    jobTime,
  );

  test(
    "cannot leave its bucket by a key with two dots",
    async () => {
      const entryPoint = program("escape.py", session, "spark.read.text('oss://lake/a/../../../logs').show()");
      expect(await run({ entryPoint })).toMatchObject({
        kind: "failed",
        message: expect.stringContaining("a key cannot hold '..'"),
      });
    },
    jobTime,
  );

  test(
    "sees --py-files, --files and its settings, and no secret of the host",
    async () => {
      writeFileSync(join(lake, "lib.py"), "ANSWER = 42\n");
      writeFileSync(join(lake, "app.conf"), "from the file");
      const entryPoint = program(
        "look.py",
        session,
        "import json, lib, os",
        "print(json.dumps({'lib': lib.ANSWER, 'file': open('app.conf').read(),",
        "  'conf': spark.conf.get('spark.my.text'), 'environment': dict(os.environ),",
        "  'application': spark.sparkContext.applicationId, 'heap': spark._jvm.Runtime.getRuntime().maxMemory()}))",
      );
      const job = await start({
        entryPoint,
        sparkSubmitParameters:
          "--py-files oss://lake/lib.py --files oss://lake/app.conf --conf 'spark.my.text=a=b \\ c: #1' --driver-memory 8g",
      });
      expect(await job.end).toEqual({ kind: "succeeded" });
      const seen: { application: string; heap: number; environment: Record<string, string> } = JSON.parse(
        log("stdout"),
      );
      expect(seen).toMatchObject({ lib: 42, file: "from the file", conf: "a=b \\ c: #1" });
      expect(seen.application).toBe(await job.applicationId);
      expect(seen.heap).toBeLessThan(1.1 * 2 ** 30);
      expect(Object.values(seen.environment)).not.toContain("host-secret");
      expect(log("startup")).toContain("spark.driver.memory=8g counts for the quota; the real heap is 1g");
    },
    jobTime,
  );
});

describe("a JAR job", () => {
  test(
    "runs the class it names",
    async () => {
      const entryPoint = `local://${await engine.piJar()}`;
      const parameters = { codeType: "JAR", entryPoint, sparkSubmitParameters: "--class SparkPi" } as const;
      expect(await run({ ...parameters, entryPointArguments: ["3"] })).toEqual({ kind: "succeeded" });
      expect(log("stdout")).toMatch(/^Pi is roughly 3\.1\d+\n$/);
    },
    jobTime,
  );

  test(
    "whose class is not there says so",
    async () => {
      const entryPoint = `local://${await engine.piJar()}`;
      expect(
        await run({ codeType: "JAR", entryPoint, sparkSubmitParameters: "--class org.example.Nope" }),
      ).toMatchObject({
        kind: "failed",
        code: "ERR-120001",
        message: "class org.example.Nope is not in the JAR",
      });
    },
    jobTime,
  );
});

describe("a SQL job", () => {
  test(
    "with its statements inline prints rows, tab-separated",
    async () => {
      const sql =
        "CREATE TABLE t USING parquet AS SELECT id, id % 2 AS odd FROM range(4); SELECT odd, count(*) AS n, 'a;b' FROM t GROUP BY odd ORDER BY odd";
      const job = await start({
        codeType: "SQL",
        entryPoint: "local:///tmp/spark-sql.sh",
        sparkSubmitParameters: `--conf spark.executor.instances=1 --conf spark.emr.sql.content=${sql}`,
      });
      expect(await job.end).toEqual({ kind: "succeeded" });
      expect(log("stdout")).toBe("0\t2\ta;b\n1\t2\ta;b\n");
      expect(await job.applicationId).toMatch(/^spark-[0-9a-f]{32}$/);
    },
    jobTime,
  );

  test(
    "from a file in a bucket prints the header when asked",
    async () => {
      const entryPoint = program("query.sql", "-- a comment; with a semicolon", "SELECT 1 AS one, 'x' AS two;");
      const end = await run({
        codeType: "SQL",
        entryPoint,
        entryPointArguments: ["-f", entryPoint],
        sparkSubmitParameters:
          "--class org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver --conf spark.hadoop.hive.cli.print.header=true",
      });
      expect(end).toEqual({ kind: "succeeded" });
      expect(log("stdout")).toBe("one\ttwo\n1\tx\n");
    },
    jobTime,
  );

  test(
    "with an unknown table fails with the error class of Spark",
    async () => {
      const sparkSubmitParameters = "--conf spark.emr.sql.content=SELECT * FROM nowhere";
      expect(
        await run({ codeType: "SQL", entryPoint: "local:///tmp/spark-sql.sh", sparkSubmitParameters }),
      ).toMatchObject({
        kind: "failed",
        code: "ERR-120003",
        message: expect.stringContaining("[TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere` cannot be found."),
      });
    },
    jobTime,
  );
});

describe("before Spark is started", () => {
  test("an option that the service does not take is refused", async () => {
    const job = await start({ sparkSubmitParameters: "--packages org.example:lib:1" });
    expect(await job.end).toMatchObject({ kind: "failed", code: "ERR-110001", exitCode: null });
    expect(job.processGroup).toBe(0);
    expect(log("startup")).toContain("refused: the option --packages is not accepted");
  });

  test("a missing entry point is named", async () => {
    expect(await run({ entryPoint: "oss://lake/none.py" })).toMatchObject({
      kind: "failed",
      code: "ERR-110002",
      message: "oss://lake/none.py does not exist (NoSuchKey)",
    });
  });
});

describe("a running job", () => {
  const endless = () =>
    program(
      "endless.py",
      "import signal, time",
      session,
      "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
      "def wait(rows):\n    time.sleep(600)\n    return rows",
      "print('working', flush=True)",
      "spark.sparkContext.parallelize([1, 2], 2).mapPartitions(wait).collect()",
    );

  async function startEndless(): Promise<RunningJob> {
    const job = await start({ entryPoint: endless() });
    await expect.poll(() => log("stdout"), { timeout: 60_000 }).toBe("working\n");
    // Until the Python workers run.
    await expect
      .poll(async () => (await groupMembers(job.processGroup)).length, { timeout: 30_000 })
      .toBeGreaterThan(5);
    return job;
  }

  test(
    "shows its executor and its logs, and is gone as a whole soon after it is cancelled",
    async () => {
      const job = await startEndless();
      expect(await job.executors()).toMatchObject([{ executorId: "driver" }]);
      expect(log("syslog")).toContain("SparkContext");
      const before = performance.now();
      await job.cancel();
      expect(performance.now() - before).toBeLessThan(11_000);
      expect(await groupMembers(job.processGroup)).toEqual([]);
      expect(await job.end).toEqual({ kind: "cancelled" });
    },
    jobTime,
  );

  test(
    "that an earlier sandbox left behind is reaped under its own id only",
    async () => {
      const job = await startEndless();
      await engine.reap(job.processGroup, "jr-of-another-sandbox");
      expect(await groupMembers(job.processGroup)).not.toEqual([]);
      await engine.reap(job.processGroup, `jr-e2e-${jobs}`);
      await sleep(100);
      expect(await groupMembers(job.processGroup)).toEqual([]);
    },
    jobTime,
  );
});
