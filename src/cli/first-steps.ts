import type { CallContext } from "../gateway/types.ts";
import { cleanLine } from "../jobs/clean-text.ts";
import type { ChecklistItem } from "../jobs/onboarding.ts";
import type { Workbench } from "./workbench.ts";

/** What get_started finds, as far as the cloud answers. */
export interface FirstSteps {
  summary: string;
  steps: readonly ChecklistItem[];
  next?: string;
}

/** Undefined where the checklist could not be made. */
export async function findFirstSteps(
  { gateway, audit, clock, directory }: Workbench,
  context: CallContext,
): Promise<FirstSteps | undefined> {
  const result = await directory.call("get_started", {}, { gateway, audit, clock, directory, context });
  if (result?.kind !== "reply") return undefined;
  const { summary, data, next } = result;
  const steps = data?.steps;
  return Array.isArray(steps) ? { summary, steps, ...(next !== undefined && { next }) } : undefined;
}

const marks = { done: "done", missing: "MISSING", unknown: "unknown" } as const;

export function linesOfFirstSteps(first: FirstSteps | undefined): string[] {
  if (!first) return [];
  return [
    "",
    first.summary,
    ...first.steps.map(({ step, status, evidence, next, optional }) => {
      const mark = optional && status === "missing" ? "open" : marks[status];
      return `${mark.padEnd(8)}${step}: ${cleanLine(evidence)}${next === undefined ? "" : `\n        ${next}`}`;
    }),
    ...(first.next === undefined ? [] : ["", `next: ${first.next}`]),
  ];
}
