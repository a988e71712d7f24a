import type * as z from "zod";
import type { OutcomeCode } from "../src/gateway/codes.ts";
import type { Gateway } from "../src/gateway/gateway.ts";
import { refuse } from "../src/gateway/refuse.ts";
import type {
  Ask,
  AuditMark,
  Awaiting,
  CallContext,
  Clock,
  Done,
  Operation,
  Outcome,
  Refused,
  Unknown,
  Where,
} from "../src/gateway/types.ts";
import type { Language, Text } from "../src/language.ts";
import { riskClassOf } from "../src/policy/risk-classes.gen.ts";
import type { ApprovalStrength, RiskClass } from "../src/policy/types.ts";

/** What a tool may use. It has no other way to a cloud than the gateway. */
export interface ToolCall {
  gateway: Gateway;
  context: CallContext;
  clock: Clock;
  /** Absent where no ledger is kept. */
  audit?: AuditPort;
  /** Everything that can be called by name, beyond the tools a client is shown; absent where nothing is looked up. */
  directory?: Directory;
}

/** Finds and calls tools and operations by name, so that a client need not be shown them all. */
export interface Directory {
  /** Best match first. */
  search(query: string, limit: number): readonly DirectoryEntry[];
  /** Carries it out with the gates of its own; undefined when nothing has that name. */
  call(name: string, input: Readonly<Record<string, unknown>>, call: ToolCall): Promise<ToolResult> | undefined;
}

export interface DirectoryEntry {
  name: string;
  what: string;
  gate: string;
  /** Argument -> type, whether it must be there, and what it is. */
  arguments: Readonly<Record<string, string>>;
}

/** What was recorded of calls and approvals for the account and region of the session; read-only. */
export interface AuditPort {
  /** Newest first. `before`: there may be more. Throws when the ledger cannot be read. */
  list(query: AuditQuery): { records: AuditRecord[]; before?: number };
}

export interface AuditQuery {
  operation?: string | undefined;
  target?: string | undefined;
  /** An outcome or a code. */
  outcome?: string | undefined;
  since?: number;
  before?: number | undefined;
  limit: number;
}

/** Without ids and digests of plans: nobody talks about them, and a waiting plan's id is part of where it is decided. */
export interface AuditRecord {
  sequence: number;
  entry: {
    at: number;
    event: string;
    operation: string;
    target?: string;
    outcome: string;
    code?: string;
    requester: string;
    principal?: string;
    decidedBy?: string;
    decidedAt?: number;
    strength?: ApprovalStrength;
    requestId?: string;
  };
}

/** Text that came out of a job or a cloud and may hold instructions meant for the model. */
export interface UntrustedText {
  title: string;
  text: string;
}

export interface Reply {
  kind: "reply";
  /** One or two sentences: what was found or done, with the state as observed. */
  summary: string;
  data?: Readonly<Record<string, unknown>>;
  untrusted?: readonly UntrustedText[];
  /** The obvious next step; absent when there is none. */
  next?: string;
  requestId?: string;
  approval?: Done<unknown>["approval"];
  where: Where;
  audit?: AuditMark;
}

export type ToolResult = Reply | Refused | Unknown | Ask | Awaiting;

/** What a tool has to say, in every language; whoever called it gets a reply in theirs. */
export interface Answer extends Omit<Reply, "kind" | "summary" | "next"> {
  kind: "answer";
  summary: Text;
  next?: Text;
}

/** What a tool's own code comes to; a result that is in one language already passes through it. */
export type ToolAnswer = Answer | ToolResult;

export type Said = Pick<Answer, "summary" | "data" | "untrusted" | "next">;

/** `core` is always there; the default list is core, job, queue and storage. */
export const toolsets = ["core", "job", "queue", "storage", "inspect", "kyuubi", "session", "member"] as const;
export type Toolset = (typeof toolsets)[number];

export interface Tool {
  name: string;
  title: string;
  description: string;
  toolset: Toolset;
  /** Every operation the tool may carry out; its annotations derive from their risk classes. None: it reaches no cloud. */
  operations: readonly Operation[];
  input: z.ZodObject;
  run(input: unknown, call: ToolCall): Promise<ToolResult>;
}

/** Declares a tool. The input reaches `run` as its schema parsed it. */
export function defineTool<Input extends z.ZodObject>(tool: {
  name: string;
  title: string;
  description: string;
  toolset: Toolset;
  operations: readonly Operation[];
  input: Input;
  run(input: z.infer<Input>, call: ToolCall): Promise<ToolAnswer>;
}): Tool {
  return {
    ...tool,
    run: async (input, call) => spoken(await tool.run(tool.input.parse(input), call), call.context.language),
  };
}

/** A result in one language. */
export function spoken(result: ToolAnswer, language: Language): ToolResult {
  if (result.kind !== "answer") return result;
  const { summary, next, ...rest } = result;
  return {
    ...rest,
    kind: "reply",
    summary: summary[language],
    ...(next !== undefined && { next: next[language] }),
  };
}

export interface Annotations {
  title: string;
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** MCP annotations follow from the worst risk among the tool's operations; nobody writes them by hand. */
export function annotationsOf(tool: Tool): Annotations {
  const risks = tool.operations.map((operation): RiskClass => riskClassOf[operation] ?? "forbidden");
  const readOnly = risks.every((risk) => risk === "read" || risk === "read-secret");
  return {
    title: tool.title,
    readOnlyHint: readOnly,
    destructiveHint: risks.includes("destructive"),
    idempotentHint: readOnly,
    openWorldHint: tool.operations.length > 0,
  };
}

/** Turns what a call came to into an answer; anything but done passes through untouched. */
export function reply<T>(
  outcome: Outcome<T>,
  say: (value: T, done: Done<T>) => Said,
): Answer | Exclude<Outcome<T>, Done<T>> {
  if (outcome.kind !== "done") return outcome;
  const said = say(outcome.value, outcome);
  return {
    kind: "answer",
    ...said,
    ...(outcome.foundFromEarlier && { summary: foundFromEarlier(said.summary) }),
    where: outcome.where,
    ...(outcome.audit && { audit: outcome.audit }),
    ...(outcome.requestId !== undefined && { requestId: outcome.requestId }),
    ...(outcome.approval && { approval: outcome.approval }),
  };
}

function foundFromEarlier({ en, zh }: Text): Text {
  return {
    en: `It had taken effect when it was sent before; nothing was sent now. ${en}`,
    zh: `上次发送时已经生效，本次未发送任何请求。${zh}`,
  };
}

/** Refuses on behalf of a tool, before anything is sent. */
export function refuseCall(
  { gateway, context }: Pick<ToolCall, "gateway" | "context">,
  code: OutcomeCode,
  what: Text,
  next: Text,
  more?: Parameters<typeof refuse>[4],
): Refused {
  return refuse({ where: gateway.where, language: context.language }, code, what, next, more);
}
