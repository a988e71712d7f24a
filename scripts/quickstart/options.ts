import { parseArgs } from "node:util";

export interface Options {
  /** Approve without asking. */
  yes: boolean;
  /** stdout carries one JSON document and nothing else. */
  json: boolean;
  /** Leave the sandbox's folder behind. */
  keep: boolean;
  /** `emr`: the first part; `dli`: the second. */
  cloud: "emr" | "dli";
}

export const usage = `npm run quickstart -- [--cloud dli] [--yes] [--json] [--keep]

Runs three real Spark jobs on this machine, the way an assistant would.
With --cloud dli: a Spark batch, a SQL job and a Flink job that scales itself.

  --cloud  emr (default) or dli
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
      options: {
        cloud: { type: "string", default: "emr" },
        yes: { ...flag, short: "y" },
        json: flag,
        keep: flag,
        help: { ...flag, short: "h" },
      },
    });
    const { cloud, help, ...flags } = values;
    if (help) return { help: true };
    if (cloud !== "emr" && cloud !== "dli") return { problem: `--cloud is ${cloud}; allowed are emr and dli` };
    return { cloud, ...flags };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
