import { homedir } from "node:os";
import { join } from "node:path";
import { cachedFlinkFolder, readFlinkHome } from "./fetch.ts";

/** What the engine would find, without fetching or starting anything. */
export function inspectFlink(environment: NodeJS.ProcessEnv): { name: "flink"; state: "ok" | "note"; what: string } {
  const caches = environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache");
  for (const home of [environment.FLINK_HOME, cachedFlinkFolder(join(caches, "spark-workspace-mcp"))]) {
    const flink = home ? readFlinkHome(home) : undefined;
    if (flink) return { name: "flink", state: "ok", what: `${flink.version} in ${flink.home}` };
  }
  return {
    name: "flink",
    state: "note",
    what: "not here yet; the first Flink job fetches it once (about 220 MB, from PyPI)",
  };
}
