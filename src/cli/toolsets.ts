import type { Toolset } from "../../tools/define.ts";
import type { ListedTool } from "../server/listed-tool.ts";

/** What a client sees that chose nothing: what a first job needs, within 20 tools. */
const byDefault: ReadonlySet<string> = new Set<Toolset>(["core", "job", "queue", "storage"]);

/**
 * The tools of the sets that a person named, such as `job,kyuubi`; `all` names every set, and core is in every choice.
 * @throws RangeError when a name is not known
 */
export function chooseTools(listed: readonly ListedTool[], text: string | undefined): readonly ListedTool[] {
  const names = (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) return listed.filter(({ toolset }) => byDefault.has(toolset));
  if (names.includes("all")) return listed;
  const known = new Set<string>(listed.map(({ toolset }) => toolset));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `toolsets: ${unknown} is unknown; allowed are all, ${[...known].join(", ")}, for example job,kyuubi`,
    );
  }
  return listed.filter(({ toolset }) => toolset === "core" || names.includes(toolset));
}
