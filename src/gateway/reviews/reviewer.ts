import type { Problem } from "../../jobs/problem.ts";
import { type Language, sayIn } from "../../language.ts";
import type { SqlVerdict } from "../../policy/sql-risk.ts";
import type { Limits } from "../../policy/types.ts";
import type { Facts, Review } from "../types.ts";

export interface ReviewInput {
  input: Readonly<Record<string, unknown>>;
  facts: Facts;
  limits: Limits;
  language: Language;
  sql?: SqlVerdict | undefined;
}

/** A bound of the limits is exceeded, or the request cannot be priced. In the language of the subject. */
export interface OverLimit {
  overLimit: string;
  next: string;
}

export function notAsItMustBe({ sentence, field }: Problem, language: Language): OverLimit {
  const t = sayIn(language);
  return { overLimit: sentence[language], next: t(`Correct ${field}.`, `请修正 ${field}。`) };
}

export type Reviewer = (subject: ReviewInput) => Review | OverLimit;
