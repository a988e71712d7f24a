import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * The driver's log as the service shows it: one sequence of lines. The engine writes three files, so what is new in
 * them is taken over each time somebody looks; a line keeps its number.
 */
export interface DriverLog {
  /** A line of the control plane's own. */
  note(line: string): void;
  collect(): void;
  /** Takes over what has no line end yet, too. */
  finish(): void;
}

const logName = "driver.log";
const sources = ["syslog.log", "stdout.log", "stderr.log"] as const;

/** @param mode anew: for logs of which nobody knows any more what has been taken over */
export function openDriverLog(folder: string, now: () => number, mode: "continued" | "anew" = "continued"): DriverLog {
  const file = join(folder, logName);
  const offsets = new Map<string, number>();

  function append(bytes: Buffer | string): void {
    if (bytes.length === 0) return;
    withFile(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, (descriptor) => {
      writeSync(descriptor, Buffer.from(bytes));
    });
  }

  function take(source: string, last: boolean): void {
    const from = offsets.get(source) ?? 0;
    const fresh = readFrom(join(folder, source), from);
    const end = last ? fresh.length : fresh.lastIndexOf("\n") + 1;
    const taken = fresh.subarray(0, end);
    offsets.set(source, from + end);
    append(taken);
    if (last && taken.length > 0 && taken.at(-1) !== newLine) append("\n");
  }

  makeFolder(folder);
  if (mode === "anew") rmSync(file, { force: true });
  const collect = (last: boolean) => {
    for (const source of sources) take(source, last);
  };
  return {
    note: (line) => append(`${new Date(now()).toISOString()} ${line}\n`),
    collect: () => collect(false),
    finish: () => collect(true),
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // What is written into it will not be there, either.
  }
}

export function readLines(folder: string): string[] {
  return linesOf(readFrom(join(folder, logName), 0));
}

/** Without reading all of a long log: lists show the end of each one's. */
export function lastLines(folder: string, count: number): string[] {
  const tail = readFrom(join(folder, logName), -tailBytes);
  const lines = linesOf(tail);
  // The first one may have begun before.
  return (tail.length < tailBytes ? lines : lines.slice(1)).slice(-count);
}

function linesOf(bytes: Buffer): string[] {
  return bytes.length === 0 ? [] : bytes.toString("utf8").replace(/\n$/, "").split("\n");
}

const newLine = 10;
const tailBytes = 64 * 1024;

/** @param from counted from the end where it is negative */
function readFrom(file: string, from: number): Buffer {
  return (
    withFile(file, constants.O_RDONLY, (descriptor) => {
      const { size } = fstatSync(descriptor);
      const start = from < 0 ? Math.max(0, size + from) : from;
      const bytes = Buffer.alloc(Math.max(0, size - start));
      return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, start));
    }) ?? Buffer.alloc(0)
  );
}

/**
 * Undefined when it cannot be done: the file is not there, a link stands in its place (jobs write into the same
 * storage), the disk is full. A job works without its log.
 */
function withFile<T>(file: string, flags: number, work: (descriptor: number) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, flags | constants.O_NOFOLLOW, 0o644);
    return work(descriptor);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
