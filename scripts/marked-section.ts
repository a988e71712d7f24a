import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/package-root.ts";

/** A hand-written file with the section between `<!-- NAME: generated -->` and `<!-- /NAME -->` made anew. */
export function withSection(file: string, name: string, content: string): Map<string, string> {
  const text = readFileSync(join(packageRoot, file), "utf8");
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} lacks ${begin} or ${end}`);
  return new Map([[file, `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`]]);
}
