import { clusterRules } from "./cluster-rules.ts";
import { dataRules } from "./data-rules.ts";
import { memoryRules } from "./memory-rules.ts";
import { programRules } from "./program-rules.ts";
import type { Rule } from "./types.ts";

export const rules: readonly Rule[] = [...memoryRules, ...programRules, ...dataRules, ...clusterRules];
