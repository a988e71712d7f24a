import { parseArgs } from "node:util";

export interface Options {
  /** Approve without asking. */
  yes: boolean;
  /** stdout carries one JSON document and nothing else. */
  json: boolean;
  /** Leave the sandbox's folder behind. */
  keep: boolean;
}

export const usage = `npm run quickstart -- [--yes] [--json] [--keep]

Runs three real Spark jobs on this machine, the way an assistant would.

  --yes    approve every question by itself, for machines without a terminal
  --json   end stdout with one JSON document; words go to stderr
  --keep   keep the sandbox's folder, to look at what the jobs wrote
  --help   show this`;

/** @returns `problem` when an argument is not known */
export function readOptions(args: readonly string[]): Options | { help: true } | { problem: string } {
  try {
    const flag = { type: "boolean", default: false } as const;
    const { values } = parseArgs({
      args: [...args],
      options: { yes: { ...flag, short: "y" }, json: flag, keep: flag, help: { ...flag, short: "h" } },
    });
    return values.help ? { help: true } : { yes: values.yes, json: values.json, keep: values.keep };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
