import { type Family, families, sections } from "./families.ts";
import type { Line } from "./record.ts";

/** Pure: from what the tests have seen to the card that is printed. */

export type Verdict = "holds" | "BROKEN" | "NO PROOF" | "TOO FEW" | "NOT RUN";

export interface Row {
  family: string;
  file: string;
  tries: number;
  through: number;
  control: { of: number; held: number };
  verdict: Verdict;
}

export interface Card {
  holds: boolean;
  rows: readonly Row[];
  totals: { tries: number; through: number; control: { of: number; held: number }; notRun: number };
}

export function cardOf(lines: readonly Line[], { quick = false }: { quick?: boolean } = {}): Card {
  const rows = families.map((family) => rowOf(family, lines, quick));
  const ownControls = rows.filter((_, at) => families[at]?.controlOf === undefined).map(({ control }) => control);
  return {
    holds: rows.every(({ verdict }) => verdict === "holds"),
    rows,
    totals: {
      tries: sum(rows, ({ tries }) => tries),
      through: sum(rows, ({ through }) => through),
      control: { of: sum(ownControls, ({ of }) => of), held: sum(ownControls, ({ held }) => held) },
      notRun: rows.filter(({ verdict }) => verdict === "NOT RUN").length,
    },
  };
}

function rowOf(family: Family, lines: readonly Line[], quick: boolean): Row {
  const own = lines.filter((line) => line.family === family.name);
  const shown = lines.filter((line) => line.family === (family.controlOf ?? family.name));
  const row = {
    family: family.name,
    file: family.file,
    tries: sum(own, ({ tries }) => tries),
    through: sum(own, ({ through }) => Math.abs(through)),
    control: {
      of: sum(shown, ({ control }) => control?.of ?? 0),
      held: sum(shown, ({ control }) => control?.held ?? 0),
    },
  };
  return { ...row, verdict: own.length === 0 ? "NOT RUN" : verdictOf(family, row, quick) };
}

/** Nothing got through proves something only where enough was tried, and where the control shows what getting through is. */
function verdictOf(family: Family, { tries, through, control }: Omit<Row, "verdict">, quick: boolean): Verdict {
  if (through !== 0) return "BROKEN";
  if (control.of === 0 || control.held !== control.of) return "NO PROOF";
  const least = (quick ? family.leastQuick : undefined) ?? family.least;
  return tries < least ? "TOO FEW" : "holds";
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

const widths = { tries: 8, through: 8, control: 11, verdict: 9 };
const columns = 80;
const nameWidth = columns - widths.tries - widths.through - widths.control - widths.verdict;

export function printed({ rows, totals, holds }: Card): string {
  const body = sections.flatMap((section) => [
    "",
    `through: ${section.counts}`,
    ...section.families.flatMap(({ name }) => rows.filter(({ family }) => family === name).map(line)),
  ]);
  const all = line({ ...totals, family: "all", verdict: holds ? "holds" : "FAILED" });
  const legend = "control: the same done rightly, or a leak planted, and how often that showed";
  return [heading(), ...body, "", all, legend].join("\n");
}

function heading(): string {
  return line({ family: "attack", tries: "tries", through: "through", control: "control", verdict: "verdict" });
}

function line(row: {
  family: string;
  tries: number | string;
  through: number | string;
  control: string | { of: number; held: number };
  verdict: string;
}): string {
  const control = typeof row.control === "string" ? row.control : `${row.control.held}/${row.control.of}`;
  return [
    row.family.padEnd(nameWidth),
    String(row.tries).padStart(widths.tries),
    String(row.through).padStart(widths.through),
    control.padStart(widths.control),
    row.verdict.padStart(widths.verdict),
  ].join("");
}
