import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../src/package-root.ts";
import { cardOf, printed, type Row } from "./card.ts";
import { families } from "./families.ts";
import type { Line } from "./record.ts";

/** A card on which every row holds: enough tries, nothing through, a control of its own or another's. */
const good: Line[] = families.map(({ name, least, controlOf }) => ({
  family: name,
  tries: least,
  through: 0,
  ...(controlOf === undefined && { control: { of: 2, held: 2 } }),
}));
const first = families[0]?.name ?? "";

function rowOf(lines: readonly Line[], family = first): Row | undefined {
  return cardOf(lines).rows.find((row) => row.family === family);
}

const changed = (change: Partial<Line>): Line[] =>
  good.map((line) => (line.family === first ? { ...line, ...change } : line));

test("a card on which everything was tried and nothing got through holds", () => {
  expect(cardOf(good)).toMatchObject({ holds: true, totals: { through: 0, notRun: 0 } });
});

test.each<[string, Line[], string]>([
  ["one thing that got through", changed({ through: 1 }), "BROKEN"],
  ["a control that did not show once", changed({ control: { of: 2, held: 1 } }), "NO PROOF"],
  ["a control that was never made", changed({ control: { of: 0, held: 0 } }), "NO PROOF"],
  ["too few tries", changed({ tries: 1 }), "TOO FEW"],
  ["no line", good.filter(({ family }) => family !== first), "NOT RUN"],
])("%s is seen and fails the card", (_, lines, verdict) => {
  expect(rowOf(lines)?.verdict).toBe(verdict);
  expect(cardOf(lines).holds).toBe(false);
});

test("an empty record is a card of rows that were not run", () => {
  expect(cardOf([])).toMatchObject({ holds: false, totals: { notRun: families.length } });
});

test("what got through in one test is not outweighed by another", () => {
  const lines = [...changed({ through: 1 }), { family: first, tries: 0, through: -1 }];
  expect(rowOf(lines)?.verdict).toBe("BROKEN");
});

test("a family fails with the control that it shares", () => {
  const sharing = families.find(({ controlOf }) => controlOf === first);
  expect(rowOf(changed({ control: { of: 2, held: 1 } }), sharing?.name)?.verdict).toBe("NO PROOF");
});

test("a shared control is counted once in the totals", () => {
  const own = families.filter(({ controlOf }) => controlOf === undefined).length;
  expect(cardOf(good).totals.control).toEqual({ of: 2 * own, held: 2 * own });
});

test("the card fits in 80 columns, with large counts too", () => {
  const lines = good.map((line) => ({ ...line, tries: 99_999, control: { of: 999, held: 999 } }));
  for (const line of printed(cardOf(lines)).split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(families.filter(({ name }) => name.length > 44)).toEqual([]);
});

test("every test file of the red team has rows on the card, and every row a file", () => {
  const folder = join(packageRoot, "test", "redteam");
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  expect([...new Set(families.map(({ file }) => file))].sort()).toEqual(files.sort());
});

test("a shared control is that of a family with one of its own", () => {
  const own = families.filter(({ controlOf }) => controlOf === undefined).map(({ name }) => name);
  for (const { controlOf } of families) if (controlOf !== undefined) expect(own).toContain(controlOf);
});
