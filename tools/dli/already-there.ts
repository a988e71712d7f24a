import type { Outcome, Refused } from "../../src/gateway/types.ts";
import { type Difference, differences } from "../../src/jobs/dli/differences.ts";
import type { Text } from "../../src/language.ts";
import type { InputProblem } from "../../src/operations/validate.ts";
import { type Answer, refuseCall, reply, type ToolAnswer, type ToolCall } from "../define.ts";

/** Said of a creation under a name that is taken: by the check before it, or by the service. */
export function isNameTaken(outcome: Outcome<unknown>): outcome is Refused {
  if (outcome.kind !== "refused") return false;
  return outcome.code === "PRECONDITION_NOT_MET" || outcome.cloud?.code === "DLI.0006";
}

/**
 * A name that is taken by the very thing that was wanted is no failure. Whatever else the refusal was for stands as it is.
 * @param there what has the name, by the caller's names of arguments; undefined when nothing has
 */
export async function answerTaken<T>(
  refusal: Refused,
  asked: { what: Text; name: string; wanted: Readonly<Record<string, unknown>> },
  call: ToolCall,
  read: () => Promise<Outcome<T>>,
  there: (value: T) => Readonly<Record<string, unknown>> | undefined,
  say: (found: Readonly<Record<string, unknown>>) => Pick<Answer, "next">,
): Promise<ToolAnswer> {
  const outcome = await read();
  const found = outcome.kind === "done" ? there(outcome.value) : undefined;
  if (outcome.kind !== "done" || !found) return refusal;
  const differ = differences(asked.wanted, found);
  if (differ.length === 0) {
    return reply(outcome, () => ({
      summary: {
        en: `${asked.what.en} ${asked.name} is there already, as asked for; nothing was created.`,
        zh: `${asked.what.zh} ${asked.name} 已存在且与要求一致，未创建任何内容。`,
      },
      data: { ...found, created: false },
      ...say(found),
    }));
  }
  const list = listed(differ);
  return refuseCall(
    call,
    "BAD_INPUT",
    {
      en: `Nothing was created: a ${asked.what.en.toLowerCase()} ${asked.name} is there already and differs: ${list.en}.`,
      zh: `未创建任何内容：已存在${asked.what.zh} ${asked.name}，且与要求不一致：${list.zh}。`,
    },
    {
      en: "Use it as it is, change it with scale_dli_queue, or choose another name.",
      zh: "可直接使用现有的，用 scale_dli_queue 修改，或换一个名称。",
    },
    { fields: fieldsOf(differ) },
  );
}

/** Within a sentence. */
export function listed(differ: readonly Difference[]): Text {
  return {
    en: differ.map(({ field, wanted, there }) => `${field} is ${there || "none"}, not ${wanted}`).join("; "),
    zh: differ.map(({ field, wanted, there }) => `${field} 为 ${there || "空"}，而非 ${wanted}`).join("；"),
  };
}

export function fieldsOf(differ: readonly Difference[]): InputProblem[] {
  return differ.map(({ field, wanted, there }) => ({
    field,
    problem: {
      en: `is ${there || "none"} on the one that is there, not ${wanted}`,
      zh: `现有的为 ${there || "空"}，而非 ${wanted}`,
    },
    allowed: there,
    example: there,
  }));
}
