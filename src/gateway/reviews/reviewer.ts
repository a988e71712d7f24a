import type { SqlVerdict } from "../../policy/sql-risk.ts";
import type { Language, Limits } from "../../policy/types.ts";
import type { Facts, Review } from "../types.ts";

export interface ReviewInput {
  input: Readonly<Record<string, unknown>>;
  facts: Facts;
  limits: Limits;
  language: Language;
  sql?: SqlVerdict | undefined;
}

/** A bound of the limits is exceeded, or the request cannot be priced. */
export interface OverLimit {
  overLimit: string;
  next: string;
}

export type Reviewer = (subject: ReviewInput) => Review | OverLimit;
