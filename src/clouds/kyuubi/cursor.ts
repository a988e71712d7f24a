import { NotThrift } from "./codec.ts";
import type { Link } from "./link.ts";
import { type FetchLimits, failed, type SqlCell, type SqlColumn, type SqlFailure, type SqlPage } from "./result.ts";
import { rowBytes, rowsOf } from "./rows.ts";
import { closeOperation } from "./session.ts";
import { deadlineOf } from "./signals.ts";
import { fetchNext, type OperationHandle } from "./tcli.ts";

/** Aimed at for one answer; the first asks for few rows, since nothing is known of their size yet. */
const chunkBytes = 1024 * 1024;
const firstChunk = 32;
const largestChunk = 5000;

/** The first page of a result; what is left stays on the server, or here for at most one answer. */
export async function firstPage(
  link: Link,
  operationHandle: OperationHandle,
  columns: readonly SqlColumn[],
  limits: FetchLimits,
  notices: readonly string[],
): Promise<SqlPage | SqlFailure> {
  let ahead: SqlCell[][] = [];
  let atEnd = false;
  let averageBytes = chunkBytes / firstChunk;
  let turn: Promise<unknown> = Promise.resolve();

  async function page({ maxRows, maxBytes, timeoutMs, signal }: FetchLimits): Promise<SqlPage | SqlFailure> {
    const deadline = deadlineOf(timeoutMs, signal);
    const rows: SqlCell[][] = [];
    let bytes = 0;
    for (;;) {
      for (const [at, row] of ahead.entries()) {
        const size = rowBytes(row);
        if (rows.length > 0 && (rows.length >= maxRows || bytes + size > maxBytes)) {
          ahead = ahead.slice(at);
          return { kind: "rows", columns, rows, more, notices };
        }
        rows.push(row);
        bytes += size;
      }
      ahead = [];
      if (atEnd) return { kind: "rows", columns, rows, notices };
      const problem = await fill(Math.max(maxRows, 1) - rows.length, deadline.signal);
      if (problem) {
        await end();
        return deadline.passed() && problem.code === "cancelled" ? { ...problem, code: "timeout" } : problem;
      }
    }
  }

  /** One row more than wanted tells whether there are more. */
  async function fill(wanted: number, signal: AbortSignal): Promise<SqlFailure | undefined> {
    const fitting = Math.max(1, Math.floor(chunkBytes / averageBytes));
    const maxRows = BigInt(Math.min(wanted + 1, fitting, largestChunk));
    const request = { operationHandle, orientation: fetchNext, maxRows, fetchType: 0 };
    const reply = await link.call("FetchResults", request, signal);
    if (reply.kind === "call-failed") return failed(reply.code, reply.message, "ended", detailsOf(reply));
    try {
      ahead = rowsOf(reply.response.results, columns);
    } catch (error) {
      if (!(error instanceof NotThrift)) throw error;
      return failed("not_thrift", `The result cannot be read: ${error.message}.`, "ended");
    }
    // Servers say "no more rows" before the last one, so only an empty answer is the end.
    if (ahead.length === 0) {
      link.aside(end());
    } else {
      averageBytes = Math.max(1, ahead.reduce((sum, row) => sum + rowBytes(row), 0) / ahead.length);
    }
    return undefined;
  }

  async function end(): Promise<void> {
    if (atEnd) return;
    atEnd = true;
    await closeOperation(link, operationHandle);
  }

  const more = {
    fetch(next: FetchLimits): Promise<SqlPage | SqlFailure> {
      const mine = turn.then(() => page(next));
      turn = mine;
      return mine;
    },
    close(): Promise<void> {
      ahead = [];
      return end();
    },
  };
  return more.fetch(limits);
}

export function detailsOf(said: { sqlState?: string; errorClass?: string }): {
  sqlState?: string;
  errorClass?: string;
} {
  return {
    ...(said.sqlState !== undefined && { sqlState: said.sqlState }),
    ...(said.errorClass !== undefined && { errorClass: said.errorClass }),
  };
}
