import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AuditHead } from "./types.ts";
import { type KnownHead, parseHead } from "./verify.ts";

/**
 * The last row's number and hash, kept beside the ledger. It shows what a chain cannot show by itself: that rows are
 * gone from its end, because the ledger was put back from a copy, lost its -wal file, or was made anew.
 */
export function headFileOf(ledgerFile: string): string {
  return `${ledgerFile}.head`;
}

export function readHeadFile(ledgerFile: string): KnownHead | undefined {
  const file = headFileOf(ledgerFile);
  try {
    return parseHead(readFileSync(file, "utf8"), file);
  } catch {
    // There is none before the first row, and then there is nothing to hold against the chain.
    return undefined;
  }
}

/** A read is over in half a millisecond and writing a file takes as long, so a burst of rows shares one write. */
const pauseMs = 250;

export interface HeadKeeper {
  /** After the row is committed. */
  note(head: AuditHead): void;
  /** Writes what is still to be written. */
  flush(): void;
}

export function createHeadKeeper(ledgerFile: string, hashOf: (sequence: number) => string | undefined): HeadKeeper {
  let newest: AuditHead | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (newest) writeHeadFile(ledgerFile, newest, hashOf);
    newest = undefined;
  };
  return {
    note(head) {
      newest = head;
      timer ??= setTimeout(flush, pauseMs).unref();
    },
    flush,
  };
}

/**
 * Called after the row is committed: a file ahead of the ledger would be a false alarm, one behind it is harmless.
 * A file that already contradicts the ledger is left as it is, or going on would wipe out the trace.
 */
function writeHeadFile(
  ledgerFile: string,
  { sequence, head }: AuditHead,
  hashOf: (sequence: number) => string | undefined,
): void {
  const known = readHeadFile(ledgerFile);
  if (known && (known.sequence >= sequence || hashOf(known.sequence) !== known.hash)) return;
  const file = headFileOf(ledgerFile);
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${sequence}:${head}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // The row is in the ledger and that is what counts; the file stays at an earlier row, which is still in the chain.
  }
}
