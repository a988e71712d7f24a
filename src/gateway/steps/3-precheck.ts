import { sayIn } from "../../language.ts";
import { grammars } from "../../operations/grammar.ts";
import { findOperation } from "../../operations/registry.ts";
import { literalFor } from "../../operations/request.ts";
import { type Fact, readFact } from "../../policy/facts.ts";
import type { Precheck } from "../../policy/types.ts";
import type { CloudCaller } from "../cloud-call.ts";
import { refuse } from "../refuse.ts";
import { refuseNotSent, refuseRejected } from "../translate.ts";
import type { Call, Facts, Refused } from "../types.ts";

interface Reading {
  call: Call;
  callCloud: CloudCaller;
  signal: AbortSignal;
}

/** Pages followed before a list counts as unreadable. */
const mostPages = 50;

/**
 * Steps 3 and 6: the live reads that the rule names, and whether they admit the operation.
 * A read that fails refuses: what cannot be seen may not be acted on.
 */
export async function readFacts(reading: Reading): Promise<Facts | Refused> {
  const bound: Record<string, Fact> = {};
  const context: Record<string, Fact> = {};
  for (const precheck of reading.call.rule.prechecks) {
    const seen: Array<{ of: unknown; bound: Record<string, Fact>; context: Record<string, Fact> }> = [];
    for (const { of, call } of callsFor(reading.call, precheck)) {
      const each = { ...reading, call };
      const answer = await readAll(each, precheck);
      if ("kind" in answer) return answer;
      const values = (paths: Readonly<Record<string, string>> = {}) =>
        Object.fromEntries(
          Object.entries(paths).map(([name, path]) => [name, readFact(answer.body, path, call.input)]),
        );
      const facts = { of, bound: values(precheck.facts), context: values(precheck.context) };
      const refusal = unmet(each, precheck, facts.bound);
      if (refusal) return refusal;
      seen.push(facts);
    }
    Object.assign(bound, together(seen.map(({ of, bound: facts }) => ({ of, facts }))));
    Object.assign(context, together(seen.map(({ of, context: facts }) => ({ of, facts }))));
  }
  return { bound, context };
}

/** The call itself, or, where every element of a list is read, the call with that element in the list's place. */
function callsFor(call: Call, { each }: Precheck): Array<{ of: unknown; call: Call }> {
  const list = each === undefined ? undefined : call.input[each];
  if (each === undefined || !Array.isArray(list)) return [{ of: undefined, call }];
  return list.map((of: unknown) => ({ of, call: { ...call, input: { ...call.input, [each]: of } } }));
}

/** One value for what is the same everywhere; what differs is told element by element. */
function together(seen: ReadonlyArray<{ of: unknown; facts: Record<string, Fact> }>): Record<string, Fact> {
  const [first] = seen;
  if (!first) return {};
  const names = Object.keys(first.facts);
  return Object.fromEntries(
    names.map((name) => {
      const value = first.facts[name] ?? null;
      const isSame = seen.every(({ facts }) => facts[name] === value);
      return [name, isSame ? value : seen.map(({ of, facts }) => `${of}: ${facts[name] ?? "unknown"}`).join(", ")];
    }),
  );
}

function unmet({ call }: Reading, precheck: Precheck, facts: Record<string, Fact>): Refused | undefined {
  for (const [name, admitted] of Object.entries(precheck.require ?? {})) {
    const value = facts[name] ?? null;
    // The service spells states in several casings (notes section 1).
    const holds = value !== null && admitted.some((each) => each.toLowerCase() === String(value).toLowerCase());
    if (!holds) {
      return refuse(
        call,
        "PRECONDITION_NOT_MET",
        {
          en: `${call.row.name} was not sent: ${precheck.otherwise.en} (${name}: ${value ?? "not found"}; needed: ${admitted.join(", ")}).`,
          zh: `${call.row.name} 未发送：${precheck.otherwise.zh}（${name}：${value ?? "未找到"}；需要：${admitted.join(", ")}）。`,
        },
        precheck.next,
      );
    }
  }
  return undefined;
}

async function readAll(reading: Reading, precheck: Precheck): Promise<{ body: unknown } | Refused> {
  let joined: Record<string, unknown> | undefined;
  let nextToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await readOnce(reading, precheck, nextToken);
    if ("kind" in answer) return answer;
    if (precheck.pages !== "all") return answer;
    const body = typeof answer.body === "object" && answer.body !== null ? { ...answer.body } : {};
    joined = joined ? joinLists(joined, body) : (body as Record<string, unknown>);
    const following = "nextToken" in body ? body.nextToken : undefined;
    if (typeof following !== "string" || following === "") return { body: joined };
    nextToken = following;
  }
  return refuse(
    reading.call,
    "PRECHECK_FAILED",
    {
      en: `${reading.call.row.name} was not sent: ${precheck.read} has more than ${mostPages} pages.`,
      zh: `${reading.call.row.name} 未发送：${precheck.read} 超过 ${mostPages} 页。`,
    },
    { en: "Ask with a narrower id.", zh: "请使用范围更小的 ID。" },
  );
}

async function readOnce(
  { call, callCloud, signal }: Reading,
  precheck: Precheck,
  nextToken: string | undefined,
): Promise<{ body: unknown } | Refused> {
  const row = findOperation(precheck.read);
  if (!row) throw new Error(`the policy names the read ${precheck.read}, which is not in the registry`);
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(precheck.with)) {
    input[name] = value.startsWith("$") ? call.input[value.slice(1)] : literalFor(row, name, value);
  }
  const lacking = Object.entries(precheck.with).find(([name]) => input[name] === undefined);
  if (lacking) return refuseLacking(call, lacking[1].slice(1));
  if (nextToken !== undefined) input.nextToken = nextToken;
  const readCall: Call = { ...call, row };
  const answer = await callCloud({
    row,
    input,
    regionId: call.where.regionId,
    timeout: "read",
    repeatable: true,
    signal,
  });
  switch (answer.kind) {
    case "answered":
      return { body: answer.body };
    case "not-sent":
      return notHappened(call, refuseNotSent(readCall, answer));
    case "rejected":
      return notHappened(call, refuseRejected(readCall, answer));
    case "lost":
      return refuse(
        call,
        "PRECHECK_FAILED",
        {
          en: `${call.row.name} was not sent: ${precheck.read} gave no answer (${answer.message}).`,
          zh: `${call.row.name} 未发送：${precheck.read} 没有应答（${answer.message}）。`,
        },
        {
          en: "Repeat the call; if it keeps failing, run `spark-workspace-mcp doctor`.",
          zh: "请重复该调用；若一直失败，请运行 `spark-workspace-mcp doctor`。",
        },
      );
  }
}

/** The row does not call it required, but without it the target cannot be looked at before it is acted on. */
function refuseLacking(call: Call, name: string): Refused {
  const parameter = call.row.parameters.find((each) => each.name === name);
  const form = parameter?.grammar && grammars[parameter.grammar];
  const allowed = form?.allowed ?? parameter?.description ?? "a value";
  const example = form?.example ?? String(parameter?.example ?? "");
  return refuse(
    call,
    "BAD_INPUT",
    {
      en: `${call.row.name} was not sent: ${name} is missing, and without it the target cannot be checked.`,
      zh: `${call.row.name} 未发送：缺少 ${name}，没有它就无法检查目标。`,
    },
    { en: `${name}: ${allowed}, for example ${example}`, zh: `请给出 ${name}：${allowed}，例如 ${example}` },
    { fields: [{ field: name, problem: { en: "is missing", zh: "缺失" }, allowed, example }] },
  );
}

function notHappened(call: Call, refusal: Refused): Refused {
  const say = sayIn(call.language);
  const failed = say("was not sent: the check before it failed. ", "未发送：发送前的检查失败。");
  return { ...refusal, what: `${call.row.name} ${failed}${refusal.what}` };
}

function joinLists(first: Record<string, unknown>, second: Record<string, unknown>): Record<string, unknown> {
  const joined = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const before = joined[name];
    joined[name] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
  }
  return joined;
}
