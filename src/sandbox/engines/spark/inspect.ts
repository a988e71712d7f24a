import { homedir } from "node:os";
import { join } from "node:path";
import { EngineUnavailable } from "../../engine.ts";
import { readSparkHome } from "./fetch.ts";
import { findJava } from "./java.ts";
import { findPython } from "./python.ts";

export interface EngineFinding {
  name: "java" | "python" | "spark";
  state: "ok" | "missing" | "note";
  what: string;
  fix?: string;
}

/** What the engine would find, without fetching or starting anything. */
export async function inspectEngine(environment: NodeJS.ProcessEnv): Promise<EngineFinding[]> {
  const java = await look("java", () => {
    const { home, version } = findJava(environment);
    return `${version} in ${home}`;
  });
  const python = await look("python", async () => {
    const { executable, version } = await findPython(environment);
    return `${version} at ${executable}`;
  });
  return [java, python, inspectSpark(environment)];
}

async function look(name: "java" | "python", find: () => string | Promise<string>): Promise<EngineFinding> {
  try {
    return { name, state: "ok", what: await find() };
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    return { name, state: "missing", what: error.message, fix: error.fix };
  }
}

function inspectSpark(environment: NodeJS.ProcessEnv): EngineFinding {
  const cache = join(
    environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache"),
    "spark-workspace-mcp",
    "spark-3.5.8",
  );
  for (const home of [environment.SPARK_HOME, cache]) {
    const spark = home ? readSparkHome(home) : undefined;
    if (spark) return { name: "spark", state: "ok", what: `${spark.version} in ${spark.home}` };
  }
  return {
    name: "spark",
    state: "note",
    what: "not here yet; the first job fetches it once (about 320 MB, from PyPI)",
  };
}
