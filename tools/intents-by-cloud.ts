import { dliIntents } from "./dli/intents.ts";
import { emrIntents } from "./emr/intents.ts";
import { type IntentsByName, sharedIntents } from "./intents.ts";
import { otherWordsFor } from "./vocabulary.ts";

export const intentsOf: Readonly<Record<"emr" | "dli", IntentsByName>> = {
  emr: { ...sharedIntents, ...emrIntents },
  dli: { ...sharedIntents, ...dliIntents },
};

/** Everything said for a name, for an index of words; empty when nothing is kept. */
export function saidOf(cloud: "emr" | "dli", name: string): string {
  const { en = [], zh = [] } = intentsOf[cloud][name] ?? {};
  return [...en, ...zh, otherWordsFor(name)].join("; ");
}
