import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { EngineUnavailable } from "../../engine.ts";
import type { SqlApplication, SqlUser, ThriftAddress } from "../../sql-engine.ts";
import {
  driverCommand,
  driverEnvironment,
  type Installation,
  makeRun,
  type Run,
  writeRunFiles,
} from "../spark/launch.ts";
import { type Group, startGroup } from "../spark/process-group.ts";
import { explainFailure } from "../spark/root-cause.ts";
import { renderSubmission, type Submission } from "../spark/settings.ts";
import { openStartupLog } from "../spark/startup-log.ts";
import { serverClass } from "./jar.ts";

/** A Spark that answers one user, from before its process exists until after its end. */
export interface Application {
  describe(): SqlApplication;
  /** Rejects when it ended before it could answer. */
  ready: Promise<ThriftAddress>;
  /** Settles when nothing of the process is left. */
  end: Promise<void>;
  stop(): Promise<void>;
}

export interface ApplicationOptions {
  installation: Installation;
  serverJar: string;
  /** Receives the logs of this application. */
  folder: string;
  /** Holds one file for each process that lives, for the next sandbox to find after a crash. */
  processFolder: string;
  storageFolder: string;
  cores: number;
  hostEnvironment: NodeJS.ProcessEnv;
}

/** Spark and the Thrift service are there within 10 s on two cores; a loaded machine takes several times that. */
const startLimitMs = 180_000;

export function newApplicationId(): string {
  return `spark-${randomUUID().replaceAll("-", "")}`;
}

export async function startApplication(
  user: SqlUser,
  applicationId: string,
  options: ApplicationOptions,
): Promise<Application> {
  const name = user.sparkConf["spark.app.name"] ?? user.name;
  const run = await makeRun(options.folder);
  const log = openStartupLog(run.startup);
  const submission = render(user, applicationId, name, options, run);
  const password = randomBytes(32).toString("base64url");
  const readyFile = join(run.configuration, "ready.json");
  const startTime = Date.now();
  await writeRunFiles(run, submission, options.installation.python);
  const group = await startProcess(applicationId, submission, run, password, options);
  log(`Spark of ${user.name} started, process group ${group.id}`);
  const processFile = join(options.processFolder, applicationId);
  await writeFile(processFile, String(group.id), { mode: 0o600 });

  let state: SqlApplication["state"] = "STARTING";
  let endTime: number | undefined;
  let stopping = false;
  const end = group.exit.then(async ({ code, signal }) => {
    state = stopping || code === 0 ? "TERMINATED" : "ERROR";
    endTime = Date.now();
    log(`ended: ${signal ?? `exit code ${code}`}`);
    // The event log stays; the configuration may hold secrets.
    const passing = [run.temporary, run.work, run.configuration, processFile];
    await Promise.all(passing.map((path) => rm(path, { recursive: true, force: true })));
  });
  const stop = async () => {
    stopping = true;
    await group.stop();
    await end;
  };
  const ready = waitUntilReady(readyFile, group, run).then(
    ({ port }) => {
      if (state === "STARTING") state = "RUNNING";
      log(`answers after ${((Date.now() - startTime) / 1000).toFixed(1)} s`);
      const authorization = `Basic ${Buffer.from(`${user.name}:${password}`).toString("base64")}`;
      return { host: "127.0.0.1", port, authorization };
    },
    async (error: unknown) => {
      await group.stop();
      throw error;
    },
  );
  // Whoever waits for it is told; nobody may be waiting.
  ready.catch(() => {});
  return {
    describe: () => ({ applicationId, name, state, startTime, ...(endTime === undefined ? {} : { endTime }) }),
    ready,
    end,
    stop,
  };
}

/** As a JAR job of the person's would be: the same settings have effect, the same are overruled. */
function render(
  user: SqlUser,
  applicationId: string,
  name: string,
  { cores, storageFolder, serverJar }: ApplicationOptions,
  run: Run,
): Submission {
  const submission = renderSubmission(
    {
      jobRunId: applicationId,
      workspaceId: "",
      name,
      codeType: "JAR",
      entryPoint: pathToFileURL(serverJar).href,
      entryPointArguments: [user.name, join(run.configuration, "ready.json"), String((user.idleMinutes ?? 0) * 60)],
      sparkSubmitParameters: `--class ${serverClass}`,
      configuration: { ...defaults, ...user.sparkConf },
      logFolder: "",
    },
    { cores, applicationId, storageFolder },
    run,
  );
  if ("kind" in submission) {
    throw new EngineUnavailable(`Spark takes these settings not: ${submission.message}`, "Correct sparkConfigs.");
  }
  const missing = submission.needed.find(({ file }) => !existsSync(file));
  if (missing) throw new EngineUnavailable(`${missing.asked}: ${missing.file} does not exist`, "Correct sparkConfigs.");
  return submission;
}

/** Rows of a large result leave the engine part by part, so its memory does not grow with the result. */
const defaults = { "spark.sql.thriftServer.incrementalCollect": "true" };

async function startProcess(
  applicationId: string,
  submission: Submission,
  run: Run,
  password: string,
  { installation, hostEnvironment }: ApplicationOptions,
): Promise<Group> {
  const stdout = await open(run.stdout, "a");
  const stderr = await open(run.stderr, "a");
  const { extraClassPath } = submission;
  try {
    return await startGroup({
      label: applicationId,
      command: driverCommand(installation, run, submission, { jobRunId: applicationId }),
      folder: run.work,
      environment: {
        ...driverEnvironment(installation, run, { jobRunId: applicationId, extraClassPath, hostEnvironment }),
        SANDBOX_SQL_PASSWORD: password,
      },
      stdout: stdout.fd,
      stderr: stderr.fd,
    });
  } finally {
    await Promise.all([stdout.close(), stderr.close()]);
  }
}

async function waitUntilReady(readyFile: string, group: Group, run: Run): Promise<{ port: number }> {
  let ended: Awaited<Group["exit"]> | undefined;
  void group.exit.then((exit) => {
    ended = exit;
  });
  for (const deadline = Date.now() + startLimitMs; Date.now() < deadline; await sleep(50)) {
    if (existsSync(readyFile)) return JSON.parse(readFileSync(readyFile, "utf8")) as { port: number };
    if (ended === undefined) continue;
    const [stderr, syslog] = await Promise.all([readTail(run.stderr), readTail(run.syslog)]);
    const { message } = explainFailure({ exitCode: ended.code, signal: ended.signal, stderr, syslog });
    throw new Error(`Spark ended before it could answer: ${message}`);
  }
  throw new Error(`Spark did not answer within ${startLimitMs / 1000} s`);
}

const tailBytes = 256 * 1024;

async function readTail(path: string): Promise<string> {
  const { size } = await stat(path);
  const bytes = await readFile(path);
  return bytes.toString("utf8", Math.max(0, size - tailBytes));
}
