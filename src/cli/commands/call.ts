import type { ToolResult } from "../../../tools/define.ts";
import { NotOpened } from "../../gateway/not-opened.ts";
import type { CallContext } from "../../gateway/types.ts";
import { sayIn } from "../../language.ts";
import { exitCodeOf, toStructured } from "../../server/response.ts";
import { languageOf } from "../settings.ts";
import { openWorkbench, type Workbench } from "../workbench.ts";

/**
 * Runs one tool, or one operation of the registry by its own name, and prints the result as JSON on stdout.
 * Nobody is asked here: what needs a person's approval waits for `approve`, and the same call made again goes on.
 * @returns exit code: 0 done, 2 bad usage, 3 refused, 4 awaiting approval, 5 outcome unknown
 */
export async function callTool(name: string, json: string): Promise<number> {
  let input: unknown;
  try {
    input = JSON.parse(json);
  } catch (error) {
    return badUsage(`the arguments are not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return badUsage('the arguments must be a JSON object, for example {"workspaceId":"w-d2d82aa09155"}');
  }
  let workbench: Workbench;
  try {
    workbench = await openWorkbench(process.env);
  } catch (error) {
    if (!(error instanceof NotOpened)) throw error;
    const { code, problem, next } = error;
    const language = languageOf(process.env);
    const what = sayIn(language)(
      `${name} was not carried out and nothing was sent: ${problem.en}.`,
      `${name} 未执行，也未发送任何请求：${problem.zh}。`,
    );
    console.log(JSON.stringify({ kind: "refused", code, what, next: next[language] }, null, 2));
    return code === "BAD_SETTINGS" ? 2 : 3;
  }
  const cancelled = new AbortController();
  process.once("SIGINT", () => cancelled.abort());
  try {
    const result = await run(name, { ...input }, workbench, cancelled.signal);
    if (!result) return badUsage(`there is no tool ${name}; there are ${workbench.toolNames.join(", ")}`);
    console.log(JSON.stringify(toStructured(result, workbench.language), null, 2));
    return exitCodeOf(result);
  } finally {
    await workbench.close();
  }
}

async function run(
  name: string,
  input: Record<string, unknown>,
  { gateway, audit, directory, clock, language }: Workbench,
  signal: AbortSignal,
): Promise<ToolResult | undefined> {
  const context: CallContext = {
    signal,
    language,
    requester: "command line",
    session: { tainted: false },
    approver: { strength: "none" },
    progress: (message) => console.error(message),
  };
  return directory.call(name, input, { gateway, audit, context, clock, directory });
}

function badUsage(problem: string): number {
  console.error(`Nothing was done: ${problem}.`);
  return 2;
}
