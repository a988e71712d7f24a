import { refuse } from "../../src/gateway/refuse.ts";
import type { Outcome, Refused } from "../../src/gateway/types.ts";
import { differences } from "../../src/jobs/dli/differences.ts";
import { type Reply, reply, type ToolCall, type ToolResult } from "../define.ts";

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
  asked: { what: string; name: string; wanted: Readonly<Record<string, unknown>> },
  { gateway }: ToolCall,
  read: () => Promise<Outcome<T>>,
  there: (value: T) => Readonly<Record<string, unknown>> | undefined,
  say: (found: Readonly<Record<string, unknown>>) => Pick<Reply, "next">,
): Promise<ToolResult> {
  const outcome = await read();
  const found = outcome.kind === "done" ? there(outcome.value) : undefined;
  if (outcome.kind !== "done" || !found) return refusal;
  const differ = differences(asked.wanted, found);
  if (differ.length === 0) {
    return reply(outcome, () => ({
      summary: `${asked.what} ${asked.name} is there already, as asked for; nothing was created.`,
      data: { ...found, created: false },
      ...say(found),
    }));
  }
  const list = differ.map(({ field, wanted, there: has }) => `${field} is ${has}, not ${wanted}`).join("; ");
  return refuse(
    gateway.where,
    "BAD_INPUT",
    `Nothing was created: a ${asked.what.toLowerCase()} ${asked.name} is there already and differs: ${list}.`,
    "Use it as it is, change it with scale_dli_queue, or choose another name.",
    {
      fields: differ.map(({ field, wanted, there: has }) => ({
        field,
        problem: `is ${has} on the one that is there, not ${wanted}`,
        allowed: has,
        example: has,
      })),
    },
  );
}
