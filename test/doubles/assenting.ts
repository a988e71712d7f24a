import type { Gateway } from "../../src/gateway/gateway.ts";
import type { Clock } from "../../src/gateway/types.ts";
import type { Reply, Tool, ToolCall, ToolResult } from "../../tools/define.ts";
import { contextWith } from "./gateway-parts.ts";

/** An assistant with a person beside it who says yes to every question. */
export interface Assented {
  /** Runs a tool, and again when a person was asked. */
  use(name: string, input?: Record<string, unknown>): Promise<ToolResult>;
  done(name: string, input?: Record<string, unknown>): Promise<Reply>;
  refused(name: string, input?: Record<string, unknown>): Promise<Extract<ToolResult, { kind: "refused" }>>;
  /** What the person was asked, in order. */
  questions: string[];
  progress: string[];
}

export function assenting(tools: readonly Tool[], { gateway, clock }: { gateway: Gateway; clock: Clock }): Assented {
  const questions: string[] = [];
  const progress: string[] = [];
  const callWith = (approver: ToolCall["context"]["approver"]): ToolCall => ({
    gateway,
    clock,
    context: { ...contextWith(approver), progress: (message) => progress.push(message) },
  });

  async function use(name: string, input: Record<string, unknown> = {}): Promise<ToolResult> {
    const tool = toolNamed(tools, name);
    const asked = await tool.run(input, callWith({ strength: "accepted" }));
    if (asked.kind !== "ask") return asked;
    questions.push(asked.plan.question);
    const answer = { planId: asked.plan.planId, decision: "accepted" } as const;
    return tool.run(input, callWith({ strength: "accepted", answer }));
  }

  async function ending<Kind extends ToolResult["kind"]>(kind: Kind, name: string, input?: Record<string, unknown>) {
    const result = await use(name, input);
    if (result.kind !== kind) throw new Error(`${name}: ${JSON.stringify(result)}`);
    return result as Extract<ToolResult, { kind: Kind }>;
  }

  return {
    use,
    done: (name, input) => ending("reply", name, input),
    refused: (name, input) => ending("refused", name, input),
    questions,
    progress,
  };
}

export function toolNamed(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}
