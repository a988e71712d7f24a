import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { outcomeCodes } from "../../src/gateway/codes.ts";
import { packageRoot } from "../../src/package-root.ts";

const read = (file: string) => readFileSync(join(packageRoot, file), "utf8");

const ofDocs = readdirSync(join(packageRoot, "docs")).filter((name) => name.endsWith(".md"));
const pages = [
  "README.md",
  "README.zh.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "SKILL.md",
  ...ofDocs.map((name) => `docs/${name}`),
];

test("the index of docs leads to every page", () => {
  const linked = [...read("docs/README.md").matchAll(/\]\((\w[\w-]*\.md)\)/g)].map(([, name]) => name);
  expect(ofDocs.filter((name) => name !== "README.md" && !linked.includes(name))).toEqual([]);
});

test("the Chinese README has the commands, settings and sections of the English one", () => {
  const [en, zh] = [read("README.md"), read("README.zh.md")];
  const blocksOf = (text: string) =>
    [...text.matchAll(/^(<!-- .+ -->\n)?```(\w+)\n[\s\S]*?^```$/gm)]
      .filter(([, , language]) => language !== "text")
      .map(([block]) => block);
  expect(blocksOf(zh)).toEqual(blocksOf(en));
  const headingsOf = (text: string) => [...text.matchAll(/^#+(?= )/gm)].map(([level]) => level);
  expect(headingsOf(zh)).toEqual(headingsOf(en));
  const rowsOf = (text: string) => text.split("\n").filter((line) => line.startsWith("|")).length;
  expect(rowsOf(zh)).toBe(rowsOf(en));
  const spansOf = (text: string) => new Set(text.match(/`[^`\n]+`/g));
  const lacking = [...spansOf(en)].filter((span) => !spansOf(zh).has(span));
  expect(lacking).toEqual([]);
});

test("the changelog tells of the version that package.json has", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const versions = [...read("CHANGELOG.md").matchAll(/^## \[([^\]]+)\]/gm)].map(([, name]) => name);
  expect(versions[0]).toBe("Unreleased");
  expect(versions).toContain(version);
});

test("docs/errors.md has one entry for each code and none for a code that is gone", () => {
  const documented = [...read("docs/errors.md").matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(documented).toEqual(Object.keys(outcomeCodes));
});

test("every link of README and docs to a file of the project leads somewhere", () => {
  for (const file of pages) {
    for (const [, target = ""] of read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(() => readLink(file, target), `${file} -> ${target}`).not.toThrow();
    }
  }
});

test("every link of README and docs to a heading has its heading", () => {
  for (const file of pages) {
    for (const [, target = "", anchor = ""] of read(file).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)/g)) {
      const page = target === "" ? file : join(file, "..", target);
      const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
      expect(headings, `${file} -> ${target}#${anchor}`).toContain(anchor);
    }
  }
});

/** As the renderers of Markdown make it: lower case, without punctuation, blanks as hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

function readLink(file: string, target: string): void {
  const path = join(packageRoot, file, "..", target);
  if (!path.endsWith("decisions")) readFileSync(path);
}

test("what the threat model names as proof exists", () => {
  for (const [, file = ""] of read("docs/threat-model.md").matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)) {
    expect(() => read(file), file).not.toThrow();
  }
});
