import * as z from "zod";
import { cleanLine } from "../../src/jobs/clean-text.ts";
import { inBoth, type Text } from "../../src/language.ts";
import { type AuditRecord, defineTool, refuseCall, type ToolCall } from "../define.ts";
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
  async run({ since, pageSize: limit, ...filters }, call) {
    const { gateway, audit } = call;
    const from = since === undefined ? undefined : Date.parse(since);
    if (Number.isNaN(from)) {
      const field = {
        field: "since",
        problem: { en: "is no date", zh: "不是有效日期" },
        allowed: "a UTC time",
        example: "2026-01-08T00:00:00Z",
      };
      return refuseCall(
        call,
        "BAD_INPUT",
        { en: "The audit was not read: since is no date.", zh: "未读取审计记录：since 不是有效日期。" },
        {
          en: `Correct since: ${field.allowed}, for example ${field.example}.`,
          zh: `请修改 since：应为 UTC 时间，例如 ${field.example}。`,
        },
        { fields: [field] },
      );
    }
    if (!audit) return refuseUnread(call, { en: "this server keeps none", zh: "本服务未保存账本" });
    let found: ReturnType<typeof audit.list>;
    try {
      found = audit.list({ ...filters, limit, ...(from !== undefined && { since: from }) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return refuseUnread(call, inBoth(message));
    }
    const { records, before } = found;
    const more = before === undefined ? {} : { before };
    return {
      kind: "answer",
      summary: summaryOf(records),
      data: { records: records.map(shown), ...more },
      ...(before !== undefined && {
        next: {
          en: `Older ones: call again with before ${before}.`,
          zh: `如需更早的记录，请再次调用，before 设为 ${before}。`,
        },
      }),
      where: gateway.where,
    };
  },
});

function refuseUnread(call: ToolCall, why: Text) {
  return refuseCall(
    call,
    "LEDGER_UNAVAILABLE",
    {
      en: `The audit was not read: the ledger cannot be opened (${why.en}).`,
      zh: `未读取审计记录：无法打开账本（${why.zh}）。`,
    },
    {
      en: "Make the state folder readable; `spark-workspace-mcp doctor` names it.",
      zh: "请使状态文件夹可读；运行 `spark-workspace-mcp doctor` 可查看其位置。",
    },
  );
}

function summaryOf(records: readonly AuditRecord[]): Text {
  const [newest] = records;
  if (!newest) return { en: "No such records.", zh: "没有符合条件的记录。" };
  const { en, zh } = inWords(newest);
  return {
    en: `${records.length === 1 ? "1 record" : `${records.length} records`}; the newest: ${en}.`,
    zh: `${records.length} 条记录，最新一条：${zh}。`,
  };
}

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

function inWords({ entry }: AuditRecord): Text {
  const { operation, target, outcome, code, decidedBy, strength } = entry;
  const parts = [operation, target === undefined ? "" : named(target), code ?? outcome];
  const what = parts.filter((text) => text !== "").join(" ");
  const at = new Date(entry.at).toISOString();
  if (decidedBy === undefined) return { en: `${what}, ${at}`, zh: `${what}，时间 ${at}` };
  const by = named(decidedBy);
  return {
    en: `${what}, decided by ${by}${strength ? ` (${strength})` : ""}, ${at}`,
    zh: `${what}，由 ${by} 审批${strength ? `（${strength}）` : ""}，时间 ${at}`,
  };
}
