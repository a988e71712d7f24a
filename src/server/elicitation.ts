import {
  type ClientCapabilities,
  type ElicitRequestFormParams,
  inputResponse,
  SdkError,
  SdkErrorCode,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Approver, Ask, CallContext, Plan } from "../gateway/types.ts";
import { cleanLine } from "../jobs/clean-text.ts";
import type { Language } from "../language.ts";
import { quoteForPerson } from "../policy/confirmation.ts";

/** What travels through the client, signed, between the question and the answer. */
export interface ApprovalState {
  planId: string;
  /** The client was sent to the page; that it comes back says nothing of what was decided there. */
  page?: true;
}

/** Key of the question among a call's input requests. */
export const approvalKey = "approval";

type Answer = NonNullable<Approver["answer"]>;

/** How the client of this request can put a question, and the answer it brought back. */
export function approverOf(ctx: ServerContext, capabilities: ClientCapabilities | undefined): Approver {
  if (!canShowForms(capabilities?.elicitation)) return { strength: "none" };
  if (wasSentToPage(ctx)) return { strength: "typed" };
  const planId = ctx.mcpReq.requestState<ApprovalState>()?.planId;
  const view = inputResponse(ctx.mcpReq.inputResponses, approvalKey);
  // Without the state that was minted with the question nobody knows what was answered.
  if (typeof planId !== "string" || view.kind !== "elicit") return { strength: "typed" };
  return { strength: "typed", answer: readAnswer(planId, view) };
}

/** A client that declares neither mode means forms, as all did before there were modes. */
function canShowForms(elicitation: ClientCapabilities["elicitation"]): boolean {
  if (elicitation === undefined) return false;
  return elicitation.form !== undefined || elicitation.url === undefined;
}

export function wasSentToPage(ctx: ServerContext): boolean {
  return ctx.mcpReq.requestState<ApprovalState>()?.page === true;
}

/** Forms were there first, so a client that can open pages says so. */
export function canOpenPages(capabilities: ClientCapabilities | undefined): boolean {
  return capabilities?.elicitation?.url !== undefined;
}

/** An accept is a yes only together with what the form asked for. */
export function readAnswer(
  planId: string,
  {
    action,
    content,
  }: { action: "accept" | "decline" | "cancel"; content?: Readonly<Record<string, unknown>> | undefined },
): Answer {
  if (action === "decline") return { planId, decision: "declined" };
  if (action === "accept" && content) {
    if (content.approve === false) return { planId, decision: "declined" };
    if (content.approve === true) return { planId, decision: "accepted" };
    if (typeof content.name === "string" && content.name.trim() !== "") {
      return { planId, decision: "accepted", typedName: content.name.trim() };
    }
  }
  return { planId, decision: "cancelled" };
}

const words = {
  en: {
    waiting: "Waiting for a person to answer",
    approve: "Approve",
    approveHint: "Yes: carry it out. No: nothing is sent.",
    name: "Name of the target",
    nameHint: (target: string) => `Type ${target} to approve. Decline to send nothing.`,
    page: (operation: string, target: string) =>
      `${operation} of ${target} needs your decision on a page of this computer. Then the same call goes on.`,
  },
  zh: {
    waiting: "正在等待人工确认",
    approve: "批准",
    approveHint: "是：执行该操作。否：不发送任何请求。",
    name: "目标名称",
    nameHint: (target: string) => `输入 ${target} 表示批准；拒绝则不发送任何请求。`,
    page: (operation: string, target: string) =>
      `${operation}（目标：${target}）需要您在本机的页面上作出决定，之后重复同一调用即可继续。`,
  },
} as const;

/** One field only: some hosts show nothing but a boolean, a string or a choice. */
export function approvalForm(plan: Plan, language: Language): ElicitRequestFormParams {
  const text = words[language];
  const field =
    plan.requiredStrength === "accepted"
      ? { approve: { type: "boolean" as const, title: text.approve, description: text.approveHint } }
      : {
          name: {
            type: "string" as const,
            title: text.name,
            description: text.nameHint(cleanLine(plan.target)),
            minLength: 1,
          },
        };
  return {
    mode: "form",
    message: plan.question,
    requestedSchema: { type: "object", properties: field, required: Object.keys(field) },
  };
}

/** What a client needs to send its user to the page. The address names the plan and lets nobody decide. */
export function pageInvitation({ operation, target }: Plan, url: string, language: Language) {
  return { message: words[language].page(operation, quoteForPerson(target)), url };
}

/** The same over a 2025-era connection. Whatever the client says to it, the ledger knows what was decided. */
export async function openPageNow(
  invitation: ReturnType<typeof pageInvitation>,
  ctx: ServerContext,
  timeoutMs: number,
): Promise<void> {
  const params = { mode: "url" as const, ...invitation, elicitationId: crypto.randomUUID() };
  const options = { timeout: timeoutMs, signal: ctx.mcpReq.signal };
  await ctx.mcpReq.send({ method: "elicitation/create", params }, options).catch(() => undefined);
}

export type Asked =
  | { kind: "answered"; answer: Answer }
  /** The request was cancelled while the person was asked. */
  | { kind: "abandoned" }
  | { kind: "unreachable"; reason: string };

/** Some clients give a call up after a minute without a sign of life, and a person may take longer. */
const signOfLifeMs = 15_000;

/**
 * Asks over a 2025-era connection, where the question is a request of its own. The SDK's way of doing that has one time-out
 * for all questions and ends a silent client in an error text of its own.
 */
export async function askNow(
  ask: Ask,
  ctx: ServerContext,
  { language, timeoutMs, progress }: { language: Language; timeoutMs: number; progress: CallContext["progress"] },
): Promise<Asked> {
  const { planId } = ask.plan;
  const wait = () => progress?.(words[language].waiting);
  wait();
  const waiting = setInterval(wait, signOfLifeMs);
  try {
    const result = await ctx.mcpReq.send(
      { method: "elicitation/create", params: { ...approvalForm(ask.plan, language) } },
      { timeout: timeoutMs, signal: ctx.mcpReq.signal },
    );
    return { kind: "answered", answer: readAnswer(planId, result) };
  } catch (error) {
    if (ctx.mcpReq.signal.aborted) return { kind: "abandoned" };
    if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
      return { kind: "answered", answer: { planId, decision: "cancelled" } };
    }
    return { kind: "unreachable", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearInterval(waiting);
  }
}
