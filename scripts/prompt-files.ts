import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { packageRoot } from "../src/package-root.ts";
import { type CompletionSource, completionSources } from "../src/server/prompt.ts";

const clouds = ["emr", "dli"] as const;

const text = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });
const sources = [...new Set<CompletionSource>([...completionSources.emr, ...completionSources.dli])];
const frontMatter = z.strictObject({
  name: z.string().regex(/^[a-z_]{1,64}$/),
  clouds: z.array(z.enum(clouds)).min(1),
  title: text,
  description: text,
  arguments: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z]{1,32}$/),
        description: text,
        complete: z.union([z.enum(sources), z.array(z.string().min(1)).min(1)]).optional(),
      }),
    )
    .default([]),
});

/**
 * prompts/*.md as modules, so that a start reads no file and parses no YAML: what a listing tells of each cloud's, and
 * apart from it the texts, which are as long as all the rest and wanted when one is picked.
 */
export function promptFiles(): Map<string, string> {
  const folder = join(packageRoot, "prompts");
  const read = readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => ({ file, ...readPrompt(file, readFileSync(join(folder, file), "utf8")) }));
  return new Map(
    clouds.flatMap((cloud) =>
      modulesOf(
        cloud,
        read.filter((prompt) => prompt.clouds.includes(cloud)),
      ),
    ),
  );
}

type Read = ReturnType<typeof readPrompt> & { file: string };

function modulesOf(cloud: (typeof clouds)[number], prompts: readonly Read[]): Array<[string, string]> {
  for (const { file, name, arguments: declared } of prompts) {
    if (prompts.some((other) => other.name === name && other.file !== file)) {
      throw new Error(`prompts/${file}: there is another ${name} of ${cloud}`);
    }
    const known: readonly string[] = completionSources[cloud];
    const foreign = declared.find(({ complete }) => typeof complete === "string" && !known.includes(complete));
    if (foreign)
      throw new Error(`prompts/${file}: ${foreign.name} completes from ${foreign.complete}, not of ${cloud}`);
  }
  const listed = prompts.map(({ name, title, description, arguments: declared }) => ({
    name,
    title,
    description,
    arguments: declared,
  }));
  const texts = Object.fromEntries(prompts.map(({ name, text }) => [name, text]));
  const head = "// Generated from prompts/*.md by scripts/generate.ts; do not edit.\n";
  return [
    [
      `src/server/${cloud}-prompts.gen.ts`,
      `${head}import type { PromptList } from "./prompt.ts";

export const ${cloud}Prompts: PromptList = {
  texts: async () => (await import("./${cloud}-prompt-texts.gen.ts")).texts,
  prompts: ${JSON.stringify(listed, null, 2)},
};
`,
    ],
    [
      `src/server/${cloud}-prompt-texts.gen.ts`,
      `${head}import type { Text } from "../language.ts";

export const texts: Readonly<Record<string, Text>> = ${JSON.stringify(texts, null, 2)};
`,
    ],
  ];
}

/** @throws when a translation is missing, or an argument is used and not declared, or declared and not used */
export function readPrompt(file: string, source: string) {
  const parts = /^---\n([\s\S]*?)\n---\n## en\n\n([\s\S]*?)\n\n## zh\n\n([\s\S]*)$/.exec(source);
  if (!parts) throw new Error(`prompts/${file} needs front matter, then "## en" and "## zh"`);
  const [, head = "", en = "", zh = ""] = parts;
  const matter = frontMatter.parse(parse(head));
  const known = matter.arguments.map(({ name }) => name).sort();
  for (const [language, words] of Object.entries({ en, zh })) {
    const used = [...new Set([...words.matchAll(/\{\{(\w*)/g)].map(([, name = ""]) => name))].sort();
    if (used.join() !== known.join()) {
      throw new Error(`prompts/${file}, ${language}: uses the arguments ${used.join()}, declares ${known.join()}`);
    }
  }
  return { ...matter, text: { en: en.trim(), zh: zh.trim() } };
}
