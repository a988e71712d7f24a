import * as z from "zod";
import type { FieldProblem, Refused, Where } from "../../src/gateway/types.ts";
import type { Problem } from "../../src/jobs/problem.ts";
import type { Text } from "../../src/language.ts";
import { refuseCall, type ToolCall } from "../define.ts";

/** Argument types that several tools of DLI share. Descriptions are read by the model on every session: keep them short. */

/**
 * The service stores names of pools and queues in lower case, and everything is compared with what it stores. What else
 * names and ids may look like the gateway checks by the grammar of each operation; patterns here would cost a model
 * more than the rest of the argument.
 */
const dliName = z.string().min(1).max(128).toLowerCase();

export const queueName = dliName.meta({ description: "Queue", examples: ["spark_q"] });
export const poolName = dliName.meta({ description: "Elastic resource pool", examples: ["pool_1"] });

export const batchId = z.string().length(36).meta({ description: "Batch ID" });
export const sqlJobId = z.string().length(36).meta({ description: "SQL job ID" });

export const cu = (description: string) => z.number().int().min(0).max(32_000).meta({ description });

/** What the pure core refuses, as an answer. `nothing`: what did not happen. */
export function refuseProblem(call: Pick<ToolCall, "gateway" | "context">, nothing: Text, problem: Problem): Refused {
  const { sentence } = problem;
  return refuseCall(
    call,
    "BAD_INPUT",
    { en: `${nothing.en}: ${sentence.en}`, zh: `${nothing.zh}：${sentence.zh}` },
    correct([problem]),
    { fields: [fieldOf(problem, call)] },
  );
}

/** What to do about them: what may stand in each field. */
export function correct(problems: readonly Problem[]): Text {
  const each = problems.map(allowedBy);
  return { en: each.map(({ en }) => en).join("; "), zh: `请修正：${each.map(({ zh }) => zh).join("；")}` };
}

function allowedBy({ field, allowed, example }: Problem): Text {
  return {
    en: `${field}: ${allowed ?? seeDescription.en}${example ? `, for example ${example}` : ""}`,
    zh: `${field}：${allowed ?? seeDescription.zh}${example ? `，例如 ${example}` : ""}`,
  };
}

export function fieldOf(
  { field, sentence, allowed = seeDescription.en, example = "" }: Problem,
  { context }: Pick<ToolCall, "context">,
): FieldProblem {
  return { field, problem: sentence[context.language], allowed, example };
}

const seeDescription: Text = { en: "see the tool's description", zh: "见工具说明" };

/** Polling no faster than every 10 s is what the service asks for (API notes 4); on this machine it costs nobody. */
export function pausesOf({ environment }: Where): { firstMs: number; longestMs: number } {
  return environment === "sandbox" ? { firstMs: 500, longestMs: 5_000 } : { firstMs: 10_000, longestMs: 30_000 };
}

export function moment(at: number | undefined): string | undefined {
  return at === undefined || !(at > 0) ? undefined : new Date(at).toISOString();
}
