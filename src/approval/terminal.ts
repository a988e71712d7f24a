import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { StoredPlan } from "../ledger/types.ts";
import { columns, entry, paragraph } from "../policy/columns.ts";
import { visible } from "./plans.ts";

/** Plans as text of 80 columns, and a person at a real terminal. */

const margin = 12;

export function planList(plans: readonly StoredPlan[], now: number): string {
  if (plans.length === 0) return "Nothing waits for a decision.";
  return plans
    .map((plan) =>
      [
        plan.planId,
        entry("  what", `${plan.operation} ${line(plan.target)}`, margin),
        entry("  where", line(plan.place), margin),
        entry("  asked by", line(plan.requester), margin),
        entry("  expires", `in ${minutes(plan.expiresAt - now)}`, margin),
      ].join("\n"),
    )
    .join("\n\n");
}

export function planInFull(plan: StoredPlan, now: number): string {
  const facts = Object.entries(plan.facts).map(([name, value]) => `${name} = ${value ?? "unknown"}`);
  return [
    visible(plan.question).split("\n").map(paragraph).join("\n"),
    "-".repeat(columns),
    entry("target", line(plan.target), margin),
    entry("risk", plan.risk, margin),
    entry("where", line(plan.place), margin),
    entry("asked by", `${line(plan.requester)} (as the client names itself)`, margin),
    entry("needs", plan.requiredStrength, margin),
    entry("bound to", facts.length === 0 ? "no facts" : line(facts.join("; ")), margin),
    entry("expires", `in ${minutes(plan.expiresAt - now)}`, margin),
  ].join("\n");
}

/** A value of foreign origin may not look like a line of ours. */
function line(text: string): string {
  return visible(text).replaceAll("\n", " ");
}

function minutes(milliseconds: number): string {
  const whole = Math.ceil(milliseconds / 60_000);
  return whole === 1 ? "1 minute" : `${whole} minutes`;
}

export interface Terminal {
  say(text: string): void;
  /**
   * @param kind `secret`: what is typed does not appear
   * @returns undefined when the person ends the input or interrupts
   */
  ask(question: string, kind?: "secret"): Promise<string | undefined>;
}

/** @returns undefined where input or output is no terminal: a pipe is no person */
export function openTerminal(): Terminal | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    async ask(question, kind) {
      const output = kind === "secret" ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stdout;
      const lines = createInterface({ input: process.stdin, output, historySize: 0, terminal: true });
      // Shown by us, since all that the library writes is dropped together with the echo; and after the library took the
      // terminal's own echo away, so that nothing typed in a hurry appears.
      if (kind === "secret") process.stdout.write(`${question} `);
      const stop = new AbortController();
      lines.once("close", () => stop.abort());
      try {
        return (await lines.question(`${question} `, { signal: stop.signal })).trim();
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        throw error;
      } finally {
        lines.close();
        if (kind === "secret") process.stdout.write("\n");
      }
    },
  };
}
