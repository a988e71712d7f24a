import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { DliRequests, DliResponses } from "../../src/operations/dli/types.gen.ts";
import { findOperation } from "../../src/operations/registry.ts";
import type { OperationRow, Shape } from "../../src/operations/types.ts";
import type { DliAnswer } from "../../src/sandbox/dli/answers.ts";
import { type DliContext, defaultDliTimings } from "../../src/sandbox/dli/context.ts";
import { readInput } from "../../src/sandbox/dli/input.ts";
import { resourceHandlers } from "../../src/sandbox/dli/resources/index.ts";
import { openStore } from "../../src/sandbox/store.ts";

export type Simulated = keyof typeof resourceHandlers;

/** 2026-03-02, 08:30 UTC */
export const startOfTest = Date.UTC(2026, 2, 2, 8, 30);

const noEngine = () => Promise.reject(new Error("no job is started here"));

export interface TestResources {
  context: DliContext;
  /** The answer's body; its shape is checked against the operation's row. */
  call<Name extends Simulated>(name: Name, input: DliRequests[Name]): Promise<DliResponses[Name]>;
  /** Code and text of a refusal. */
  refused<Name extends Simulated>(name: Name, input: DliRequests[Name]): Promise<string>;
  pass(milliseconds: number): void;
}

export function openResources(): TestResources {
  const folder = mkdtempSync(join(tmpdir(), "dli-resources-"));
  const store = openStore(join(folder, "sandbox.sqlite"));
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  let time = startOfTest;
  const context: DliContext = {
    store,
    engine: { prepare: noEngine, start: noEngine, reap: noEngine, close: () => Promise.resolve() },
    sqlReaped: Promise.resolve(),
    storageFolder: folder,
    regionId: "cn-north-4",
    projectId: "0123456789abcdef0123456789abcdef",
    domainId: "fedcba9876543210fedcba9876543210",
    userName: "testuser",
    timings: defaultDliTimings,
    now: () => time,
    onClose: () => undefined,
  };
  return {
    context,
    async call(name, input) {
      const answer = await perform(name, input, context);
      if ("error" in answer) throw new Error(`${answer.error.error_code}: ${answer.error.error_msg}`);
      const row = rowOf(name);
      const problems = row.response
        ? shapeProblems(row.response, answer.body, "body")
        : answer.body === undefined
          ? []
          : ["body was sent where none is documented"];
      if (problems.length > 0) throw new Error(`${name} answered another shape: ${problems.join("; ")}`);
      return answer.body as DliResponses[typeof name];
    },
    async refused(name, input) {
      const answer = await perform(name, input, context);
      if (!("error" in answer)) throw new Error(`${name} was not refused`);
      return `${answer.error.error_code} ${answer.error.error_msg}`;
    },
    pass(milliseconds) {
      time += milliseconds;
    },
  };
}

type AnyHandler = (input: Record<string, unknown>, context: DliContext) => DliAnswer | Promise<DliAnswer>;

/** As the server does it: read by the row, then handled. */
async function perform(name: Simulated, input: object, context: DliContext): Promise<DliAnswer> {
  const row = rowOf(name);
  const sent = Object.entries(input);
  const placed = (place: string) =>
    sent.filter(([key]) => row.parameters.some((parameter) => parameter.in === place && parameter.name === key));
  const read = readInput(row, {
    path: Object.fromEntries(placed("path").map(([key, value]) => [key, String(value)])),
    query: placed("query").map(([key, value]) => [key, String(value)] as const),
    body: Object.fromEntries(placed("body")),
  });
  if ("error" in read) return read;
  return (resourceHandlers[name] as AnyHandler)(read.input, context);
}

function rowOf(name: string): OperationRow {
  const row = findOperation(name);
  if (!row) throw new Error(`there is no row ${name}`);
  return row;
}

/** Every field known to the row, of its type and closed set; is_success never left out but where nothing else is. */
export function shapeProblems(shape: Shape, value: unknown, at: string): string[] {
  if (shape.enum && !shape.enum.includes(String(value))) return [`${at} is ${String(value)}`];
  switch (shape.type) {
    case "any":
      return [];
    case "array":
      if (!Array.isArray(value)) return [`${at} is no list`];
      return value.flatMap((one, index) => (shape.items ? shapeProblems(shape.items, one, `${at}[${index}]`) : []));
    case "object":
      return objectProblems(shape, value, at);
    case "integer":
      return Number.isSafeInteger(value) ? [] : [`${at} is no whole number`];
    default:
      return typeof value === shape.type ? [] : [`${at} is no ${shape.type}`];
  }
}

function objectProblems(shape: Shape, value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at} is no object`];
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === undefined) return [];
    const declared = shape.properties?.[name] ?? shape.additionalProperties;
    if (declared) return shapeProblems(declared, member, `${at}.${name}`);
    return shape.properties ? [`${at}.${name} is not documented`] : [];
  });
}
