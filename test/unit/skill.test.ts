import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "gpt-tokenizer";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { routes } from "../../scripts/skill-routes.ts";
import { languages } from "../../src/language.ts";
import { packageRoot } from "../../src/package-root.ts";
import { problemsOfArguments } from "../../src/server/arguments.ts";
import { referenceFile, referencePages, skillName } from "../../src/server/resources.ts";
import { portableSchema } from "../../src/server/tool-schema.ts";
import type { Tool } from "../../tools/define.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools as emrTools } from "../../tools/index.ts";

const read = (file: string) => readFileSync(join(packageRoot, file), "utf8");
const pages = Object.keys(referencePages);
const files = pages.flatMap((page) => languages.map((language) => referenceFile(page, language)));
const everyFile = ["SKILL.md", ...files];
const byName = new Map<string, Tool>([...dliTools, ...emrTools].map((tool) => [tool.name, tool]));

/** What people wrote, without what comes from the code. */
const written = (file: string) => read(file).replace(/<!-- ([\w-]+): generated -->[\s\S]*?<!-- \/\1 -->/g, "");

describe("SKILL.md", () => {
  const [, matter = "", body = ""] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(read("SKILL.md")) ?? [];

  test("has front matter that Agent Skills admits", () => {
    const { name, description, compatibility, ...rest } = parse(matter);
    expect(name).toBe(skillName);
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(description.length).toBeLessThanOrEqual(1_024);
    expect(compatibility.length).toBeLessThanOrEqual(500);
    expect(Object.keys(rest)).toEqual(["license"]);
  });

  test("is short enough to be read whole", () => {
    expect(read("SKILL.md").split("\n").length).toBeLessThan(500);
    expect(encode(body).length).toBeLessThan(5_000);
  });

  test("leads to every page of references", () => {
    for (const page of pages) expect(body, page).toContain(`(references/${page}.md)`);
  });

  test("says in every route what is asked for in both languages, and where more stands", () => {
    for (const { say, page } of routes) {
      expect(say.en, say.en).toMatch(/[a-z]/);
      expect(say.zh, say.en).toMatch(/\p{Script=Han}/u);
      expect(pages).toContain(page);
    }
  });
});

test("references holds the pages of the list, each in both languages, and nothing else", () => {
  expect(readdirSync(join(packageRoot, "references")).sort()).toEqual(
    files.map((file) => file.replace("references/", "")).sort(),
  );
});

describe.each(pages)("the page %s", (page) => {
  const [en, zh] = [referenceFile(page, "en"), referenceFile(page, "zh")];

  test("is built the same in both languages", () => {
    const built = (file: string) => read(file).match(/^#+ |^<!-- [\w-]+: generated -->|^\d+\. |^```\w*/gm);
    expect(built(zh)).toEqual(built(en));
  });

  test("names the same tools, settings and commands in both languages", () => {
    const named = (file: string) => [...new Set(written(file).match(/`[^`\n]+`/g) ?? [])].sort();
    expect(named(zh)).toEqual(named(en));
  });

  test("is in Chinese where it says so", () => {
    expect(written(zh)).toMatch(/\p{Script=Han}{8}/u);
    expect(written(en).replace(/^中文.*$/m, "")).not.toMatch(/\p{Script=Han}/u);
  });
});

test("every link leads to a file, at most one level below SKILL.md", () => {
  for (const file of everyFile) {
    for (const [, target = ""] of read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path = join(file, "..", target);
      expect(everyFile, `${file} -> ${target}`).toContain(path);
    }
  }
});

test("every tool that is named in a word of its own exists", () => {
  const known = new Set([
    ...byName.keys(),
    ...[...byName.values()].flatMap((tool) => Object.keys(portableSchema(tool.input.strict()).properties ?? {})),
    "runtime_config",
  ]);
  for (const file of everyFile) {
    for (const [, name = ""] of written(file).matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)) {
      expect(known, `${file}: ${name}`).toContain(name);
    }
  }
});

test("every call that is shown has a tool of that name, which takes its arguments", () => {
  const shown = everyFile.flatMap((file) =>
    [...read(file).matchAll(/^spark-workspace-mcp call (\w+)(?: '(.*)')?$/gm)].map(([, name = "", json = "{}"]) => {
      const tool = byName.get(name);
      const schema = tool?.input.strict();
      return { name, problems: schema && problemsOfArguments(schema, portableSchema(schema), JSON.parse(json)) };
    }),
  );
  expect(shown.length).toBeGreaterThan(10);
  for (const { name, problems } of shown) expect(problems, name).toEqual([]);
});

test("every generated section of a page is there for a table that says something", () => {
  for (const file of everyFile) {
    for (const [, name, content = ""] of read(file).matchAll(/<!-- ([\w-]+): generated -->([\s\S]*?)<!-- \/\1 -->/g)) {
      expect(content.trim().length, `${file}: ${name}`).toBeGreaterThan(40);
    }
  }
});
