import type { Language, Text } from "../language.ts";
import type { InputProblem } from "../operations/validate.ts";
import type { OutcomeCode } from "./codes.ts";
import type { FieldProblem, Refused, Where } from "./types.ts";

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
  { fields, ...more }: Pick<Refused, "changes" | "cloud"> & { fields?: readonly InputProblem[] } = {},
): Refused {
  return {
    kind: "refused",
    code,
    what: what[language],
    next: next[language],
    where,
    ...(fields && { fields: saidOfFields(fields, language) }),
    ...more,
  };
}

export function saidOfFields(fields: readonly InputProblem[], language: Language): FieldProblem[] {
  return fields.map((each) => ({ ...each, problem: each.problem[language] }));
}

export function isRefused(value: object): value is Refused {
  return "kind" in value && value.kind === "refused";
}
