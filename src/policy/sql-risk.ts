import type { Verdict } from "../jobs/sql/types.ts";
import type { Language } from "../language.ts";
import type { OperationRule } from "./types.ts";

/** What is known of the SQL that a call carries; `why` is one sentence. */
export interface SqlVerdict {
  kind: "read" | "write" | "unknown";
  why: string;
  /** The kind of `why`; absent where nobody says. */
  reason?: Verdict["reason"];
}

/** By the kind of reason: what English tells of names and places stands in the statement that is shown. */
const whyZh: Readonly<Record<Verdict["reason"], string>> = {
  reads: "该语句只读取数据。",
  explains: "EXPLAIN 只显示执行计划，不运行任何内容。",
  writes_data: "该语句会写入或删除数据。",
  changes_catalogue: "该语句会更改库、表、视图、函数或其权限。",
  changes_session: "该语句会更改会话，影响之后的语句。",
  runs_code: "该语句会运行代码或外部程序。",
  unknown_function: "该语句调用了未知函数，其作用无法判断。",
  names_by_expression: "该语句通过表达式指定名称，实际对象无法判断。",
  reads_files: "该语句直接读取文件或外部数据。",
  unknown_verb: "该语句以未知的关键字开头，其作用无法判断。",
  not_parsed: "解析器无法理解该语句。",
  two_readings: "该语句可能有两种不同的解读。",
  substitution: "该语句含变量替换，实际执行的内容无法判断。",
  unclear_text: "该语句含无法确定含义的字符或引号。",
  too_long: "该语句过长，无法判断。",
  too_deep: "该语句嵌套过深，无法判断。",
  timeout: "判断该语句超时。",
  empty: "没有语句。",
};

/** Why a statement is put to a person, in their language. */
export function whyAsked({ why, reason }: SqlVerdict, language: Language): string {
  return language === "zh" && reason !== undefined ? whyZh[reason] : why;
}

/**
 * The rule of a call that carries SQL. A text that certainly only reads makes it a read, which may be repeated;
 * any other keeps the class of its operation.
 */
export function ruleForSql(rule: OperationRule, verdict: SqlVerdict): OperationRule {
  if (verdict.kind !== "read") return rule;
  // One that can be found is not started twice for nothing: what it scans is billed.
  return { ...rule, risk: "read", idempotency: rule.find ? rule.idempotency : "read" };
}
