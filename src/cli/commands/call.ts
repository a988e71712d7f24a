import type { ToolResult } from "../../../tools/define.ts";
import { reply } from "../../../tools/define.ts";
import { tools } from "../../../tools/index.ts";
import { refuse } from "../../gateway/refuse.ts";
import type { CallContext, Operation, Requests } from "../../gateway/types.ts";
import { findOperation } from "../../operations/registry.ts";
import { problemsOfArguments } from "../../server/arguments.ts";
import { exitCodeOf, toStructured } from "../../server/response.ts";
import { portableSchema } from "../../server/tool-schema.ts";
import { BadSettings, openWorkbench, type Workbench } from "../workbench.ts";

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
    if (error instanceof BadSettings) return badUsage(`${error.message}. ${error.fix}`);
    throw error;
  }
  const cancelled = new AbortController();
  process.once("SIGINT", () => cancelled.abort());
  try {
    const result = await run(name, { ...input }, workbench, cancelled.signal);
    if (!result) return badUsage(`there is no tool ${name}; there are ${tools.map((tool) => tool.name).join(", ")}`);
    console.log(JSON.stringify(toStructured(result), null, 2));
    return exitCodeOf(result);
  } finally {
    await workbench.close();
  }
}

async function run(
  name: string,
  input: Record<string, unknown>,
  { gateway, audit, clock, language }: Workbench,
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
  const tool = tools.find((each) => each.name === name);
  if (tool) {
    const strict = tool.input.strict();
    const fields = problemsOfArguments(strict, portableSchema(strict), input);
    if (fields.length === 0) return tool.run(input, { gateway, audit, context, clock });
    return refuse(
      gateway.where,
      "BAD_INPUT",
      `${name} was not run and nothing was sent.`,
      "Correct the fields named.",
      {
        fields,
      },
    );
  }
  const operation = operationOf(name);
  if (operation === undefined) return undefined;
  const outcome = await gateway.run(operation, input as Requests[Operation], context);
  return reply(outcome, (value) => ({ summary: `${operation} was carried out.`, data: { answer: value } }));
}

/** `DeleteWorkspace` and `delete_workspace` both name the operation. */
function operationOf(name: string): Operation | undefined {
  const pascal = name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return findOperation(pascal)?.name as Operation | undefined;
}

function badUsage(problem: string): number {
  console.error(`Nothing was done: ${problem}.`);
  return 2;
}
