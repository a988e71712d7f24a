import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { packageRoot } from "../src/package-root.ts";

const text = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });
const frontMatter = z.strictObject({
  name: z.string().regex(/^[a-z_]{1,64}$/),
  title: text,
  description: text,
  arguments: z.array(z.strictObject({ name: z.string(), description: text })).default([]),
});

/** prompts/*.md as a module, so that a start reads no file and parses no YAML. */
export function promptFiles(): Map<string, string> {
  const folder = join(packageRoot, "prompts");
  const prompts = readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => readPrompt(file, readFileSync(join(folder, file), "utf8")));
  const content = `// Generated from prompts/*.md by scripts/generate.ts; do not edit.
import type { Prompt } from "./prompt.ts";

export const prompts: readonly Prompt[] = ${JSON.stringify(prompts, null, 2)};
`;
  return new Map([["src/server/prompts.gen.ts", content]]);
}

function readPrompt(file: string, source: string) {
  const parts = /^---\n([\s\S]*?)\n---\n## en\n\n([\s\S]*?)\n\n## zh\n\n([\s\S]*)$/.exec(source);
  if (!parts) throw new Error(`prompts/${file} needs front matter, then "## en" and "## zh"`);
  const [, head = "", en = "", zh = ""] = parts;
  const matter = frontMatter.parse(parse(head));
  const known = matter.arguments.map(({ name }) => name);
  for (const [, name = ""] of `${en}${zh}`.matchAll(/\{\{(\w+)\?/g)) {
    if (!known.includes(name)) throw new Error(`prompts/${file} names the argument ${name}, which it does not declare`);
  }
  return { ...matter, text: { en: en.trim(), zh: zh.trim() } };
}
