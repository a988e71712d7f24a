import type { Language, Text } from "../language.ts";
import type { OutcomeCode } from "./codes.ts";
import type { Refused, Where } from "./types.ts";

/** Whom a refusal is for. */
export interface Addressed {
  where: Where;
  language: Language;
}

/** Builds a refusal: `what` says what did not happen, `next` what to do. */
export function refuse(
  { where, language }: Addressed,
  code: OutcomeCode,
  what: Text,
  next: Text,
  more: Pick<Refused, "fields" | "changes" | "cloud"> = {},
): Refused {
  return { kind: "refused", code, what: what[language], next: next[language], where, ...more };
}

export function isRefused(value: object): value is Refused {
  return "kind" in value && value.kind === "refused";
}
