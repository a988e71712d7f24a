import {
  type Directory,
  type DirectoryEntry,
  refuseCall,
  reply,
  spoken,
  type Tool,
  type ToolCall,
  type ToolResult,
} from "../../tools/define.ts";
import type { Operation, Requests } from "../gateway/types.ts";
import { obsRows } from "../operations/obs/rows.ts";
import { cloudOfOperation, dliIndex, findOperation, operationIndex } from "../operations/registry.ts";
import type { OperationRow, Parameter } from "../operations/types.ts";
import { isSetByGateway } from "../operations/validate.ts";
import { riskClassOf } from "../policy/risk-classes.gen.ts";
import type { RiskClass } from "../policy/types.ts";
import { problemsOfArguments } from "./arguments.ts";
import { type JsonSchema, portableSchema } from "./tool-schema.ts";
import { createWordIndex, searchedOf, type WordIndex } from "./word-index.ts";

/** Tools first: an operation that a tool stands for is found through the tool, whose arguments are the plainer ones. */
export function createDirectory(tools: readonly Tool[], cloud: "emr" | "dli" = "emr"): Directory {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const covered = new Set(tools.filter((tool) => tool.operations.length < 5).map(({ operations }) => operations[0]));
  let index: WordIndex | undefined;

  return {
    search(query, limit) {
      index ??= indexOf(tools, cloud, covered);
      return index
        .search(query)
        .slice(0, limit)
        .flatMap((name) => entryOf(name, byName) ?? []);
    },
    call(name, input, call) {
      const tool = byName.get(name);
      if (tool) return callTool(tool, input, call);
      const operation = operationNamed(name, cloud);
      return operation === undefined ? undefined : callOperation(operation, input, call);
    },
  };
}

function indexOf(tools: readonly Tool[], cloud: "emr" | "dli", covered: ReadonlySet<Operation | undefined>): WordIndex {
  const offered = tools.filter(({ name }) => name !== "search_operations" && name !== "call_operation");
  const rows = (cloud === "dli" ? [...dliIndex, ...obsRows] : operationIndex).filter(
    ({ name }) => !covered.has(name as Operation),
  );
  return createWordIndex([
    ...offered.map((tool) => searchedOf(cloud, tool.name, tool.title, tool.description)),
    ...rows.map(({ name, group }) => searchedOf(cloud, name, `${name} ${group}`, findOperation(name)?.summary ?? "")),
  ]);
}

function entryOf(name: string, tools: ReadonlyMap<string, Tool>): DirectoryEntry | undefined {
  const tool = tools.get(name);
  if (tool) {
    return {
      name,
      what: tool.description,
      gate: gateOf(tool.operations),
      arguments: argumentsOfSchema(portableSchema(tool.input.strict())),
    };
  }
  const row = findOperation(name);
  return row && { name, what: row.summary, gate: gateOf([name]), arguments: argumentsOfRow(row) };
}

function gateOf(operations: readonly string[]): string {
  const risks = new Set(operations.map((operation) => riskOf(operation)));
  if (risks.has("forbidden")) return "refused always";
  const gated = [...risks].filter((risk) => risk !== "read" && risk !== "read-secret");
  return gated.length === 0 ? "reads" : `a person approves (${gated.join(", ")})`;
}

function riskOf(operation: string): RiskClass {
  return Object.hasOwn(riskClassOf, operation) ? riskClassOf[operation as Operation] : "forbidden";
}

function argumentsOfSchema({ properties = {}, required = [] }: JsonSchema): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, shape]) => [
      name,
      said(String(shape.type ?? "any"), required.includes(name), shape.description, shape.examples?.[0]),
    ]),
  );
}

function argumentsOfRow(row: OperationRow): Record<string, string> {
  const offered = row.parameters.filter(({ name }) => !isSetByGateway(row, name));
  return Object.fromEntries(
    offered.map((parameter) => [
      parameter.name,
      said(parameter.type, isRequired(parameter), parameter.description, parameter.example),
    ]),
  );
}

function isRequired(parameter: Parameter): boolean {
  return parameter.in === "path" || parameter.required || parameter.requiredInPractice === true;
}

function said(type: string, required: boolean, description: string | undefined, example: unknown): string {
  const shown = example === undefined ? "" : `, for example ${JSON.stringify(example)}`;
  return `${type}${required ? ", required" : ""}${description === undefined ? "" : `: ${description}`}${shown}`;
}

async function callTool(tool: Tool, input: Readonly<Record<string, unknown>>, call: ToolCall): Promise<ToolResult> {
  const strict = tool.input.strict();
  const fields = problemsOfArguments(strict, portableSchema(strict), input);
  if (fields.length === 0) return tool.run(input, call);
  return refuseCall(
    call,
    "BAD_INPUT",
    {
      en: `${tool.name} was not carried out and nothing was sent: its arguments are not as it wants them.`,
      zh: `${tool.name} 未执行，也未发送任何请求：参数不符合要求。`,
    },
    { en: "Correct the fields named.", zh: "请修正所列的字段。" },
    { fields },
  );
}

/** An answer that no tool knows the meaning of may hold anybody's text. */
async function callOperation(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  { gateway, context }: ToolCall,
): Promise<ToolResult> {
  const outcome = await gateway.run(operation, input as Requests[Operation], context);
  const answer = reply(outcome, (value) => ({
    summary: { en: `${operation} was carried out.`, zh: `${operation} 已执行。` },
    untrusted: [{ title: `answer of ${operation}`, text: JSON.stringify(value ?? null, null, 1) }],
  }));
  return spoken(answer, context.language);
}

/** `DeleteWorkspace` and `delete_workspace` both name the operation. */
function operationNamed(name: string, cloud: "emr" | "dli"): Operation | undefined {
  const pascal = name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return cloudOfOperation(pascal) === cloud ? (findOperation(pascal)?.name as Operation | undefined) : undefined;
}
