import { existsSync } from "node:fs";
import { visible } from "../../approval/plans.ts";
import { openTerminal, type Terminal } from "../../approval/terminal.ts";
import { systemClock } from "../../gateway/clock.ts";
import { isUnresolved } from "../../ledger/intents.ts";
import { openLedger } from "../../ledger/sqlite.ts";
import type { Attempt, Intent, Ledger } from "../../ledger/types.ts";
import { cloudOfOperation } from "../../operations/registry.ts";
import { entry } from "../../policy/columns.ts";
import { confirmOnTerminal } from "../confirm-on-terminal.ts";
import { type Folders, foldersOf, ledgerFile } from "../folders.ts";
import { readPolicy } from "../workbench.ts";

const margin = 12;
const mostListed = 1_000;

/** @returns exit code */
export async function listIntents(options: { unresolved?: boolean; json?: boolean }): Promise<number> {
  return withLedger((ledger) => {
    const intents = ledger?.listIntents({ unresolvedOnly: options.unresolved === true, limit: mostListed }) ?? [];
    if (options.json) console.log(JSON.stringify(intents.map(asData), null, 2));
    else if (intents.length === 0) console.log(options.unresolved ? "Nothing is unresolved." : "Nothing was sent yet.");
    else console.log(intents.map(inShort).join("\n\n"));
    return 0;
  });
}

/**
 * Has the person at the terminal say what became of a request.
 * @returns exit code: 0 resolved, 2 bad usage, 3 not resolved
 */
export async function resolveIntent(
  id: string,
  options: { happened?: boolean; didNotHappen?: boolean },
  terminal: Terminal | undefined = openTerminal(),
): Promise<number> {
  if (options.happened === options.didNotHappen) return notResolved(2, "say either --happened or --did-not-happen");
  const verdict = options.happened ? "happened" : "did-not-happen";
  const folders = foldersOf(process.env);
  return withLedger(async (ledger) => {
    const known = /^\d{1,15}$/.test(id) ? ledger?.findIntent(Number(id)) : undefined;
    if (!ledger || !known) return notResolved(2, `there is no intent ${visible(id)}`);
    const { intent, attempts } = known;
    if (!isUnresolved(intent.state)) return notResolved(2, `intent ${id} is settled: ${intent.state}`);
    if (!terminal) return notResolved(3, "a person has to be at a terminal, and input or output is none");
    const now = systemClock.now();
    terminal.say(inFull(intent, attempts, lookupOf(intent, folders)));
    const sending = attempts.find((attempt) => isUnderWay(attempt, now));
    if (sending)
      return notResolved(3, `process ${sending.process} may still be waiting for the answer; try again later`);
    const name = visible(intent.target);
    const question = `\nYou looked it up and it ${verdict === "happened" ? "happened" : "did not happen"}? Type ${name}:`;
    const confirmed = await confirmOnTerminal(terminal, { question, name, folders });
    if (!confirmed.ok) return notResolved(3, confirmed.why);
    const by = confirmed.code ? "terminal+code" : "terminal";
    if (!ledger.resolveIntent(intent.intentId, { verdict, by, at: systemClock.now() })) {
      return notResolved(3, "its answer came meanwhile");
    }
    terminal.say(
      verdict === "happened"
        ? "Recorded: it took effect. The next identical request mentions it."
        : "Recorded: it did not take effect. The same request can be asked for again.",
    );
    return 0;
  });
}

/** Deadlines, repeats and throttling together take less; a number of a process may be another's after that. */
const longestCallMs = 10 * 60_000;

function isUnderWay({ result, process: pid, startedAt }: Attempt, now: number): boolean {
  if (result !== undefined || now - startedAt > longestCallMs) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function lookupOf({ operation }: Intent, folders: Folders): string {
  const loaded = readPolicy(folders.config, cloudOfOperation(operation));
  const rule = loaded.ok ? loaded.policy.rule(operation) : undefined;
  return rule?.lookup ?? rule?.verify?.read ?? rule?.prechecks.at(-1)?.read ?? "the console";
}

function inShort(intent: Intent): string {
  return [
    `${intent.intentId}  ${isUnresolved(intent.state) ? "UNRESOLVED" : intent.state}`,
    ...linesOf(intent).map(([label, text]) => entry(`  ${label}`, text, margin)),
  ].join("\n");
}

function inFull(intent: Intent, attempts: readonly Attempt[], lookup: string): string {
  const token =
    intent.token === undefined ? "none: it is not sent again before this is resolved" : visible(intent.token);
  const lines: Array<[string, string]> = [
    ["intent", String(intent.intentId)],
    ...linesOf(intent),
    ["token", token],
    ...attempts.map(({ startedAt, process: pid, result }): [string, string] => [
      "attempt",
      `${moment(startedAt)}, process ${pid}: ${result ?? "no answer was written down"}`,
    ]),
    ["look up", `with ${lookup}, or in the console`],
  ];
  return lines.map(([label, text]) => entry(label, text, margin)).join("\n");
}

function linesOf(intent: Intent): Array<[string, string]> {
  return [
    ["what", `${intent.operation} ${visible(intent.target)}`],
    ["where", visible(intent.place)],
    ["when", moment(intent.createdAt)],
  ];
}

function asData({ answer: _, createdAt, requestDigest: __, ...rest }: Intent): Record<string, unknown> {
  return { ...rest, createdAt: moment(createdAt), unresolved: isUnresolved(rest.state) };
}

function moment(at: number): string {
  return new Date(at).toISOString();
}

function notResolved(code: number, why: string): number {
  console.error(`Nothing was resolved: ${why}.`);
  return code;
}

/** A look does not make a ledger where there is none. */
async function withLedger(work: (ledger: Ledger | undefined) => number | Promise<number>): Promise<number> {
  const file = ledgerFile(foldersOf(process.env));
  const ledger = existsSync(file) ? openLedger(file) : undefined;
  try {
    return await work(ledger);
  } finally {
    ledger?.close();
  }
}
