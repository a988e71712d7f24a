/** Collects what the red team's tests see while a test runner is at work, and prints it as one card afterwards. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Card, cardOf, printed } from "../test/redteam/scorecard/card.ts";
import { fileVariable, type Line } from "../test/redteam/scorecard/record.ts";

/** @param run is given the environment that makes the tests record */
export function withScorecard<T>(
  run: (environment: Record<string, string>) => T,
  quick = false,
): { ran: T; card: Card } {
  const folder = mkdtempSync(join(tmpdir(), "scorecard-"));
  const file = join(folder, "seen.jsonl");
  try {
    const ran = run({ [fileVariable]: file, REDTEAM_QUICK: quick ? "1" : "0" });
    return { ran, card: cardOf(existsSync(file) ? linesOf(readFileSync(file, "utf8")) : [], { quick }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linesOf(text: string): Line[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

export { printed };
