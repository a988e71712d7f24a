/**
 * Prints how well words alone find the right tool: `node test/routing/report.ts`. What is not tuned on is counted, and
 * shown only with --all: nobody is to tune on it by accident.
 */
import { createRouter, type Routed, route, shareWithin } from "./route.ts";
import { clouds, languages, parts, readUtterances } from "./utterances.ts";

const showAll = process.argv.includes("--all");
const percent = (share: number) => `${(100 * share).toFixed(1).padStart(5)} %`;

function lineOf(title: string, routed: readonly Routed[]): string {
  const count = String(routed.length).padStart(5);
  return `${title.padEnd(18)} ${count}  ${percent(shareWithin(routed, 1))}  ${percent(shareWithin(routed, 3))}`;
}

console.log(`${" ".repeat(18)} count    top 1    top 3`);
const taken = new Map<string, string[]>();
for (const cloud of clouds) {
  const router = createRouter(cloud);
  for (const language of languages) {
    const routed = route(readUtterances(cloud, language), router);
    for (const part of parts) {
      const those = routed.filter(({ utterance }) => utterance.part === part);
      console.log(lineOf(`${cloud} ${language} ${part}`, those));
    }
    for (const { utterance, found } of routed) {
      if (found[0] === utterance.expected || !(showAll || utterance.part === "tuned on")) continue;
      const pair = `${cloud}  ${utterance.expected} -> ${found[0] ?? "nothing"}`;
      const third = found.includes(utterance.expected) ? "" : " (not among three)";
      taken.set(pair, [...(taken.get(pair) ?? []), `${utterance.text}${third}`]);
    }
  }
}

console.log(`\nExpected -> taken for it, ${showAll ? "of all" : "of those tuned on (--all shows the others too)"}:`);
for (const [pair, texts] of [...taken].sort(([, one], [, other]) => other.length - one.length)) {
  console.log(`${String(texts.length).padStart(3)}  ${pair}: ${texts.join(" | ")}`);
}
