import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { ExecutorSummary } from "../../engine.ts";

/** Spark names the event log after the application, with ".inprogress" behind it while the application lives. */
export async function findEventLog(folder: string): Promise<{ applicationId: string; file: string } | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  const [name] = names.filter((each) => !each.startsWith(".")).sort();
  if (name === undefined) return undefined;
  return { applicationId: name.replace(/\.inprogress$/, ""), file: join(folder, name) };
}

const event = z.discriminatedUnion("Event", [
  z.object({
    Event: z.literal("SparkListenerExecutorAdded"),
    Timestamp: z.number(),
    "Executor ID": z.string(),
    "Executor Info": z.object({ Host: z.string(), "Total Cores": z.number() }),
  }),
  z.object({
    Event: z.literal("SparkListenerExecutorRemoved"),
    Timestamp: z.number(),
    "Executor ID": z.string(),
    "Removed Reason": z.string(),
  }),
  z.object({ Event: z.literal("SparkListenerApplicationEnd"), Timestamp: z.number() }),
]);

const wanted = /^\{"Event":"SparkListener(?:ExecutorAdded|ExecutorRemoved|ApplicationEnd)"/;

/** In local mode Spark has one executor, which lives in the driver and is called "driver". */
export async function readExecutors(folder: string): Promise<ExecutorSummary[]> {
  const log = await findEventLog(folder);
  if (log === undefined) return [];
  const file = await open(log.file).catch(() => undefined);
  // Spark has just renamed it, so this look finds the new name.
  if (file === undefined) return readExecutors(folder);
  const executors = new Map<string, ExecutorSummary>();
  for await (const line of file.readLines()) {
    if (!wanted.test(line)) continue;
    const read = event.safeParse(parseLine(line));
    // A line still being written is read the next time.
    if (read.success) apply(executors, read.data);
  }
  return [...executors.values()];
}

function apply(executors: Map<string, ExecutorSummary>, read: z.infer<typeof event>): void {
  if (read.Event === "SparkListenerExecutorAdded") {
    const executorId = read["Executor ID"];
    const { Host: host, "Total Cores": cores } = read["Executor Info"];
    executors.set(executorId, { executorId, host, cores, addedAt: read.Timestamp });
    return;
  }
  const ended =
    read.Event === "SparkListenerExecutorRemoved" ? [executors.get(read["Executor ID"])] : executors.values();
  for (const executor of ended) {
    if (executor === undefined || executor.removedAt !== undefined) continue;
    executor.removedAt = read.Timestamp;
    executor.removedReason = "Removed Reason" in read ? read["Removed Reason"] : "the application ended";
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
