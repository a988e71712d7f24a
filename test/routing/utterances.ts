import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";

/** What a person types, and the tool that should answer, or the operation that is always refused. */
export interface Utterance {
  text: string;
  expected: string;
  refused: boolean;
  part: Part;
}

/**
 * The words beside the tools were tuned on half of the first utterances, drawn at random, and on more written later; the
 * other half is held out. Those unseen were written last, when the words were settled.
 */
export type Part = "tuned on" | "held out" | "unseen";
export const parts: readonly Part[] = ["tuned on", "held out", "unseen"];

export const clouds = ["emr", "dli"] as const;
export const languages = ["en", "zh"] as const;
export type Cloud = (typeof clouds)[number];
export type Language = (typeof languages)[number];

const byName = z.record(z.string(), z.array(z.string().min(1)).min(1));
const fileShape = z.strictObject({ tools: byName, refused: byName });

export function readUtterances(cloud: Cloud, language: Language): readonly Utterance[] {
  const read = (which: string) => readFrom(`${which}${cloud}.${language}.yaml`);
  const first = read("");
  const heldOut = halfOf(first.length, seed);
  return [
    ...first.map((utterance, at) => ({
      ...utterance,
      part: heldOut.has(at) ? ("held out" as const) : ("tuned on" as const),
    })),
    ...read("more.").map((utterance) => ({ ...utterance, part: "tuned on" as const })),
    ...read("unseen.").map((utterance) => ({ ...utterance, part: "unseen" as const })),
  ];
}

function readFrom(file: string) {
  const { tools, refused } = fileShape.parse(parse(readFileSync(join(import.meta.dirname, file), "utf8")));
  return [...saidIn(tools, false), ...saidIn(refused, true)];
}

function saidIn(texts: Readonly<Record<string, readonly string[]>>, refused: boolean) {
  return Object.entries(texts).flatMap(([expected, all]) => all.map((text) => ({ text, expected, refused })));
}

const seed = 20261121;

/** The same half each time: a shuffle whose chance is a linear congruential generator. */
function halfOf(count: number, from: number): ReadonlySet<number> {
  const order = Array.from({ length: count }, (_, at) => at);
  let state = from;
  for (let last = count - 1; last > 0; last--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return new Set(order.slice(0, Math.floor(count / 2)));
}
