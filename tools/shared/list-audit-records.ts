import * as z from "zod";
import { refuse } from "../../src/gateway/refuse.ts";
import { cleanLine } from "../../src/jobs/clean-text.ts";
import { type AuditRecord, defineTool } from "../define.ts";
import { pageSize } from "../emr/fields.ts";

export const listAuditRecords = defineTool({
  name: "list_audit_records",
  title: "Audit records",
  description: "Show who asked for what, who approved or declined it, when and how; newest first, for this account.",
  toolset: "core",
  operations: [],
  input: z.strictObject({
    operation: z
      .string()
      .regex(/^[A-Z][A-Za-z]{2,63}$/)
      .optional()
      .meta({ description: "Such as CancelJobRun" }),
    target: z.string().min(1).max(200).optional().meta({ description: "Exact target" }),
    outcome: z
      .string()
      .regex(/^[A-Za-z_-]{2,40}$/)
      .optional()
      .meta({ description: "done, refused, approved, declined, unknown or a code" }),
    // Not the library's own pattern of a time, which alone costs as much as all other arguments.
    since: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/)
      .optional()
      .meta({ description: "UTC", examples: ["2026-01-08T00:00:00Z"] }),
    pageSize,
    before: z.number().int().min(1).optional().meta({ description: "before of the last page" }),
  }),
  async run({ since, pageSize: limit, ...filters }, { gateway, audit }) {
    const { where } = gateway;
    const from = since === undefined ? undefined : Date.parse(since);
    if (Number.isNaN(from)) {
      const field = { field: "since", problem: "is no date", allowed: "a UTC time", example: "2026-01-08T00:00:00Z" };
      const next = `Correct since: ${field.allowed}, for example ${field.example}.`;
      return refuse(where, "BAD_INPUT", "The audit was not read: since is no date.", next, { fields: [field] });
    }
    let found: ReturnType<NonNullable<typeof audit>["list"]>;
    try {
      if (!audit) throw new Error("this server keeps none");
      found = audit.list({ ...filters, limit, ...(from !== undefined && { since: from }) });
    } catch (error) {
      return refuse(
        where,
        "LEDGER_UNAVAILABLE",
        `The audit was not read: the ledger cannot be opened (${error instanceof Error ? error.message : String(error)}).`,
        "Make the state folder readable; `spark-workspace-mcp doctor` names it.",
      );
    }
    const { records, before } = found;
    const more = before === undefined ? {} : { before };
    return {
      kind: "reply",
      summary: records[0]
        ? `${records.length === 1 ? "1 record" : `${records.length} records`}; the newest: ${inWords(records[0])}.`
        : "No such records.",
      data: { records: records.map(shown), ...more },
      ...(before !== undefined && { next: `Older ones: call again with before ${before}.` }),
      where,
    };
  },
});

/** A client may call itself anything, and a name may be meant to be read as an instruction: short, on one line. */
function named(text: string): string {
  return cleanLine(text).slice(0, 120);
}

function shown({ sequence, entry }: AuditRecord): Record<string, unknown> {
  const { at, event, operation, target, outcome, code, requester, principal, decidedBy, decidedAt, strength } = entry;
  const moment = (time: number) => new Date(time).toISOString();
  return {
    record: sequence,
    at: moment(at),
    event,
    operation,
    ...(target !== undefined && { target: named(target) }),
    outcome,
    ...(code !== undefined && { code }),
    askedBy: named(requester),
    ...(principal !== undefined && { principal: named(principal) }),
    ...(decidedBy !== undefined && { decidedBy: named(decidedBy) }),
    ...(decidedAt !== undefined && { decidedAt: moment(decidedAt) }),
    ...(strength !== undefined && { strength }),
    ...(entry.requestId !== undefined && { requestId: entry.requestId }),
  };
}

function inWords({ entry }: AuditRecord): string {
  const { operation, target, outcome, code, decidedBy, strength } = entry;
  const what = [operation, target === undefined ? "" : named(target), code ?? outcome].filter((text) => text !== "");
  const decided = decidedBy === undefined ? "" : `, decided by ${named(decidedBy)}${strength ? ` (${strength})` : ""}`;
  return `${what.join(" ")}${decided}, ${new Date(entry.at).toISOString()}`;
}
