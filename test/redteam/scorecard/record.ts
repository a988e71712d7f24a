import { appendFileSync } from "node:fs";
import { families } from "./families.ts";

/** What a test has seen of one family; the card adds up what all tests say of it. */
export interface Seen {
  tries: number;
  /** What should not have got through; the section says what is counted. */
  through: number;
  /** The same thing done rightly, or a planted leak: how often it had to show, and did. */
  control?: { of: number; held: number };
}

export type Line = Seen & { family: string };

export const fileVariable = "REDTEAM_SCORECARD";
/** Set where a run tries less. */
export const isQuick = process.env.REDTEAM_QUICK === "1";

/** Called before the test judges, so that what got through stands on the card too. */
export function score(family: string, seen: Seen): void {
  if (!families.some(({ name }) => name === family)) throw new Error(`the card has no row "${family}"`);
  const file = process.env[fileVariable];
  if (file) appendFileSync(file, `${JSON.stringify({ family, ...seen } satisfies Line)}\n`);
}
