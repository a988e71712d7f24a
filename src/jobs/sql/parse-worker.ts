/** Runs in a worker: loads the grammar and tells what it sees in statements. Nothing it does can stop the process. */
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import type { ParseFacts, ParseResult } from "./types.ts";

// The package is written for bundlers: its imports name no file endings. The hook counts in this worker alone.
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && context.parentURL?.includes("/dt-sql-parser/")) {
      const { href } = new URL(specifier, context.parentURL);
      const found = [".js", "/index.js"].map((ending) => href + ending).find((url) => existsSync(fileURLToPath(url)));
      if (found !== undefined) return { url: found, format: "module", shortCircuit: true };
    }
    return next(specifier, context);
  },
});

const { SparkSQL } = await import("dt-sql-parser/dist/parser/spark/index.js");
const sparkSql = new SparkSQL();

/** What is used of a node: a rule has children, a token has none. */
interface Node {
  ruleIndex?: number;
  children?: readonly Node[] | null;
  getText(): string;
}

parentPort?.on("message", ({ id, texts }: { id: number; texts: readonly string[] }) => {
  parentPort?.postMessage({ id, results: texts.map(parse) });
});

function parse(text: string): ParseResult {
  try {
    const parser = sparkSql.createParser(text);
    parser.removeErrorListeners();
    // The package's own listener looks for what could stand there instead, which takes long and is not shown.
    parser.addErrorListener({
      syntaxError: (_recognizer, _symbol, line, column, message) => {
        throw new Error(`line ${line}, column ${column + 1}: ${message.slice(0, 120)}`);
      },
      reportAmbiguity: () => undefined,
      reportAttemptingFullContext: () => undefined,
      reportContextSensitivity: () => undefined,
    });
    return { kind: "parsed", facts: factsOf(parser.program() as unknown as Node, parser.ruleNames) };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : "the parser failed" };
  }
}

function factsOf(root: Node, ruleNames: readonly string[]): ParseFacts {
  const rule = (node: Node) => (node.ruleIndex === undefined ? undefined : ruleNames[node.ruleIndex]);
  const functions = new Set<string>();
  const relations = new Set<string>();
  const seen = new Set<string | undefined>();
  let statements = 0;

  // A loop, since a tree can be deeper than the stack.
  const left: Node[] = [root];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    const children = node.children ?? [];
    const name = rule(node);
    seen.add(name);
    if (name === "singleStatement") statements += 1;
    if (name === "functionName") functions.add(plainName(node));
    if (name === "lateralView" || name === "sampleMethod") {
      const called = children.find((_, at) => children[at + 1]?.getText() === "(");
      if (called !== undefined) functions.add(plainName(called));
    } else if (name !== undefined && /^(tableName|viewName|identifierReference)$/.test(name)) {
      relations.add(plainName(node));
    }
    left.push(...children);
  }
  return {
    statements,
    changesData: seen.has("dmlStatementNoWith") || seen.has("insertInto"),
    runsScript: seen.has("transformClause"),
    foreignCommand: seen.has("unsupportedHiveNativeCommands"),
    functions: [...functions],
    relations: [...relations],
  };
}

function plainName(node: Node): string {
  return node.getText().replaceAll("`", "").toLowerCase();
}
