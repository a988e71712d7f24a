import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";

/** A hand-written file with the section between `<!-- NAME: generated -->` and `<!-- /NAME -->` made anew. */
export function withSection(file: string, name: string, content: string): Map<string, string> {
  return withSections(file, { [name]: content });
}

/** The same for several sections of one file. */
export function withSections(file: string, sections: Readonly<Record<string, string>>): Map<string, string> {
  const text = readFileSync(join(packageRoot, file), "utf8");
  return new Map([[file, Object.entries(sections).reduce((whole, section) => replaced(file, whole, section), text)]]);
}

function replaced(file: string, text: string, [name, content]: readonly [string, string]): string {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} lacks ${begin} or ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
