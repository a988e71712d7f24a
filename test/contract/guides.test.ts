import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findOperation } from "../../src/operations/registry.ts";
import { packageRoot } from "../../src/package-root.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools } from "../../tools/index.ts";
import { newDataFolder } from "../doubles/sandbox-emr.ts";
import {
  type Block,
  blocks,
  callOf,
  callsIn,
  commandLines,
  commandOf,
  leaves,
  pages,
  problemsOf,
  program,
  shellBlocks,
  wordsOf,
} from "./guides.support.ts";

/** README and the pages of docs as a stranger follows them: what they tell to type is there and ends as they say. */

const allTools = [...tools, ...dliTools];
const at = ({ file, line }: Block) => `${file}:${line}`;

describe("blocks of the guides", () => {
  test("every block says what language it is in", () => {
    expect(blocks.filter(({ language }) => language === "").map(at)).toEqual([]);
  });

  test("every shell block is run, run by another test, or says why not", () => {
    // An assistant reads SKILL.md, and pays for every mark.
    const guides = shellBlocks.filter(({ file }) => file !== "SKILL.md");
    expect(guides.filter(({ mark }) => mark === undefined).map(at)).toEqual([]);
  });

  test("a reason is a sentence of several words", () => {
    const reasons = shellBlocks.flatMap(({ mark }) => (mark?.kind === "not-run" ? [mark.why] : []));
    expect(reasons.filter((why) => why.split(" ").length < 3)).toEqual([]);
  });

  test("a test that is said to run a block exists and has its words", () => {
    for (const block of shellBlocks) {
      if (block.mark?.kind !== "runs-in") continue;
      const source = readFileSync(join(packageRoot, block.mark.test), "utf8");
      for (const word of commandLines(block.text).flatMap(wordsOf)) {
        if (/^(npm|run|--|npx|spark-workspace-mcp)$/.test(word)) continue;
        expect(source, `${at(block)}: ${word}`).toContain(word);
      }
    }
  });

  test("no shell block holds a comment or a bare pattern, which zsh takes for something else", () => {
    for (const block of shellBlocks) {
      for (const line of commandLines(block.text)) {
        const bare = line.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, "''");
        expect(bare, at(block)).not.toMatch(/(^|\s)#|[*?[\]]/);
      }
    }
  });
});

/** Each call of the program, and how it ended; a sandbox of its own, as on a machine that has none yet. */
async function run(script: string, cloud: "emr" | "dli"): Promise<string[]> {
  const folder = newDataFolder();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const log = join(folder, "calls");
  const shim = join(bin, "spark-workspace-mcp");
  const source = join(packageRoot, "src", "cli", "bin.ts");
  writeFileSync(
    shim,
    `#!/bin/sh\n"${process.execPath}" "${source}" "$@"\ncode=$?\necho "$1\${2:+ $2} $code" >> "${log}"\nexit $code\n`,
  );
  chmodSync(shim, 0o755);
  writeFileSync(log, "");
  const env = {
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    HOME: folder,
    SPARK_WORKSPACE_HOME: join(folder, "home"),
    ...(cloud === "dli" && { SPARK_WORKSPACE_CLOUD: "dli" }),
  };
  const child = spawn("sh", ["-c", script], { cwd: folder, env, stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return readFileSync(log, "utf8").trimEnd().split("\n");
}

const runnable = shellBlocks.flatMap((block) => {
  if (block.mark?.kind !== "runs") return [];
  const { cloud, codes } = block.mark;
  const calls = callsIn(block.text).map((words, position) => [...words.slice(0, 2), codes[position]].join(" "));
  return [{ where: at(block), script: block.text, cloud, calls, codes }];
});

describe("commands of the guides", () => {
  test("run on any machine, on both clouds", () => {
    expect(runnable.filter(({ cloud }) => cloud === "emr").length).toBeGreaterThan(5);
    expect(runnable.filter(({ cloud }) => cloud === "dli").length).toBeGreaterThan(3);
  });

  test.each(runnable)(
    "end as the page says: $where $calls",
    async ({ script, cloud, calls, codes }) => {
      expect(calls).toHaveLength(codes.length);
      expect(await run(script, cloud)).toEqual(calls);
    },
    90_000,
  );

  test("are commands of the program, with the options and arguments they take", () => {
    for (const block of shellBlocks) {
      for (const words of callsIn(block.text))
        expect(problemsOf(words), `${at(block)}: ${words.join(" ")}`).toEqual([]);
    }
  });

  test("call tools and operations that are there, with arguments that they take", () => {
    let checked = 0;
    for (const block of shellBlocks) {
      for (const [command, name = "", json] of callsIn(block.text)) {
        if (command !== "call") continue;
        const ofThatName = allTools.filter((tool) => tool.name === name);
        const input = JSON.parse(json ?? "{}") as unknown;
        if (ofThatName.length === 0) {
          expect(findOperation(name), `${at(block)}: ${name}`).toBeDefined();
          continue;
        }
        // Some are of both clouds, with arguments of their own.
        const taken = ofThatName.some((tool) => tool.input.safeParse(input).success);
        expect(taken, `${at(block)}: ${name} ${json}`).toBe(true);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(20);
  });
});

describe("what pages mention", () => {
  const spans = pages.flatMap(({ file, text }) =>
    [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => ({ file, span })),
  );

  test("a command of the program is one, with options that it has", () => {
    const mentioned = spans.flatMap(({ file, span }) => {
      const plain = span.replace(/[[\]]/g, "");
      const words = callOf(plain) ?? wordsOf(plain);
      const whole = callOf(plain) !== undefined;
      // `sandbox` is a word of the language too, and `audit 12 9f3c` the end of an answer.
      return whole || (/^[a-z-]/i.test(words[1] ?? "") && commandOf(words).command !== program)
        ? [{ file, span, words }]
        : [];
    });
    expect(mentioned.length).toBeGreaterThan(50);
    for (const { file, span, words } of mentioned) expect(problemsOf(words, true), `${file}: ${span}`).toEqual([]);
  });

  test("the README's table has every command of the program", () => {
    const [, table = ""] = /## The command line\n([\s\S]*?)\n## /.exec(pages[0]?.text ?? "") ?? [];
    const rows = table.split("\n").filter((line) => line.startsWith("| `") || line.startsWith("| ("));
    const named = rows.flatMap((row) => {
      const cells = [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, span = ""]) => wordsOf(span));
      const group = cells[0]?.[0] ?? "";
      // `team add NAME`, `list`: the second belongs to the group of the first.
      return cells.map((words) => {
        const known = commandOf(words).command !== program;
        const path = known ? words : [group, ...words];
        return path.slice(0, path.length - commandOf(path).rest.length).join(" ");
      });
    });
    expect(leaves().filter((leaf) => !named.includes(leaf))).toEqual([]);
  });

  test("a script of npm and a test file is there", () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const { file, text } of pages) {
      for (const [, name = ""] of text.matchAll(/npm run ([\w:-]+)/g))
        expect(Object.keys(scripts), file).toContain(name);
      for (const [path] of text.matchAll(/(?<![\w/])(?:test|scripts|bench)\/[\w./-]+\.ts/g)) {
        expect(existsSync(join(packageRoot, path)), `${file}: ${path}`).toBe(true);
      }
    }
  });

  test("a tool is one", () => {
    const known = new Set(allTools.map(({ name }) => name));
    const verbs =
      "get|list|create|update|run|start|stop|delete|wait|submit|cancel|scale|upload|call|search|edit|diagnose|execute";
    // What differs from the services is told in the words of the services.
    const guides = spans.filter(({ file }) => !file.startsWith("docs/differences"));
    const named = guides.flatMap(({ file, span }) =>
      [...span.matchAll(new RegExp(`^((?:${verbs})_\\w+)`, "g"))].map(([, name = ""]) => `${file}: ${name}`),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((each) => !known.has(each.split(": ")[1] ?? ""))).toEqual([]);
  });
});
