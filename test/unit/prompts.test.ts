import { expect, test } from "vitest";
import { prompts } from "../../src/server/prompts.gen.ts";
import { renderPrompt } from "../../src/server/prompts.ts";
import { tools } from "../../tools/index.ts";

test("words before an argument appear only with its value", () => {
  const text = "Run it{{program?, namely }}.";
  expect(renderPrompt(text, { program: "a.py" })).toBe("Run it, namely a.py.");
  expect(renderPrompt(text, {})).toBe("Run it.");
});

test("every tool a prompt names exists, and both languages name the same ones", () => {
  const names = new Set(tools.map((tool) => tool.name));
  for (const prompt of prompts) {
    const named = (text: string) => [...new Set(text.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [])].sort();
    expect(named(prompt.text.en).filter((name) => !names.has(name))).toEqual([]);
    expect(named(prompt.text.zh)).toEqual(named(prompt.text.en));
  }
});
