import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";
import type { PolicyOrigin } from "./types.ts";

/** A policy file as text; reading it is the caller's business. */
export interface PolicyFile {
  name: string;
  text: string;
}

export interface Source<T> {
  value: T;
  originOf(path: readonly PropertyKey[]): PolicyOrigin;
}

/** Parses one file against its schema. `undefined` after saying in `problems` what is wrong and where. */
export function parseSource<S extends z.ZodType>(
  file: PolicyFile,
  schema: S,
  problems: string[],
): Source<z.infer<S>> | undefined {
  const lineCounter = new LineCounter();
  const document = parseDocument(file.text, { lineCounter, uniqueKeys: true });
  // A warning is, for example, an unknown tag: something was written that would not be heeded.
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    problems.push(...faults.map((fault) => `${file.name}: ${fault.message}`));
    return undefined;
  }
  const content = toPlain(document);
  if ("problem" in content) {
    problems.push(`${file.name}: ${content.problem}`);
    return undefined;
  }
  const originOf = (path: readonly PropertyKey[]) => ({ file: file.name, line: lineOf(document, lineCounter, path) });
  const result = schema.safeParse(content.value);
  if (!result.success) {
    problems.push(
      ...result.error.issues.map(
        (issue) =>
          `${file.name}:${originOf(placeOf(issue)).line}: ${issue.path.map(String).join(".") || "file"}: ${issue.message}`,
      ),
    );
    return undefined;
  }
  return { value: result.data, originOf };
}

/** An unknown key is reported by the schema at the map it stands in. */
function placeOf(issue: z.core.$ZodIssue): readonly PropertyKey[] {
  const [key] = issue.code === "unrecognized_keys" ? issue.keys : [];
  return key === undefined ? issue.path : [...issue.path, key];
}

/** The library throws on aliases that grow without end. */
function toPlain(document: Document): { value: unknown } | { problem: string } {
  try {
    return { value: document.toJS() };
  } catch (error) {
    return { problem: String(error) };
  }
}

/** Line of the key at `path`, or of the nearest thing above it that is there. */
function lineOf(document: Document, lineCounter: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = keyOrItem(document, path.slice(0, length));
    if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
  }
  return 1;
}

function keyOrItem(document: Document, path: readonly PropertyKey[]): unknown {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (!isMap(parent)) return document.getIn(path, true);
  return parent.items.find((item) => String(item.key) === String(last))?.key;
}
