import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { visible } from "../../approval/plans.ts";
import { openAuditFile } from "../../ledger/audit.ts";
import { headFileOf, readHeadFile } from "../../ledger/head-file.ts";
import type { AuditQuery, AuditReader, AuditRecord } from "../../ledger/types.ts";
import { type KnownHead, parseHead, verifyChain } from "../../ledger/verify.ts";
import { entry as labelled } from "../../policy/columns.ts";
import { foldersOf, ledgerFile } from "../folders.ts";

export interface ListOptions {
  since?: string;
  operation?: string;
  outcome?: string;
  limit: string;
  json?: boolean;
}

const mostListed = 10_000;

/** @returns exit code: 0 listed, 2 bad usage */
export async function listAudit(options: ListOptions): Promise<number> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostListed) {
    return badUsage(`--limit is ${visible(options.limit)}; allowed are 1 to ${mostListed}, for example 50`);
  }
  const since = options.since === undefined ? undefined : momentOf(options.since, Date.now());
  if (Number.isNaN(since)) return badUsage("--since is a time such as 2026-01-08T09:00:00Z, or 30m, 24h, 7d ago");
  const query: AuditQuery = {
    limit,
    ...(since !== undefined && { since }),
    ...(options.operation !== undefined && { operation: options.operation }),
    ...(options.outcome !== undefined && { outcome: options.outcome }),
  };
  return withAudit(async (audit) => {
    const { records } = audit?.listAudit(query) ?? { records: [] };
    if (options.json) console.log(JSON.stringify(records.map(asData), null, 2));
    else console.log(records.length === 0 ? "No such records." : records.map(inShort).join("\n"));
    return 0;
  });
}

/** @returns exit code: 0 shown, 2 there is no such row */
export async function showAudit(number: string): Promise<number> {
  return withAudit(async (audit) => {
    const record = /^\d{1,15}$/.test(number) ? audit?.findAudit(Number(number)) : undefined;
    if (!record) return badUsage(`there is no row ${visible(number)}`);
    console.log(inFull(record));
    return 0;
  });
}

/** One JSON object a line, oldest first; `entry` is the very text that the hash covers. */
export async function exportAudit(options: { format: string }): Promise<number> {
  if (options.format !== "jsonl") return badUsage(`--format is ${visible(options.format)}; allowed is jsonl`);
  return withAudit(async (audit) => {
    try {
      await pipeline(Readable.from(linesOf(audit)), process.stdout, { end: false });
    } catch (error) {
      // Whoever read it, such as `head`, has had enough.
      if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
    }
    return 0;
  });
}

function* linesOf(audit: AuditReader | undefined): Iterable<string> {
  for (const { sequence, previous, hash, entry } of audit?.auditRows() ?? []) {
    yield `{"sequence":${sequence},"previous":"${previous}","hash":"${hash}","entry":${entry}}\n`;
  }
}

/** @returns exit code: 0 whole, 1 not, 2 bad usage */
export async function verifyAudit(options: { head?: string; json?: boolean }): Promise<number> {
  const given = options.head === undefined ? undefined : parseHead(options.head, "--head");
  if (options.head !== undefined && !given) {
    return badUsage("--head is SEQUENCE:HASH as an answer shows it, for example 12:9f3c0a51be77");
  }
  const file = ledgerFile(foldersOf(process.env));
  const heads: KnownHead[] = [given, readHeadFile(file)].filter((head) => head !== undefined);
  return withAudit(async (audit) => {
    const verdict = verifyChain(audit?.auditRows() ?? [], heads);
    if (options.json) console.log(JSON.stringify({ ...verdict, checkedAgainst: heads }, null, 2));
    else if (verdict.ok)
      console.log([`The chain is whole: ${countOf(verdict.rows)}.`, ...limits(verdict, heads)].join("\n"));
    else {
      console.log(`Row ${verdict.sequence} is bad: ${visible(verdict.problem)}.`);
      console.log(verdict.sequence > 1 ? `Rows 1 to ${verdict.sequence - 1} hold together.` : "No row before it.");
      console.log(`If the ledger was moved away on purpose, move ${headFileOf(file)} too.`);
    }
    return verdict.ok ? 0 : 1;
  });
}

function countOf(rows: number): string {
  return rows === 1 ? "1 row" : `${rows} rows`;
}

/** What it was held against, and what therefore stays unseen. */
function limits({ rows, head }: { rows: number; head: string }, heads: readonly KnownHead[]): string[] {
  const furthest = Math.max(0, ...heads.map(({ sequence }) => sequence));
  const seen =
    heads.length === 0
      ? "Nothing to hold it against: rows cut off its end would not be seen."
      : `Held against ${heads.map(({ from, sequence }) => `${from} (row ${sequence})`).join(" and ")}: nothing up to row ${furthest} is gone.`;
  return [...(rows > 0 ? [`Head: ${rows}:${head}`] : []), seen];
}

/** A time, or how long ago; NaN for anything else. */
function momentOf(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count === undefined) return /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return now - Number(count) * (unit === "m" ? 60_000 : unit === "h" ? 3_600_000 : 86_400_000);
}

function inShort({ sequence, entry }: AuditRecord): string {
  const { at, operation, target = "", outcome, code, decidedBy, strength, event } = entry;
  const decided = decidedBy === undefined ? "" : `  by ${decidedBy}${strength ? ` (${strength})` : ""}`;
  const what = event === "call" ? (code ?? outcome) : `${event}: ${outcome}`;
  return visible(`${sequence}  ${new Date(at).toISOString()}  ${operation} ${target}  ${what}${decided}`).replaceAll(
    "\n",
    " ",
  );
}

function inFull({ sequence, head, entry }: AuditRecord): string {
  const facts = Object.entries({ row: sequence, ...timesAsText(entry), hash: head });
  return facts.map(([name, value]) => labelled(name, visible(String(value)).replaceAll("\n", " "), 18)).join("\n");
}

function asData({ sequence, head, entry }: AuditRecord): Record<string, unknown> {
  return { sequence, head, ...timesAsText(entry) };
}

function timesAsText(entry: AuditRecord["entry"]): Record<string, unknown> {
  const { at, decidedAt, ...rest } = entry;
  const moment = (time: number) => new Date(time).toISOString();
  return { at: moment(at), ...rest, ...(decidedAt !== undefined && { decidedAt: moment(decidedAt) }) };
}

async function withAudit(work: (audit: AuditReader | undefined) => Promise<number>): Promise<number> {
  const audit = openAuditFile(ledgerFile(foldersOf(process.env)));
  try {
    return await work(audit);
  } finally {
    audit?.close();
  }
}

function badUsage(problem: string): number {
  console.error(`Nothing was done: ${problem}.`);
  return 2;
}
