import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { signInWords } from "../../src/approval/sign-in-words.ts";
import { words } from "../../src/approval/words.ts";
import { review, reviewedOperations } from "../../src/gateway/reviews/index.ts";
import { rules } from "../../src/jobs/diagnosis/rules.ts";
import type { Language } from "../../src/language.ts";
import { packageRoot } from "../../src/package-root.ts";
import { explainWords } from "../../src/policy/explain-words.ts";
import { answered, contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { shippedPolicy } from "./policy-fixture.ts";

/** Whatever a person reads in English they can read in Chinese: no text is missing, empty, or left in English. */

const han = /\p{Script=Han}/u;

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

const read = (file: string) => readFileSync(join(packageRoot, file), "utf8");

interface Pair {
  at: string;
  en: unknown;
  zh: unknown;
}

/** Every `{ en, zh }` within a value, and in words by language every member beside its counterpart. */
function pairsIn(value: unknown, at: string): Pair[] {
  if (typeof value !== "object" || value === null) return [];
  if ("en" in value || "zh" in value) {
    const { en, zh } = value as { en?: unknown; zh?: unknown };
    return sideBySide(en, zh, at);
  }
  return Object.entries(value).flatMap(([name, member]) => pairsIn(member, `${at}.${name}`));
}

function sideBySide(en: unknown, zh: unknown, at: string): Pair[] {
  if (typeof en !== "object" || en === null || typeof zh !== "object" || zh === null) return [{ at, en, zh }];
  const names = new Set([...Object.keys(en), ...Object.keys(zh)]);
  return [...names].flatMap((name) =>
    sideBySide((en as Record<string, unknown>)[name], (zh as Record<string, unknown>)[name], `${at}.${name}`),
  );
}

const placeholders = (text: string) => [...new Set(text.match(/\{[^{}]*\}/g) ?? [])].sort();

/** Texts that say the same in both, since they are a name, a sign, or the other language's own name. */
const same = /\.(language|other\.language|other\.name|semicolon|stop|colon)$/;

function expectBoth(pairs: readonly Pair[]): void {
  for (const { at, en, zh } of pairs) {
    expect(typeof zh, at).toBe(typeof en);
    if (typeof en !== "string" || typeof zh !== "string") {
      expect(typeof en, at).toBe("function");
      continue;
    }
    if (same.test(at)) continue;
    expect(en, at).not.toBe("");
    expect(en, at).not.toMatch(han);
    expect(zh, at).toMatch(han);
    expect(placeholders(zh), at).toEqual(placeholders(en));
  }
}

describe("texts that stand as data", () => {
  test.each(filesUnder("policies", ".yaml"))("%s says everything in both languages, about the same values", (file) => {
    expectBoth(pairsIn(parse(read(file)), file));
  });

  test("the policy says hundreds of them", () => {
    expect(filesUnder("policies", ".yaml").flatMap((file) => pairsIn(parse(read(file)), file)).length).toBeGreaterThan(
      500,
    );
  });

  test.each([
    ["the approval page", words],
    ["the sign-in of a team's page", signInWords],
    ["the explanation of a rule", explainWords],
    ["the diagnosis of failures", rules],
  ])("%s has every word in both languages", (name, value) => {
    const pairs = pairsIn(value, name);
    expect(pairs.length).toBeGreaterThan(5);
    expectBoth(pairs);
  });
});

/** Put together of texts that stand elsewhere, or a mere sign. */
const ofOthers = /\$\{[\w.]*zh\}|^\p{P}*$/u;

describe("prompts", () => {
  test.each(filesUnder("prompts", ".md"))("%s speaks both languages", (file) => {
    const [, head = "", en = "", zh = ""] =
      /^---\n([\s\S]*?)\n---\n## en\n([\s\S]*?)\n## zh\n([\s\S]*)$/.exec(read(file)) ?? [];
    expectBoth(pairsIn(parse(head), file));
    expect(argumentsOf(zh)).toBe(argumentsOf(en));
    expect(en).not.toMatch(han);
    const steps = (text: string) => text.match(/^\d+\./gm)?.length ?? 0;
    expect(steps(zh)).toBe(steps(en));
    expect(zh.split("\n").filter((line) => /\w{3}/.test(line) && !han.test(line))).toEqual([]);
  });
});

/** `{{program? that runs: }}` -> program */
function argumentsOf(text: string): string {
  return [...text.matchAll(/\{\{(\w+)\?/g)].map(([, name]) => name).join();
}

/** The literals that stand for a language in the source: `zh: "..."`, `zh: \`...\`` and those of functions that give one. */
function literalsOf(
  language: Language,
  file: string,
): Array<{ file: string; text: string; end: number; start: number }> {
  const source = read(file);
  return [...source.matchAll(new RegExp(`\\b${language}"?: (?:\\([^)]*\\)[^=]*=> )?(?=["\`])`, "g"))].map((match) => {
    const start = match.index + match[0].length;
    const end = endOfLiteral(source, start);
    return { file, text: source.slice(start + 1, end - 1), start: match.index, end };
  });
}

/** Behind the closing quote of the literal that begins at `start`, over what is nested in its `${}`. */
function endOfLiteral(source: string, start: number): number {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === quote) return at + 1;
    else if (quote === "`" && source.startsWith("${", at)) at = endOfHole(source, at + 2) - 1;
  }
  throw new Error("a literal without an end");
}

function endOfHole(source: string, start: number): number {
  let depth = 1;
  for (let at = start; at < source.length; at++) {
    const sign = source[at] ?? "";
    if ("\"'`".includes(sign)) at = endOfLiteral(source, at) - 1;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return at + 1;
  }
  throw new Error("a hole without an end");
}

/** The values in the holes of a template, but not what only words them: functions, and members of a text. */
function toldIn(text: string): Set<string> {
  const names = new Set<string>();
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at)) {
    const end = endOfHole(text, at + 2);
    for (const name of namesIn(text.slice(at + 2, end - 1))) names.add(name);
    at = end;
  }
  return names;
}

const noValues = /^(en|zh|undefined|null|length)$/;

function namesIn(code: string): Set<string> {
  const quote = code.search(/["'`]/);
  if (quote < 0) {
    const names = [...code.matchAll(/(?<![\w.])([a-zA-Z_]\w*)(?![\w(])/g)].map(([, name = ""]) => name);
    return new Set(names.filter((name) => !noValues.test(name)));
  }
  const end = endOfLiteral(code, quote);
  const nested = code[quote] === "`" ? toldIn(code.slice(quote + 1, end - 1)) : [];
  return new Set([...namesIn(code.slice(0, quote)), ...nested, ...namesIn(code.slice(end))]);
}

describe("texts in the source", () => {
  const sources = [...filesUnder("src", ".ts"), ...filesUnder("tools", ".ts")];
  const chinese = sources.flatMap((file) => literalsOf("zh", file));

  test("a Chinese text is Chinese", () => {
    expect(chinese.length).toBeGreaterThan(500);
    expect(chinese.filter(({ text }) => !han.test(text) && !ofOthers.test(text))).toEqual([]);
  });

  test("an English text and the Chinese one beside it tell the same values", () => {
    const pairs = sources.flatMap((file) => {
      const english = new Map(literalsOf("en", file).map((literal) => [literal.end, literal]));
      const source = read(file);
      return literalsOf("zh", file).flatMap((zh) => {
        const [gap = ""] = /,\s*$/.exec(source.slice(0, zh.start)) ?? [];
        const en = english.get(zh.start - gap.length);
        return en ? [{ file, en: en.text, zh: zh.text }] : [];
      });
    });
    expect(pairs.length).toBeGreaterThan(400);
    expect(pairs.filter(({ en, zh }) => [...toldIn(en)].sort().join() !== [...toldIn(zh)].sort().join())).toEqual([]);
    expect(pairs.filter(({ en }) => han.test(en))).toEqual([]);
  });

  test("what is said in a review is said in both languages", () => {
    const said = filesUnder("src/gateway/reviews", ".ts").flatMap((file) =>
      [...read(file).matchAll(/\bt\(\s*(["`])([\s\S]*?)\1,\s*(["`])([\s\S]*?)\3,?\s*\)/g)].map(
        ([, , en = "", , zh = ""]) => ({ file, en, zh }),
      ),
    );
    expect(said.length).toBeGreaterThan(60);
    for (const { file, en, zh } of said) {
      expect(en, file).not.toMatch(han);
      expect(han.test(zh) || ofOthers.test(zh), `${file}: ${zh}`).toBe(true);
    }
  });
});

/** A request that each reviewer has something to say of, and facts for it. */
const flink = { name: "f", cu_number: 2, entrypoint_args: "a b", dependency_jars: ["x.jar"], sql_body: "SELECT 1" };
const job = {
  codeType: "SQL",
  executionTimeoutSeconds: 600,
  jobDriver: { sparkSubmit: { entryPoint: "oss://b/a.sql", sparkSubmitParameters: "" } },
};
const pool = { elastic_resource_pool_name: "p", min_cu: 64, max_cu: 128 };
const window = { impact_start_time: "00:00", impact_stop_time: "24:00", priority: 1, min_cu: 16, max_cu: 64 };
const upload = { bytes: 5, uri: "oss://b/a.py", sha256: "00", overwrite: true };
const samples: Readonly<Record<string, Record<string, unknown>>> = {
  StartJobRun: job,
  EditWorkspaceQueue: { workspaceQueueName: "q", resourceSpec: { cu: 8 } },
  CreateWorkspace: { workspaceName: "w", paymentType: "PayAsYouGo", ossBucket: "b", resourceSpec: { cu: "8" } },
  PutObject: upload,
  ObsPutObject: upload,
  CreateSqlStatement: { codeContent: "DROP TABLE t" },
  RunKyuubiSql: { sql: "DROP TABLE t" },
  CreateSqlJob: { sql: "DROP TABLE t" },
  CreateSparkJob: { file: "obs://jobs/a.jar", className: "A", queue: "q", sc_type: "A", auto_recovery: true },
  CreateElasticResourcePool: pool,
  CreatePeriodElasticResourcePoolOrder: pool,
  UpdateElasticResourcePool: pool,
  UpdateElasticResourcePoolQueue: { queue_name: "q", queue_scaling_policies: [window] },
  CreateQueue: { queue_name: "q", queue_type: "general", cu_count: 16 },
  RunQueueAction: { queue_name: "q", action: "scale_in", cu_count: 16 },
  CreateFlinkJarJob: flink,
  CreateFlinkSqlJob: flink,
  UpdateFlinkJarJob: { job_id: 1, ...flink },
  UpdateFlinkSqlJob: { job_id: 1, ...flink },
  BatchRunFlinkJobs: { job_ids: [1], resume_savepoint: true },
};
const facts = {
  bound: { queueCu: 64, allQueuesCu: 64, poolMinCu: 64, poolMaxCu: 256, cu: 2, mostCu: 4 },
  context: { queueCu: 64, queueUsedCu: 8, currentCu: 200, queueMaxCu: 128, cuBefore: 2, scalingBefore: null },
};

describe("what a person is asked", () => {
  test.each(reviewedOperations)("%s is told in Chinese, but for names, code and numbers", (operation) => {
    const reviewed = review(operation, {
      input: samples[operation] ?? {},
      facts,
      limits: shippedPolicy().limits,
      language: "zh",
      sql: { kind: "write", why: "DROP changes the catalogue.", reason: "changes_catalogue" },
    });
    if ("overLimit" in reviewed) throw new Error(reviewed.overLimit);
    expect(reviewed.details.length).toBeGreaterThan(0);
    for (const { label, text } of reviewed.details) {
      expect(label).toMatch(/\p{Script=Han}|^(spark-submit|CU|SQL|SHA-256)$|^00:00 至/u);
      // What is quoted was given, and the command line is the service's.
      // So do names of fields with the values given for them.
      const own = label === "spark-submit" || label === "更改内容" ? "" : text.replace(/"(?:\\.|[^"\\])*"/g, "");
      if (/[A-Za-z]{2,}/.test(own.replace(/\bv?C[PU]U?\b/g, ""))) expect(own, label).toMatch(han);
    }
  });

  test("every line of a question is in the language of the session", async () => {
    const running = answered({ jobRun: { jobRunId: "jr-1", state: "Running", workspaceId: "w-1", name: "etl" } });
    const { gateway } = gatewayOver({
      GetJobRun: running,
      ListWorkspaces: answered({
        workspaces: [{ workspaceId: "w-1", workspaceName: "lab", workspaceStatus: "RUNNING" }],
      }),
    });
    const context = { ...contextWith({ strength: "typed" }), language: "zh" as const };
    const outcome = await gateway.run("CancelJobRun", { workspaceId: "w-1", jobRunId: "jr-1" }, context);
    if (outcome.kind !== "ask") throw new Error(JSON.stringify(outcome));
    expect(outcome.plan.question.split("\n").filter((line) => !han.test(line))).toEqual([]);
  });
});
