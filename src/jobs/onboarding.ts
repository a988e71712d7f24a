import type { Language, Text } from "../language.ts";

/**
 * The way to a first job, step by step, as data. `get_started` and `doctor` go through it with evidence, anew each time:
 * what was done meanwhile is seen, so there is nothing to resume.
 */
export interface Step<Id extends string> {
  readonly id: Id;
  readonly title: Text;
  readonly what: Text;
  /** Reads that show whether it is done; none: nothing public tells. */
  readonly reads: readonly string[];
  /** The tool call that does it, where there is one. */
  readonly tool?: Text;
  /** What a person does in the console, where no tool can. */
  readonly console?: Text;
  readonly optional?: true;
}

export interface Finding {
  readonly status: "done" | "missing" | "unknown";
  readonly evidence: string;
  /** What to do in this very case, before what the step says in general. */
  readonly next?: string;
}

export interface ChecklistItem {
  readonly step: string;
  readonly status: Finding["status"];
  readonly evidence: string;
  readonly optional?: true;
  /** Of a step that is not done: the tool call, or what a person does. */
  readonly next?: string;
  /** Where both are possible. */
  readonly console?: string;
}

export type Findings<Id extends string> = Readonly<Record<Id, Finding>>;

export function checklist<Id extends string>(
  steps: ReadonlyArray<Step<Id>>,
  found: Findings<Id>,
  language: Language,
): ChecklistItem[] {
  return steps.map((step) => {
    const { status, evidence, next } = found[step.id];
    const item = { step: step.title[language], status, evidence, ...(step.optional && { optional: step.optional }) };
    if (status === "done") return item;
    const inConsole = step.console?.[language];
    const todo = next ?? step.tool?.[language] ?? inConsole;
    return {
      ...item,
      ...(todo !== undefined && { next: todo }),
      ...(inConsole !== undefined && inConsole !== todo && { console: inConsole }),
    };
  });
}

/** The first step that a first job cannot do without. */
export function firstMissing<Id extends string>(
  steps: ReadonlyArray<Step<Id>>,
  found: Findings<Id>,
): Step<Id> | undefined {
  return steps.find(({ id, optional }) => optional === undefined && found[id].status === "missing");
}

export function countDone(items: readonly ChecklistItem[]): number {
  return items.filter(({ status }) => status === "done").length;
}

const mostNamed = 5;

/** Names in a row; undefined when there is none. */
export function named(names: ReadonlyArray<string | undefined>, language: Language = "en"): string | undefined {
  const known = names.flatMap((name) => name || []);
  if (known.length === 0) return undefined;
  const more = known.length - mostNamed;
  const rest = language === "zh" ? ` 等 ${known.length} 个` : ` and ${more} more`;
  return `${known.slice(0, mostNamed).join(", ")}${more > 0 ? rest : ""}`;
}
