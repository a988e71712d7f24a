import { readFact } from "../../../src/policy/facts.ts";
import type { Precheck } from "../../../src/policy/types.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The same answer with one bound fact of it changed and, where that can be, no other: to another admitted value first,
 * so that it is the change itself that has to refuse.
 */
export function flipped(answer: Json, precheck: Precheck, fact: string, input: Json): Json {
  const factsOf = (body: Json) =>
    Object.entries(precheck.facts).map(([name, path]) => [name, readFact(body, path, input)] as const);
  const before = new Map(factsOf(answer));
  const changesOf = (body: Json) => factsOf(body).filter(([name, value]) => before.get(name) !== value);

  const texts = [...(precheck.require?.[fact] ?? []), "flipped", "32", '{"cpu":"32","memory":"128Gi"}'];
  const candidates = texts.flatMap((text) => [...variants(answer, text)]).filter(isJson);
  const fitting = candidates.filter((body) => changesOf(body).some(([name]) => name === fact));
  const chosen = fitting.find((body) => changesOf(body).length === 1) ?? fitting[0];
  if (!chosen) throw new Error(`the fact ${fact} of ${precheck.read} cannot be flipped`);
  return chosen;
}

/** Every value that differs in one place: a text replaced, a member gone, a list emptied or its first element doubled. */
function* variants(value: unknown, text: string): Generator<unknown> {
  if (typeof value === "string") yield text;
  if (Array.isArray(value)) {
    for (const [at, element] of value.entries()) {
      for (const variant of variants(element, text)) yield value.with(at, variant);
    }
    yield [...value, ...value.slice(0, 1)];
    yield [];
  } else if (isJson(value)) {
    for (const [name, inner] of Object.entries(value)) {
      for (const variant of variants(inner, text)) yield { ...value, [name]: variant };
    }
    for (const name of Object.keys(value))
      yield Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
