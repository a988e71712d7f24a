import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CloudTransport } from "../src/clouds/transport.ts";
import { isTerminal } from "../src/jobs/states.ts";
import { createSparkEngine } from "../src/sandbox/engines/spark/engine.ts";
import { findPython } from "../src/sandbox/engines/spark/python.ts";
import { type Sandbox, startSandbox, storageFolderOf } from "../src/sandbox/sandbox.ts";
import { send, transportTo } from "./cloud.ts";
import { figure, type Measured, ratios } from "./figures.ts";

const pairs = 4;
/** Also the coarseness of the sandbox's figure. */
const pollMs = 100;
const longestJobMs = 5 * 60_000;

const program = `from random import random
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("pi").getOrCreate()
points = 1_000_000
inside = spark.sparkContext.parallelize(range(points), 8).filter(lambda _: random() ** 2 + random() ** 2 < 1).count()
print("Pi is roughly", 4 * inside / points)
spark.stop()
`;

/**
 * The same program with the same Spark and Python: as a job of the sandbox, from the answer of StartJobRun to the state
 * Success as a client polls it, and by bin/spark-submit with its defaults (local[*]), from spawn to exit.
 */
export async function measureJob(folder: string, progress: (line: string) => void): Promise<Measured> {
  const dataFolder = join(folder, "sandbox");
  const storageFolder = storageFolderOf(dataFolder);
  const engine = createSparkEngine({ storageFolder });
  const sandbox = await startSandbox({
    dataFolder,
    engine,
    firstWorkspace: { workspaceName: "bench", cu: 8 },
    timings: { workspaceStartMs: 0 },
  });
  try {
    const patience = AbortSignal.timeout(15 * 60_000);
    const { sparkHome } = await engine.prepare(progress, patience);
    // A sandbox makes it when it first has nothing to do; here every job has it.
    await engine.recordClasses(progress, patience);
    mkdirSync(join(storageFolder, "bench"), { recursive: true });
    const file = join(storageFolder, "bench", "pi.py");
    writeFileSync(file, program);

    const transport = transportTo(sandbox);
    const workspaceId = await theWorkspace(sandbox, transport);
    const { executable: python } = await findPython(process.env);
    const bare = { sparkHome, python, file, folder };
    // Once each for the disk's cache and Python's compiled modules.
    await runJob(sandbox, transport, workspaceId);
    await runBare(bare);
    const jobs: number[] = [];
    const submits: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      jobs.push(await runJob(sandbox, transport, workspaceId));
      submits.push(await runBare(bare));
      progress(
        `pair ${pair + 1} of ${pairs}: ${Math.round(jobs.at(-1) ?? 0)} and ${Math.round(submits.at(-1) ?? 0)} ms`,
      );
    }
    return [
      figure(`PySpark job in the sandbox, polled every ${pollMs} ms`, "ms", jobs),
      figure("the same program by bin/spark-submit", "ms", submits),
      figure("sandbox against spark-submit", "ratio", ratios(jobs, submits), { aim: 1.1 }),
    ];
  } finally {
    await sandbox.close();
  }
}

async function theWorkspace({ regionId }: Sandbox, transport: CloudTransport): Promise<string> {
  const { workspaces } = await send(transport, regionId, "ListWorkspaces", {});
  const workspaceId = workspaces?.[0]?.workspaceId;
  if (workspaceId === undefined) throw new Error("the sandbox has no workspace");
  return workspaceId;
}

async function runJob({ regionId }: Sandbox, transport: CloudTransport, workspaceId: string): Promise<number> {
  const { releaseVersions } = await send(transport, regionId, "ListReleaseVersions", {
    releaseVersionStatus: "ONLINE",
  });
  const releaseVersion = releaseVersions?.find(({ fusion }) => !fusion)?.releaseVersion;
  const { jobRunId } = await send(transport, regionId, "StartJobRun", {
    workspaceId,
    name: "pi",
    codeType: "PYTHON",
    resourceQueueId: "root_queue",
    ...(releaseVersion !== undefined && { releaseVersion }),
    jobDriver: { sparkSubmit: { entryPoint: "oss://bench/pi.py", sparkSubmitParameters: sizes } },
  });
  const accepted = performance.now();
  if (jobRunId === undefined) throw new Error("StartJobRun answered no jobRunId");
  while (performance.now() - accepted < longestJobMs) {
    const { jobRun } = await send(transport, regionId, "GetJobRun", { workspaceId, jobRunId });
    const state = jobRun?.state ?? "";
    if (isTerminal(state)) {
      if (state !== "Success") throw new Error(`the job ended ${state}: ${JSON.stringify(jobRun?.stateChangeReason)}`);
      return performance.now() - accepted;
    }
    await sleep(pollMs);
  }
  throw new Error("the job did not end");
}

/** Small enough for the workspace's quota; the sandbox's scheduler counts them, its JVM has the same size for every job. */
const sizes =
  "--conf spark.driver.cores=1 --conf spark.driver.memory=1g --conf spark.executor.cores=1 --conf spark.executor.memory=1g --conf spark.executor.instances=1";

async function runBare({
  sparkHome,
  python,
  file,
  folder,
}: Record<"sparkHome" | "python" | "file" | "folder", string>) {
  const { SPARK_CONF_DIR, PYTHONPATH, ...environment } = process.env;
  const started = performance.now();
  const child = spawn(join(sparkHome, "bin", "spark-submit"), [file], {
    cwd: folder,
    // Loopback only, as in the sandbox; nothing else of Spark's defaults is touched.
    env: { ...environment, SPARK_HOME: sparkHome, SPARK_LOCAL_IP: "127.0.0.1", PYSPARK_PYTHON: python },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: longestJobMs,
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-2_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`spark-submit ended with ${code}: ${stderr}`);
  return performance.now() - started;
}
