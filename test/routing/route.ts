import { findOperation } from "../../src/operations/registry.ts";
import { riskClassOf } from "../../src/policy/risk-classes.gen.ts";
import { createWordIndex, searchedOf } from "../../src/server/word-index.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools as emrTools } from "../../tools/index.ts";
import { intentsOf } from "../../tools/intents-by-cloud.ts";
import type { Cloud, Utterance } from "./utterances.ts";

export const toolsOf = { emr: emrTools, dli: dliTools } as const;

/** What people ask for and never get: operations that are always refused and have words of their own. */
export function refusedOf(cloud: Cloud): readonly string[] {
  return Object.keys(intentsOf[cloud]).filter((name) => findOperation(name) && riskOf(name) === "forbidden");
}

function riskOf(name: string): string | undefined {
  return Object.entries(riskClassOf).find(([operation]) => operation === name)?.[1];
}

/** BM25 over names, titles, descriptions and intents of a cloud's tools and of what it always refuses. */
export function createRouter(cloud: Cloud): (text: string) => readonly string[] {
  const index = createWordIndex([
    ...toolsOf[cloud].map(({ name, title, description }) => searchedOf(cloud, name, title, description)),
    ...refusedOf(cloud).map((name) => searchedOf(cloud, name, name, findOperation(name)?.summary ?? "")),
  ]);
  return (text) => index.search(text);
}

export interface Routed {
  utterance: Utterance;
  /** Best first. */
  found: readonly string[];
}

export function route(utterances: readonly Utterance[], router: (text: string) => readonly string[]): Routed[] {
  return utterances.map((utterance) => ({ utterance, found: router(utterance.text).slice(0, 3) }));
}

/** Share of the utterances whose expected name is among the first `within`. */
export function shareWithin(routed: readonly Routed[], within: number): number {
  const right = routed.filter(({ utterance, found }) => found.slice(0, within).includes(utterance.expected));
  return routed.length === 0 ? 0 : right.length / routed.length;
}
