import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { type DliTestSandbox, openDliSandbox } from "../doubles/sandbox-dli.ts";

/** What requests of DLI need to find: a pool with a queue of each type, files, jobs of every kind. */

type Input = Record<string, unknown>;
type Body = Record<string, unknown>;

export interface DliWorld extends DliTestSandbox {
  /** The answer's body; throws where it is a refusal. */
  ask(operation: string, input?: Input): Promise<Body>;
  /** @returns obs://sandbox/PATH */
  file(path: string, content?: string): string;
}

export const pool = "sandbox_pool";
export const sqlQueue = "sandbox_sql";
export const generalQueue = "sandbox_general";
export const tags = [{ key: "team", value: "etl" }];

export async function openDliWorld(options: Partial<SandboxOptions> = {}): Promise<DliWorld> {
  const opened = await openDliSandbox({ ...options, dli: { firstPool: true } });
  return {
    ...opened,
    async ask(operation, input) {
      const { status, body } = await opened.call(operation, input);
      if (status >= 300) throw new Error(`${operation}: ${status} ${JSON.stringify(body)}`);
      return body as Body;
    },
    file(path, content = "") {
      const target = join(opened.sandbox.storageFolder, "sandbox", path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
      return `obs://sandbox/${path}`;
    },
  };
}

/** One member of an answer's body, by its dotted path. */
export async function member(answer: Promise<Body>, path: string): Promise<string> {
  const value = path.split(".").reduce<unknown>((found, name) => (found as Body | undefined)?.[name], await answer);
  return String(value);
}

export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await condition()) return;
    await delay(5);
  }
  throw new Error(`it never came to that: ${what}`);
}

export async function resourceId({ ask }: DliWorld): Promise<string> {
  return member(ask("ShowQueue", { queue_name: sqlQueue }), "resource_id");
}

export function domainId({ ask }: DliWorld): Promise<string> {
  return member(ask("KeystoneListProjects"), "projects.0.domain_id");
}

export function newConnection({ ask }: DliWorld): Promise<string> {
  const request = { name: "rds", dest_vpc_id: "vpc-1", dest_network_id: "net-1", queues: [generalQueue], tags };
  return member(ask("CreateEnhancedConnection", request), "connection_id");
}

export async function newRoute(world: DliWorld): Promise<string> {
  const connection_id = await newConnection(world);
  await world.ask("CreateRouteToEnhancedConnection", { connection_id, name: "to_rds", cidr: "192.168.0.0/24" });
  return connection_id;
}

export async function newBatch(world: DliWorld, args: string[] = []): Promise<string> {
  return member(world.ask("CreateSparkJob", batchRequest(world, args)), "id");
}

export function batchRequest({ file }: DliWorld, args: string[] = []): Input {
  return { file: file("jobs/probe.py"), className: "", args, name: "probe", queue: generalQueue };
}

export async function endedBatch(world: DliWorld): Promise<string> {
  const batch_id = await newBatch(world, ["log=hello"]);
  await until(async () => (await world.ask("ShowSparkJobStatus", { batch_id })).state === "success", "success");
  return batch_id;
}

export async function newSqlJob({ ask }: DliWorld, sql = "SELECT 1"): Promise<string> {
  return member(ask("CreateSqlJob", { sql, queue_name: sqlQueue, tags }), "job_id");
}

export async function endedSqlJob(world: DliWorld): Promise<string> {
  const job_id = await newSqlJob(world);
  await until(async () => (await world.ask("ShowSqlJobStatus", { job_id })).status === "FINISHED", "FINISHED");
  return job_id;
}

export async function newFlinkJob({ ask, file }: DliWorld, change: Input = {}): Promise<number> {
  const request = { name: "clicks", entrypoint: file("jobs/clicks.jar"), queue_name: generalQueue, ...change };
  return Number(await member(ask("CreateFlinkJarJob", request), "job.job_id"));
}

export async function newFlinkSqlJob({ ask }: DliWorld): Promise<number> {
  const sql_body = "CREATE TABLE a (x INT); INSERT INTO b SELECT x FROM a";
  return Number(await member(ask("CreateFlinkSqlJob", { name: "counts", sql_body }), "job.job_id"));
}

export async function runningFlinkJob(world: DliWorld, change: Input = {}): Promise<number> {
  const job_id = await newFlinkJob(world, change);
  await world.ask("BatchRunFlinkJobs", { job_ids: [job_id] });
  await untilFlink(world, job_id, "job_running");
  return job_id;
}

export async function untilFlink({ ask }: DliWorld, job_id: number, status: string): Promise<void> {
  await until(async () => (await member(ask("ShowFlinkJob", { job_id }), "job_detail.status")) === status, status);
}

/** The folder of a savepoint as a stopped job left it. */
export async function savepointOf(world: DliWorld): Promise<{ job_id: number; savepoint_path: string }> {
  const job_id = await runningFlinkJob(world, { obs_bucket: "sandbox" });
  await world.ask("BatchStopFlinkJobs", { job_ids: [job_id], trigger_savepoint: true });
  await until(
    async () => (await member(world.ask("ShowFlinkJob", { job_id }), "job_detail.has_savepoint")) === "true",
    "a savepoint",
  );
  return { job_id, savepoint_path: await member(world.ask("ShowFlinkJob", { job_id }), "job_detail.savepoint_path") };
}

export async function newDatabase({ ask }: DliWorld): Promise<string> {
  await ask("CreateDatabase", { database_name: "sales" });
  return "sales";
}

export async function newPackage(world: DliWorld): Promise<string> {
  await world.ask("UploadJobResources", { paths: [world.file("lib/dep.jar")], kind: "jar", group: "libs" });
  return "dep.jar";
}
