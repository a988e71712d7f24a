import type { GatewayParts } from "../../src/gateway/types.ts";
import type { Cloud } from "../../src/operations/types.ts";
import type { Reply, Tool, ToolCall, ToolResult } from "../../tools/define.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { contextWith, gatewayOver, manualClock, type Script, scriptedCloud } from "../doubles/gateway-parts.ts";
import { dliPolicy } from "./policy-fixture.ts";

/** The tools of DLI over a cloud that answers from a script, with a person who says yes. */

export const batchId = "5b1f0c52-7a3d-4c0e-9d55-2f1f6a1e7c01";
export const sqlJobId = "c3a90d1e-1c44-4f7b-8a0f-6d2b9e5f4402";

export function desk(script: Script, environment: "sandbox" | "cloud" = "cloud") {
  const cloud = Object.assign(scriptedCloud(script), { projectId: "0123456789abcdef0123456789abcdef" });
  const clock = manualClock();
  const parts: Partial<GatewayParts> = {
    profile: {
      name: "test",
      cloud: "dli",
      environment,
      regionId: "cn-north-4",
      projectId: cloud.projectId,
      endpoint: "dli.test",
      mode: "full",
      identity: "tester",
    },
    policy: () => ({ ok: true, policy: dliPolicy() }),
    transport: async (_: Cloud) => cloud,
    clock,
    newToken: () => "0123456789abcdef0123456789abcdef",
    classifySql: async (sql) =>
      /^select/i.test(sql) ? { kind: "read", why: "it selects" } : { kind: "write", why: "it writes" },
  };
  const { gateway } = gatewayOver(script, parts);
  const questions: string[] = [];
  const progress: string[] = [];

  async function use(name: string, input: Record<string, unknown>): Promise<ToolResult> {
    const tool = toolOf(name);
    const call = (context: ReturnType<typeof contextWith>): ToolCall => ({
      gateway,
      clock,
      context: { ...context, progress: (message) => progress.push(message) },
    });
    const asked = await tool.run(input, call(contextWith({ strength: "accepted" })));
    if (asked.kind !== "ask") return asked;
    questions.push(asked.plan.question);
    const answer = { planId: asked.plan.planId, decision: "accepted" } as const;
    return tool.run(input, call(contextWith({ strength: "accepted", answer })));
  }
  async function done(name: string, input: Record<string, unknown>): Promise<Reply> {
    const result = await use(name, input);
    if (result.kind !== "reply") throw new Error(`${name}: ${JSON.stringify(result)}`);
    return result;
  }
  /** Bodies and queries of what was sent under a name. */
  const sent = (operation: string) =>
    cloud.sent.filter((each) => each.operation === operation).map(({ body, query, path }) => ({ body, query, path }));
  return { use, done, sent, gateway, cloud, clock, questions, progress };
}

export function toolOf(name: string): Tool {
  const tool = dliTools.find((each) => each.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}
