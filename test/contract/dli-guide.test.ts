import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { newDataFolder } from "../doubles/sandbox-emr.ts";

/** docs/dli.md as a stranger follows it. Blocks marked `runs` need no engine and no person; the mark has their exit codes. */

const guide = readFileSync(join(packageRoot, "docs", "dli.md"), "utf8");
const runnable = [...guide.matchAll(/<!-- runs: ([\d ]+) -->\n```sh\n([\s\S]*?)```/g)].map(
  ([, codes = "", block = ""]) => ({ block, calls: callsOf(block, codes.split(" ")) }),
);

/** `call list_dli_queues 0` */
function callsOf(block: string, codes: readonly string[]): string[] {
  const lines = block.split("\n").filter((line) => line.startsWith("spark-workspace-mcp "));
  return lines.map((line, position) => [...line.split(" ").slice(1, 3), codes[position]].join(" "));
}

/** Each call of the program, and how it ended; a sandbox of its own, as on a machine that has none yet. */
async function run(script: string): Promise<string[]> {
  const folder = newDataFolder();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const log = join(folder, "calls");
  const program = join(bin, "spark-workspace-mcp");
  const source = join(packageRoot, "src", "cli", "bin.ts");
  const shim = `#!/bin/sh\n"${process.execPath}" "${source}" "$@"\ncode=$?\necho "$1\${2:+ $2} $code" >> "${log}"\nexit $code\n`;
  writeFileSync(program, shim);
  chmodSync(program, 0o755);
  const env = {
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    HOME: folder,
    SPARK_WORKSPACE_HOME: join(folder, "home"),
    SPARK_WORKSPACE_CLOUD: "dli",
  };
  writeFileSync(log, "");
  const child = spawn("sh", ["-c", script], { cwd: folder, env, stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return readFileSync(log, "utf8").trimEnd().split("\n");
}

describe("the guide to DLI", () => {
  test("has commands that run on any machine", () => {
    expect(runnable.length).toBeGreaterThan(3);
  });

  test.each(runnable)(
    "has commands that end as it says: $calls",
    async ({ block, calls }) => {
      expect(await run(block)).toEqual(calls);
    },
    90_000,
  );

  test("calls tools with arguments that they take", () => {
    const calls = [...guide.matchAll(/^spark-workspace-mcp call (\w+)(?: '(\{.*\})')?/gm)];
    const toTools = calls.flatMap(([, name = "", json]) => {
      const tool = dliTools.find((each) => each.name === name);
      return tool && json !== undefined ? [{ name, tool, input: JSON.parse(json) as unknown }] : [];
    });
    expect(toTools.length).toBeGreaterThan(10);
    for (const { name, tool, input } of toTools) {
      expect(tool.input.safeParse(input), `${name} ${JSON.stringify(input)}`).toMatchObject({ success: true });
    }
    const counting = JSON.parse(/<<'JSON'\n([\s\S]*?)\nJSON/.exec(guide)?.[1] ?? "") as unknown;
    const create = dliTools.find(({ name }) => name === "create_flink_job");
    expect(create?.input.safeParse(counting)).toMatchObject({ success: true });
  });

  test("names no tool that is not there", () => {
    const known = new Set(dliTools.map(({ name }) => name));
    const named = [
      ...guide.matchAll(
        /`((?:get|list|create|update|run|stop|delete|wait|submit|cancel|scale|upload|call|search)_\w+)/g,
      ),
    ];
    expect(named.map(([, name = ""]) => name).filter((name) => !known.has(name))).toEqual([]);
  });
});
