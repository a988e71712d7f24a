import { chainHash, emptyHead } from "./audit.ts";
import type { AuditRow } from "./types.ts";

/** A place in the chain that was told to somebody: row `sequence` had this hash. */
export interface KnownHead {
  sequence: number;
  /** The whole hash, or at least its first 12 digits, as answers show them. */
  hash: string;
  /** Where it is known from, as said to the person. */
  from: string;
}

export type Verdict =
  | { ok: true; rows: number; head: string }
  /** `sequence` is the first row that is bad or missing; those before it are as they were written. */
  | { ok: false; sequence: number; problem: string };

/** Recomputes the chain, oldest row first, holding one row at a time. */
export function verifyChain(rows: Iterable<AuditRow>, heads: readonly KnownHead[] = []): Verdict {
  let last = 0;
  let head = emptyHead;
  for (const row of rows) {
    const problem = problemOf(row, last, head) ?? contradiction(row, heads);
    if (problem) return { ok: false, ...problem };
    last = row.sequence;
    head = row.hash;
  }
  const beyond = heads.find(({ sequence }) => sequence > last);
  if (beyond) {
    const problem = `the rows after ${last} are missing: ${beyond.from} says that the chain reached row ${beyond.sequence}`;
    return { ok: false, sequence: last + 1, problem };
  }
  return { ok: true, rows: last, head };
}

interface Problem {
  sequence: number;
  problem: string;
}

function problemOf(row: AuditRow, last: number, head: string): Problem | undefined {
  const { sequence } = row;
  if (sequence !== last + 1) {
    return { sequence: last + 1, problem: `row ${last + 1} is missing: row ${sequence} follows row ${last}` };
  }
  if (chainHash(sequence, row.previous, row.entry) !== row.hash) {
    return { sequence, problem: `row ${sequence} was changed or moved: its text and number do not give its hash` };
  }
  if (row.previous === head) return undefined;
  // The row is whole in itself, so it is the one before it that is not the one it was written after.
  if (last > 0)
    return { sequence: last, problem: `row ${last} was replaced: row ${sequence} was written after another` };
  return { sequence, problem: `row ${sequence} was not the first when it was written` };
}

function contradiction(row: AuditRow, heads: readonly KnownHead[]): Problem | undefined {
  const other = heads.find(({ sequence, hash }) => sequence === row.sequence && !row.hash.startsWith(hash));
  if (!other) return undefined;
  const problem = `row ${row.sequence} is not the one that ${other.from} names: it or a row before it was rewritten, hashes and all`;
  return { sequence: row.sequence, problem };
}

/** `SEQUENCE:HASH`, as `audit verify` takes it. */
export function parseHead(text: string, from: string): KnownHead | undefined {
  const match = /^([1-9]\d{0,14}):([0-9a-f]{12,64})$/.exec(text.trim());
  return match?.[2] === undefined ? undefined : { sequence: Number(match[1]), hash: match[2], from };
}
