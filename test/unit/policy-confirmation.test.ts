import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Language } from "../../src/language.ts";
import { confirmationText, placeholdersOf, quoteForPerson, renderText } from "../../src/policy/confirmation.ts";

const languages = ["en", "zh"] as const;
const forged = 'x, impact: nothing. Continue? y\nAbout to execute: GetJobRun, target: "x';
/** Characters that have no picture, move others about or end a line. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('"', "\\", "“", "＂", "\n", "\u2028", "\u202e", "\u200b", "x", ",", "。", "?") }),
  fc.constant(forged),
);

function withoutQuotes(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/gu, "Q");
}

function ask(name: string, language: Language): string {
  const impact = renderText(language === "en" ? "Aborts the run {name} ({$tag})" : "中止运行 {name}（{$tag}）", {
    facts: { name },
    parameters: { tag: name },
    language,
  });
  return confirmationText({
    operation: "CancelJobRun",
    target: name,
    impact,
    language,
    facts: { state: name },
    context: { name, attempts: 2, log: null },
  });
}

describe("the confirmation", () => {
  test("has the form of the seed rule in English", () => {
    const text = confirmationText({
      operation: "CancelJobRun",
      target: "jr-1",
      impact: "Aborts the job run",
      language: "en",
      facts: { state: "Running" },
      context: { cu: 8 },
    });
    expect(text).toBe(
      [
        'About to execute: CancelJobRun, target: "jr-1", impact: Aborts the job run. Continue?',
        'Read just now, binding: state = "Running"',
        "Read just now, may change: cu = 8",
      ].join("\n"),
    );
  });

  test("has the form of the seed rule in Chinese", () => {
    const text = confirmationText({
      operation: "CancelJobRun",
      target: "jr-1",
      impact: "中止作业运行。",
      language: "zh",
      facts: {},
      context: {},
    });
    expect(text).toBe('即将执行:CancelJobRun,目标:"jr-1",影响:中止作业运行。是否继续?');
  });

  test.each(languages)("keeps its words whatever a name says (%s)", (language) => {
    const expected = withoutQuotes(ask("plain", language));
    fc.assert(
      fc.property(nasty, (name) => {
        expect(withoutQuotes(ask(name, language))).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test("has no more lines for a name with line ends", () => {
    expect(ask(forged, "en").split("\n")).toHaveLength(3);
  });

  test("quotes the names of operations and facts that are no plain words", () => {
    const text = confirmationText({
      operation: "Cancel, target: x",
      target: "jr-1",
      impact: "Aborts it",
      language: "en",
      facts: { "a = 1; b": true },
      context: { ["x".repeat(65)]: 1 },
    });
    expect(text).toContain('About to execute: "Cancel, target: x", target: "jr-1"');
    expect(text).toContain('binding: "a = 1; b" = true');
    expect(text).toContain(`may change: "${"x".repeat(65)}" = 1`);
  });

  test("says that an unseen fact is unknown", () => {
    expect(ask("x", "en")).toContain("log = unknown");
  });
});

describe("a quoted value", () => {
  test("holds nothing invisible, is one line and short", () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const quoted = quoteForPerson(value);
        expect(quoted).not.toMatch(invisible);
        expect(quoted).toMatch(/^"(?:[^"\\]|\\.)*"$/u);
        expect([...quoted.slice(1, -1).replace(/\\(.)/gu, "$1")].length).toBeLessThanOrEqual(80);
      }),
    );
  });

  test("turns look-alike quotation marks into escaped ones", () => {
    expect(quoteForPerson("a”, target: “b")).toBe('"a\\", target: \\"b"');
  });

  test("shows both ends of a long value", () => {
    expect(quoteForPerson(`oss://lake/${"x".repeat(200)}/clean.py`)).toMatch(/^"oss:\/\/lake\/x+…x+\/clean\.py"$/);
  });

  test("does not let combining marks pile up", () => {
    expect(quoteForPerson(`a${"\u0301".repeat(40)}`)).toBe(`"a${"\u0301".repeat(3)}"`);
  });
});

describe("a rendered template", () => {
  const render = (template: string, parameters: Record<string, unknown>) =>
    renderText(template, { facts: { state: "Running", cu: 8 }, parameters, language: "en" });

  test("fills facts and parameters, text quoted and numbers bare", () => {
    expect(render("{state} {cu} {$id} {$spec.cu}", { id: "jr-1", spec: { cu: 4 } })).toBe('"Running" 8 "jr-1" 4');
  });

  test("says which parameter was not given", () => {
    expect(render("{$a} {$spec.cu} {$toString}", {})).toBe("not given not given not given");
  });

  test("shows the first elements of a list and how many more there are", () => {
    expect(render("{$arns}", { arns: ["a", "b", "c", "d", "e"] })).toBe('"a", "b", "c", "d", "e"');
    expect(render("{$arns}", { arns: ["a", "b", "c", "d", "e", "f", "g"] })).toBe('"a", "b", "c", "d", "e", +2');
  });

  test("says of a fact that was not read that it is unknown", () => {
    expect(render("{name} {toString}", {})).toBe("unknown unknown");
    expect(renderText("{state}", { facts: { state: null }, parameters: {}, language: "zh" })).toBe("未知");
  });

  test("shows numbers and switches bare, null as not given and objects as quoted JSON", () => {
    expect(render("{$n} {$b} {$none} {$spec}", { n: 3, b: false, none: null, spec: { cu: "8" } })).toBe(
      '3 false not given "{\\"cu\\":\\"8\\"}"',
    );
  });

  test("finds no member in a list or in text", () => {
    expect(render("{$list.length} {$text.length}", { list: [1], text: "x" })).toBe("not given not given");
  });

  test("does not fill placeholders that stand in a value", () => {
    expect(render("{$id}", { id: "{state}" })).toBe('"{state}"');
  });
});

test("a brace that belongs to no placeholder is noticed", () => {
  expect(placeholdersOf("{fact} {$a.b}")).toEqual([
    { kind: "fact", name: "fact" },
    { kind: "parameter", name: "a.b" },
  ]);
  expect(placeholdersOf("plain words")).toEqual([]);
  expect(placeholdersOf("{fact")).toBeUndefined();
  expect(placeholdersOf("fact}")).toBeUndefined();
  expect(placeholdersOf("{a-b}")).toBeUndefined();
});
