import type { OutcomeCode } from "./codes.ts";
import type { Refused, Where } from "./types.ts";

/** Builds a refusal: `what` says what did not happen, `next` what to do. */
export function refuse(
  where: Where,
  code: OutcomeCode,
  what: string,
  next: string,
  more: Pick<Refused, "fields" | "changes" | "cloud"> = {},
): Refused {
  return { kind: "refused", code, what, next, where, ...more };
}

export function isRefused(value: object): value is Refused {
  return "kind" in value && value.kind === "refused";
}
