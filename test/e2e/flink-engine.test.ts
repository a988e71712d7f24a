import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createFlinkEngine, type LocalFlinkEngine } from "../../src/sandbox/engines/flink/engine.ts";
import { groupMembers } from "../../src/sandbox/engines/spark/process-group.ts";
import { type FlinkJob, FlinkRefused, type FlinkStatus, type RunningFlinkJob } from "../../src/sandbox/flink-engine.ts";

/** Real Flink: fetched by the first test on a machine, then from the cache. */
const fetchTime = 10 * 60_000;
const jobTime = 240_000;

const folder = mkdtempSync(join(tmpdir(), "flink-engine-e2e-"));
const storageFolder = join(folder, "storage");
const lake = join(storageFolder, "lake");
const one = { parallelism: 1, taskManagers: 1, slotsPerTaskManager: 1 };
const two = { parallelism: 2, taskManagers: 2, slotsPerTaskManager: 1 };
const started: RunningFlinkJob[] = [];
let engine: LocalFlinkEngine;
let rollingCount: string;
let jobs = 0;

beforeAll(async () => {
  mkdirSync(lake, { recursive: true });
  engine = createFlinkEngine({
    storageFolder,
    dataFolder: join(folder, "data"),
    environment: { ...process.env, HUAWEICLOUD_SDK_SK: "host-secret" },
  });
  await engine.prepare((line) => console.log(line), AbortSignal.timeout(fetchTime));
  rollingCount = pathToFileURL(await engine.rollingCountJar()).href;
}, fetchTime);

afterEach(async () => {
  await Promise.all(started.splice(0).map((job) => job.cancel()));
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(job: Partial<FlinkJob>): Promise<RunningFlinkJob> {
  jobs += 1;
  const running = await engine.start({
    jobId: `flink-e2e-${jobs}`,
    name: `job ${jobs}`,
    program: jar("--rate", "40"),
    size: one,
    configuration: {},
    logFolder: logFolder(),
    stateFolder: join(folder, "state", String(jobs)),
    ...job,
  });
  started.push(running);
  return running;
}

function jar(...words: string[]): FlinkJob["program"] {
  return { kind: "jar", entrypoint: rollingCount, arguments: words, dependencyJars: [] };
}

function logFolder(): string {
  return join(folder, "logs", String(jobs));
}

/** What the TaskManagers of the newest job have printed. */
function printed(): string[] {
  const files = readdirSync(logFolder()).filter((name) => /^taskmanager-\d+\.out$/.test(name));
  return files.flatMap((name) => readFileSync(join(logFolder(), name), "utf8").split("\n")).filter((line) => line);
}

/** Highest count printed for key 0: "0,17", behind "2> " when there is more than one subtask. */
function counted(): number {
  return Math.max(0, ...counts());
}

function counts(): number[] {
  return printed().flatMap((line) => Number(/^(?:\d+> )?0,(\d+)$/.exec(line)?.[1] ?? Number.NaN) || []);
}

async function until<Value>(ask: () => Value | undefined | false | Promise<Value | undefined | false>): Promise<Value> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(200)) {
    const value = await ask();
    if (value !== undefined && value !== false) return value;
  }
  throw new Error("it has not come to that within two minutes");
}

async function statusWith(job: RunningFlinkJob, holds: (status: FlinkStatus) => boolean): Promise<FlinkStatus> {
  return until(async () => {
    const status = await job.status();
    return holds(status) && status;
  });
}

const everySecond = { intervalMs: 1000, mode: "exactly_once" } as const;

describe("a JAR job", () => {
  test(
    "runs, tells what its vertices do, takes checkpoints and shows its plan",
    async () => {
      const job = await start({ checkpoint: everySecond });
      const status = await statusWith(job, ({ lastCheckpoint, vertices }) => {
        return lastCheckpoint !== undefined && vertices.every((each) => each.recordsRead + each.recordsWritten > 20);
      });
      expect(job.flinkJobId).toMatch(/^[0-9a-f]{32}$/);
      expect(status).toMatchObject({ state: "RUNNING", size: one, restarts: 0 });
      expect(status.vertices.map(({ name }) => name).sort()).toEqual(["Source: events", "count -> Sink: print"]);
      const source = status.vertices.find(({ name }) => name === "Source: events");
      // It waits for its rate inside of a record, which Flink counts as work.
      expect(source?.busy).toBeGreaterThan(0.5);
      expect(status.lastCheckpoint).toContain(join(folder, "state", String(jobs)));
      expect(await job.plan()).toMatchObject({ nodes: expect.arrayContaining([expect.anything(), expect.anything()]) });
      expect(readFileSync(join(logFolder(), "jobmanager.log"), "utf8")).toContain(
        `Loading configuration property: pipeline.name, job ${jobs}`,
      );
    },
    jobTime,
  );

  test(
    "keeps its counts from one slot to two and back, on other TaskManagers",
    async () => {
      const job = await start({ checkpoint: everySecond });
      await until(() => counted() > 20);
      const before = counted();
      const { flinkJobId } = job;
      await job.rescale(two);
      const status = await job.status();
      expect(status).toMatchObject({ size: two, restarts: 0 });
      expect(status.vertices.map(({ parallelism }) => parallelism)).toEqual([2, 2]);
      expect(job.flinkJobId).toBe(flinkJobId);
      await until(() => counted() > before + 20);
      expect(counts().filter((count) => count === 1)).toEqual([1]);

      await job.rescale(one);
      expect((await job.status()).vertices.map(({ parallelism }) => parallelism)).toEqual([1, 1]);
      const end = counted();
      await until(() => counted() > end + 10);
      expect(counts().filter((count) => count === 1)).toEqual([1]);
    },
    jobTime,
  );

  test(
    "is started again from a savepoint for TaskManagers of another size, its counts kept",
    async () => {
      const job = await start({});
      await until(() => counted() > 20);
      const { flinkJobId } = job;
      await job.rescale({ parallelism: 2, taskManagers: 1, slotsPerTaskManager: 2 });
      expect(job.flinkJobId).not.toBe(flinkJobId);
      const before = counted();
      await until(() => counted() > before + 20);
      expect(counts().filter((count) => count === 1)).toEqual([1]);
    },
    jobTime,
  );

  test(
    "goes on after a savepoint, stops with another, and resumes from that one where it was",
    async () => {
      const job = await start({});
      await until(() => counted() > 20);
      const running = await job.savepoint();
      expect(readdirSync(running)).toContain("_metadata");
      expect((await job.status()).state).toBe("RUNNING");
      const savepoint = await job.stop();
      expect(await job.end).toEqual({ kind: "stopped", savepoint });
      expect(await groupMembers(job.processGroup)).toEqual([]);
      const before = counted();

      const resumed = await start({ resumeFrom: savepoint, size: two });
      await until(() => counted() > before + 20);
      expect(Math.min(...counts())).toBe(before + 1);
      expect((await resumed.status()).state).toBe("RUNNING");
    },
    jobTime,
  );

  test(
    "writes to a bucket and ends by itself",
    async () => {
      const program = jar("--events", "40", "--rate", "1000", "--output", "obs://lake/counts");
      const job = await start({ program, checkpoint: everySecond });
      expect(await job.end).toEqual({ kind: "finished" });
      const lines = parts(join(lake, "counts")).flatMap((text) => text.trim().split("\n"));
      expect(lines).toHaveLength(40);
      expect(lines).toContain("3,10");
    },
    jobTime,
  );

  test("that is not there is refused before anything is started", async () => {
    const program: FlinkJob["program"] = {
      kind: "jar",
      entrypoint: "obs://lake/none.jar",
      arguments: [],
      dependencyJars: [],
    };
    await expect(start({ program })).rejects.toThrow(
      new FlinkRefused("obs://lake/none.jar does not exist (NoSuchKey)"),
    );
  });

  test(
    "whose main fails is refused with its own words, and one whose task fails ends with them",
    async () => {
      await expect(start({ program: jar("--rate", "many") })).rejects.toThrow('For input string: "many"');

      const job = await start({ program: jar("--keys", "0") });
      expect(await job.end).toEqual({
        kind: "failed",
        message: expect.stringContaining("java.lang.ArithmeticException: / by zero"),
      });
      expect(await groupMembers(job.processGroup)).toEqual([]);
    },
    jobTime,
  );

  test(
    "finds its classes in dependency JARs of a bucket",
    async () => {
      const source = (name: string, ...lines: string[]) => {
        writeFileSync(join(folder, `${name}.java`), lines.join("\n"));
        return join(folder, `${name}.java`);
      };
      const words = source("Words", 'public class Words { public static String of(Long n) { return "word " + n; } }');
      const program = source(
        "Speak",
        "import org.apache.flink.api.common.typeinfo.Types;",
        "import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;",
        "public class Speak { public static void main(String[] args) throws Exception {",
        "  StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();",
        "  environment.fromSequence(1, 3).map(n -> Words.of(n)).returns(Types.STRING).print();",
        "  environment.execute();",
        "} }",
      );
      await engine.compileProgram({ sources: [words] }, join(lake, "words.jar"));
      const libraries = [join(lake, "words.jar")];
      await engine.compileProgram({ sources: [program], libraries }, join(lake, "speak.jar"));
      const speak = { kind: "jar", entrypoint: "obs://lake/speak.jar", mainClass: "Speak", arguments: [] } as const;
      const job = await start({ program: { ...speak, dependencyJars: ["obs://lake/words.jar"] } });
      expect(await job.end).toEqual({ kind: "finished" });
      expect(printed().filter((line) => line.startsWith("word "))).toEqual(["word 1", "word 2", "word 3"]);
    },
    jobTime,
  );

  test(
    "goes on with its counts when a TaskManager is lost, if it may restart",
    async () => {
      const configuration = { "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "3" };
      const job = await start({ checkpoint: everySecond, configuration });
      await statusWith(job, ({ lastCheckpoint }) => lastCheckpoint !== undefined && counted() > 20);
      const [lost] = processesOf(`flink-e2e-${jobs}`).filter((pid) => {
        const words = commandOf(pid);
        return words[0]?.endsWith("java") && words.some((word) => word.endsWith(".TaskManagerRunner"));
      });
      if (lost === undefined) throw new Error("no TaskManager");
      process.kill(lost, "SIGKILL");
      const before = counted();
      await until(() => counted() > before + 20);
      expect(counts().filter((count) => count === 1)).toEqual([1]);
      expect((await job.status()).restarts).toBeGreaterThan(0);
    },
    jobTime,
  );

  test(
    "that is cancelled leaves no process, and its environment held no secret of the host",
    async () => {
      const job = await start({});
      await until(() => counted() > 0);
      const environment = readFileSync(`/proc/${job.processGroup}/environ`, "utf8");
      expect(environment).toContain("FLINK_CONF_DIR");
      expect(environment).not.toContain("host-secret");
      expect(processesOf(`flink-e2e-${jobs}`)).not.toEqual([]);
      await job.cancel();
      expect(await job.end).toEqual({ kind: "cancelled" });
      expect(processesOf(`flink-e2e-${jobs}`)).toEqual([]);
    },
    jobTime,
  );

  test(
    "cannot move its cluster off loopback by a setting",
    async () => {
      const job = await start({
        configuration: { "rest.bind-address": "0.0.0.0", "taskmanager.bind-host": "0.0.0.0" },
      });
      await until(() => counted() > 0);
      const open = readFileSync("/proc/net/tcp", "utf8") + readFileSync("/proc/net/tcp6", "utf8");
      const inodes = processesOf(`flink-e2e-${jobs}`).flatMap((pid) => sockets(pid));
      const listening = open.split("\n").flatMap((line) => {
        const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
        return state === "0A" && inode !== undefined && inodes.includes(inode) ? [local?.split(":")[0]] : [];
      });
      expect(listening.length).toBeGreaterThan(4);
      expect([...new Set(listening)]).toEqual(["0000000000000000FFFF00000100007F"]);
      await job.cancel();
    },
    jobTime,
  );
});

describe("a SQL job", () => {
  test(
    "runs all its INSERTs as one job: a count that is printed, rows in a bucket",
    async () => {
      const statements = `
        -- every second ten; a comment has semicolons too
        SET 'table.exec.mini-batch.enabled' = 'false';
        CREATE TABLE readings (sensor INT, label STRING) WITH (
          'connector' = 'datagen', 'rows-per-second' = '50',
          'fields.sensor.min' = '1', 'fields.sensor.max' = '3', 'fields.label.length' = '4');
        CREATE TABLE counts (sensor INT, n BIGINT) WITH ('connector' = 'print');
        CREATE TABLE rows_kept (sensor INT, label STRING) WITH (
          'connector' = 'filesystem', 'path' = 'obs://lake/rows', 'format' = 'csv');
        EXECUTE STATEMENT SET BEGIN
          INSERT INTO counts SELECT sensor, COUNT(*) FROM readings GROUP BY sensor;
          INSERT INTO rows_kept SELECT sensor, CONCAT(label, ';') FROM readings;
        END;`;
      const job = await start({ program: { kind: "sql", statements }, checkpoint: everySecond });
      await until(() => printed().some((line) => /^\+U\[\d, \d{2,}\]$/.test(line)));
      await until(() => parts(join(lake, "rows")).some((text) => /^[123],"?\w{4};"?$/m.test(text)));
      // Of a source, Flink's own totals have nothing that was read.
      await statusWith(job, ({ vertices }) =>
        vertices.some((each) => each.recordsRead > 30 && /^Source/.test(each.name)),
      );
    },
    jobTime,
  );

  test(
    "is refused with the statement, line and column of its fault",
    async () => {
      const statements = `CREATE TABLE t (a INT) WITH ('connector' = 'datagen');
        CREATE TABLE o (a INT) WITH ('connector' = 'print');
        INSERT INTO o SELECT b FROM t;`;
      await expect(start({ program: { kind: "sql", statements } })).rejects.toThrow(
        "statement 3: At line 1, column 22: Column 'b' not found in any table",
      );
    },
    jobTime,
  );
});

describe("the engine", () => {
  test(
    "ends what a crashed sandbox left, by the recorded process groups",
    async () => {
      const dataFolder = join(folder, "crashed");
      const jobId = "flink-e2e-crashed";
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", jobId], {
        detached: true,
        stdio: "ignore",
      });
      const { pid } = child;
      if (pid === undefined) throw new Error("not started");
      mkdirSync(join(dataFolder, jobId, "processes"), { recursive: true });
      writeFileSync(join(dataFolder, jobId, "processes", String(pid)), "");
      const next = createFlinkEngine({ storageFolder, dataFolder });
      await next.reap(0, jobId);
      expect(await groupMembers(pid)).toEqual([]);
      expect(readdirSync(dataFolder)).toEqual([]);
      await next.close();
    },
    jobTime,
  );
});

function parts(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => readFileSync(join(each.parentPath, each.name), "utf8"));
}

/** Living processes whose command line names the job. */
function processesOf(jobId: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      return commandOf(Number(pid)).some((word) => word === jobId || word.endsWith(`=${jobId}`)) ? [Number(pid)] : [];
    });
}

function commandOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`).split("\0");
}

function sockets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap(
    (fd) => /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
