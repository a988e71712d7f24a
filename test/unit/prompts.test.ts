import { describe, expect, test } from "vitest";
import { readPrompt } from "../../scripts/prompt-files.ts";
import { chooseTools } from "../../src/cli/toolsets.ts";
import { dliPrompts } from "../../src/server/dli-prompts.gen.ts";
import { emrPrompts } from "../../src/server/emr-prompts.gen.ts";
import { listTool } from "../../src/server/listed-tool.ts";
import { renderPrompt } from "../../src/server/prompts.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools as emrTools } from "../../tools/index.ts";

const han = /\p{Script=Han}/u;
const namesOf = (tools: ReadonlyArray<{ name: string }>) => new Set(tools.map(({ name }) => name));
const argumentNames = new Set([...emrTools, ...dliTools].flatMap(({ input }) => Object.keys(input.shape)));
const words = (text: string, form: RegExp) => [...new Set(text.match(form) ?? [])].sort();
const snakeCase = (text: string) => words(text, /\b[a-z]+(?:_[a-z]+)+\b/g);

/** States of jobs, which look like names of tools. */
const states = new Set(["job_running"]);

test("words before an argument appear only with its value", () => {
  const text = "Run it{{program?, namely }}.";
  expect(renderPrompt(text, { program: "a.py" })).toBe("Run it, namely a.py.");
  expect(renderPrompt(text, {})).toBe("Run it.");
});

test("both clouds have the ways a beginner needs, and EMR that to BI", () => {
  const both = ["first_job", "investigate_failed_job", "move_job", "review_consumption", "scale_queue", "submit_job"];
  expect([...namesOf(dliPrompts.prompts)].sort()).toEqual(both);
  expect([...namesOf(emrPrompts.prompts)].sort()).toEqual([...both, "connect_bi"].sort());
});

describe.each([
  ["EMR", emrPrompts, emrTools, dliTools],
  ["DLI", dliPrompts, dliTools, emrTools],
] as const)("prompts of %s", (_, list, tools, foreignTools) => {
  const own = namesOf(tools);
  const foreign = new Set([...namesOf(foreignTools)].filter((name) => !own.has(name)));
  const shown = namesOf(chooseTools(tools.map(listTool), undefined));

  test.each(list.prompts)("$name names tools of its cloud alone, the same in both languages", async ({ name }) => {
    const { en = "", zh = "" } = (await list.texts())[name] ?? {};
    expect(snakeCase(en).filter((word) => own.has(word))).not.toEqual([]);
    expect(snakeCase(en).filter((word) => foreign.has(word))).toEqual([]);
    const unknown = snakeCase(en).filter((word) => !own.has(word) && !argumentNames.has(word) && !states.has(word));
    expect(unknown).toEqual([]);
    expect(snakeCase(zh)).toEqual(snakeCase(en));
  });

  test.each(list.prompts)("$name names arguments that some tool takes, or its own", async (prompt) => {
    const { en = "", zh = "" } = (await list.texts())[prompt.name] ?? {};
    const own = prompt.arguments.map(({ name }) => name);
    const camelCase = (text: string) => words(text, /\b[a-z]+[A-Z][A-Za-z]*\b/g);
    expect(camelCase(en).filter((word) => !argumentNames.has(word) && !own.includes(word))).toEqual([]);
    expect(camelCase(zh)).toEqual(camelCase(en));
  });

  test.each(list.prompts)("$name says how to reach a tool that a client is not shown", async ({ name }) => {
    const { en = "" } = (await list.texts())[name] ?? {};
    const hidden = snakeCase(en).filter((word) => own.has(word) && !shown.has(word));
    if (hidden.length > 0) expect(en).toContain("call_operation");
  });

  test.each(list.prompts)("$name and each of its arguments is told in English and in Chinese", async (prompt) => {
    const { name, title, description } = prompt;
    const text = (await list.texts())[name];
    for (const each of [title, description, text, ...prompt.arguments.map((argument) => argument.description)]) {
      expect(each?.en).toMatch(/[a-z]{2}/);
      expect(each?.en).not.toMatch(han);
      expect(each?.zh).toMatch(han);
    }
    expect(text?.zh.match(/^\d\./gm)).toEqual(text?.en.match(/^\d\./gm));
  });
});

describe("a file of a prompt", () => {
  const file = ({ zhTitle = "zh: 标题", zhText = "做{{queue?，}}", described = "zh: 队列" } = {}) => `---
name: some_prompt
clouds: [emr]
title: { en: Title, ${zhTitle} }
description: { en: What, zh: 什么 }
arguments:
  - name: queue
    description: { en: Queue, ${described} }
---
## en

Do{{queue?, }}

## zh

${zhText}
`;

  test("is read when everything is told in both languages", () => {
    expect(readPrompt("a.md", file())).toMatchObject({ name: "some_prompt", title: { zh: "标题" } });
  });

  test("is refused without a translation of its title, of an argument or of its text", () => {
    expect(() => readPrompt("a.md", file({ zhTitle: "" }))).toThrow(/title/);
    expect(() => readPrompt("a.md", file({ described: "" }))).toThrow(/description/);
    expect(() => readPrompt("a.md", file().replace(/## zh[\s\S]*/, ""))).toThrow("## zh");
  });

  test("is refused when a language uses an argument that is not declared, or leaves one out", () => {
    expect(() => readPrompt("a.md", file({ zhText: "做{{queue?，}}{{cu?，}}" }))).toThrow(
      "uses the arguments cu,queue",
    );
    expect(() => readPrompt("a.md", file({ zhText: "做" }))).toThrow("zh: uses the arguments ");
  });
});
