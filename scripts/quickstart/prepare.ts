import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";
import { EngineUnavailable } from "../../src/sandbox/engine.ts";
import { createFlinkEngine } from "../../src/sandbox/engines/flink/engine.ts";
import { createSparkEngine } from "../../src/sandbox/engines/spark/engine.ts";
import { Stopped } from "./stopped.ts";

export interface Prepared {
  sparkVersion: string;
  /** A small Spark program as a JAR. */
  piJar: string;
}

export function buildServer(): void {
  const built = spawnSync(process.execPath, [join(packageRoot, "scripts", "build.ts")], { encoding: "utf8" });
  if (built.status === 0) return;
  const reason = built.stderr.split("\n").find((line) => /error/i.test(line)) ?? `exit code ${built.status}`;
  throw new Stopped(
    "BUILD",
    `The server cannot be built: ${reason.trim()}`,
    "Remove node_modules, run npm ci, try again.",
  );
}

/** Finds Java and Python, fetches Spark the first time, and compiles the JAR job. */
export async function prepareSpark(progress: (line: string) => void, signal: AbortSignal): Promise<Prepared> {
  // No job runs on this engine: the server has one of its own.
  const engine = createSparkEngine({ storageFolder: tmpdir() });
  try {
    const { sparkVersion } = await engine.prepare(progress, signal);
    return { sparkVersion, piJar: await engine.piJar() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineUnavailable) throw new Stopped("SPARK", sentence(error.message), error.fix);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Stopped(
      "SPARK",
      `Spark cannot be made ready: ${reason}`,
      "Run `node dist/bin.js doctor`, then try again.",
    );
  } finally {
    await engine.close();
  }
}

/** Fetches Flink the first time, and compiles the streaming job. */
export async function prepareFlink(
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<{ flinkVersion: string; rollingCountJar: string }> {
  // No job runs on this engine: the server has one of its own.
  const dataFolder = mkdtempSync(join(tmpdir(), "spark-workspace-flink-"));
  const engine = createFlinkEngine({ storageFolder: dataFolder, dataFolder });
  try {
    const { flinkVersion } = await engine.prepare(progress, signal);
    return { flinkVersion, rollingCountJar: await engine.rollingCountJar() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineUnavailable) throw new Stopped("FLINK", sentence(error.message), error.fix);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Stopped(
      "FLINK",
      `Flink cannot be made ready: ${reason}`,
      "Run `node dist/bin.js doctor`, then try again.",
    );
  } finally {
    await engine.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
