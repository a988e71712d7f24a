import { randomUUID } from "node:crypto";
import type { DliRequests } from "../../operations/dli/types.gen.ts";
import type { OperationRow } from "../../operations/types.ts";
import { isObject } from "../emr/input.ts";
import type { DliAnswer } from "./answers.ts";
import type { DliContext, DliHandlers } from "./context.ts";
import { traceNameOf } from "./trace-names.ts";

/** CTS: what was done to DLI, by whom and how it was answered. */

interface Trace {
  trace_id: string;
  trace_name: string;
  trace_rating: "normal" | "warning" | "incident";
  trace_type: "ApiCall";
  service_type: "DLI";
  resource_type: string;
  resource_name: string;
  resource_id: string;
  source_ip: string;
  code: string;
  request: string;
  response: string;
  api_version: string;
  request_id: string;
  message: string;
  time: number;
  record_time: number;
  user: { id: string; name: string; domain: { id: string; name: string } };
}

const kind = "dliTrace";
/** The real service keeps a week. */
const mostTraces = 2000;
const hourMs = 3_600_000;

export interface TracedCall {
  row: OperationRow;
  path: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
  answer: DliAnswer;
  status: number;
  requestId: string;
}

export function recordTrace(call: TracedCall, context: DliContext): void {
  const named = traceNameOf(call.row.name);
  // 501 is the sandbox's own word for an operation that it does not do.
  if (!named || call.status === 501) return;
  const { row, status } = call;
  const answered = "error" in call.answer ? call.answer.error : call.answer.body;
  const known = { ...call.path, ...call.body };
  const trace: Trace = {
    trace_id: randomUUID(),
    trace_name: named.traceName,
    trace_rating: status < 400 ? "normal" : status < 500 ? "warning" : "incident",
    trace_type: "ApiCall",
    service_type: "DLI",
    resource_type: named.resourceType,
    resource_name: firstText(known, nameMembers[named.resourceType] ?? []),
    resource_id: firstText(known, idMembers) || firstText(answered, idMembers),
    source_ip: "127.0.0.1",
    code: String(status),
    request: JSON.stringify(masked(known, row.secrets.request)),
    response: JSON.stringify(masked(answered ?? null, row.secrets.response)),
    api_version: row.path.split("/")[1] ?? "",
    request_id: call.requestId,
    message: "error" in call.answer ? call.answer.error.error_msg : "",
    time: context.now(),
    record_time: context.now(),
    user: { id: context.domainId, name: context.userName, domain: { id: context.domainId, name: "sandbox" } },
  };
  const kept = storedTraces(context);
  const position = (kept.at(-1)?.position ?? 0) + 1;
  context.store.put(kind, idOf(position), { position, trace });
  for (const old of kept.slice(0, Math.max(0, kept.length + 1 - mostTraces))) {
    context.store.delete(kind, idOf(old.position));
  }
}

export const traceHandlers: DliHandlers<"ListTraces"> = {
  ListTraces(input, context) {
    const newestFirst = storedTraces(context)
      .map(({ trace }) => trace)
      .reverse();
    const found = input.trace_id
      ? newestFirst.filter((trace) => trace.trace_id === input.trace_id)
      : newestFirst.filter((trace) => isAsked(trace, input, context.now()));
    const start = input.next === undefined ? 0 : found.findIndex((trace) => trace.trace_id === input.next) + 1;
    const limit = Math.min(Math.max(input.limit ?? 10, 1), 200);
    const traces = input.trace_type === "data" ? [] : found.slice(start, start + limit);
    const marker = traces.at(-1)?.trace_id;
    return { body: { traces, meta_data: { count: traces.length, ...(marker !== undefined && { marker }) } } };
  },
};

function isAsked(trace: Trace, input: DliRequests["ListTraces"], now: number): boolean {
  const to = input.to ?? now;
  const from = input.from ?? to - hourMs;
  if (trace.time <= from || trace.time > to) return false;
  const wanted: readonly (readonly [asked: string | undefined, has: string])[] = [
    [input.service_type, trace.service_type],
    [input.trace_name, trace.trace_name],
    [input.resource_type, trace.resource_type],
    [input.resource_id, trace.resource_id],
    [input.resource_name, trace.resource_name],
    [input.user, trace.user.name],
    [input.trace_rating, trace.trace_rating],
  ];
  return wanted.every(([asked, has]) => (asked ?? has) === has);
}

interface StoredTrace {
  position: number;
  trace: Trace;
}

/** Oldest first: ids are as long as each other, so that they sort like their numbers after a restart, too. */
function storedTraces(context: DliContext): StoredTrace[] {
  return context.store.all(kind) as StoredTrace[];
}

function idOf(position: number): string {
  return String(position).padStart(12, "0");
}

/** What names a resource of each type in requests. */
const nameMembers: Readonly<Record<string, readonly string[]>> = {
  elasticresourcepool: ["elastic_resource_pool_name"],
  queue: ["queue_name"],
  jobs: ["name"],
  database: ["database_name"],
  table: ["table_name"],
  template: ["name", "sql_name"],
  resource: ["resource_name", "group"],
  edsconnection: ["name"],
  datasourceauth: ["auth_info_name"],
  authorization: ["user_name", "projectId"],
  variable: ["var_name"],
};
const idMembers = ["batch_id", "job_id", "connection_id", "template_id", "sql_id", "resource_id", "id"];

function firstText(value: unknown, members: readonly string[]): string {
  if (!isObject(value)) return "";
  const found = members
    .map((name) => value[name])
    .find((member) => typeof member === "string" || typeof member === "number");
  if (found !== undefined) return String(found);
  // Answers about Flink jobs have what they made one level down.
  return "job" in value ? firstText(value.job, members) : "";
}

/** A copy without what the row calls secret: dotted paths, `[]` for every element. */
function masked(value: unknown, secrets: readonly string[]): unknown {
  const copy = structuredClone(value);
  for (const secret of secrets) mask(copy, secret.replaceAll("[]", ".[]").split("."));
  return copy;
}

function mask(value: unknown, [member, ...rest]: readonly string[]): void {
  if (member === undefined) return;
  if (member === "[]") {
    if (!Array.isArray(value)) return;
    if (rest.length === 0) value.fill("******");
    else for (const element of value) mask(element, rest);
    return;
  }
  if (!isObject(value) || value[member] === undefined) return;
  if (rest.length === 0) value[member] = "******";
  else mask(value[member], rest);
}
