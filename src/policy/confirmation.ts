import type { Language } from "../language.ts";
import { type Fact, isObject } from "./facts.ts";

/** What the person reads before saying yes. Composed here alone; nothing that a cloud or a user wrote stands unquoted. */
export interface Question {
  operation: string;
  target: string;
  /** The rule's impact after renderText. */
  impact: string;
  language: Language;
  /** Bound to the approval. */
  facts: Readonly<Record<string, Fact>>;
  /** Shown, free to change. */
  context: Readonly<Record<string, Fact>>;
}

const words = {
  en: {
    head: (operation: string, target: string, impact: string) =>
      `About to execute: ${operation}, target: ${target}, impact: ${impact}. Continue?`,
    facts: "Read just now, binding",
    context: "Read just now, may change",
    unknown: "unknown",
    absent: "not given",
  },
  zh: {
    head: (operation: string, target: string, impact: string) =>
      `即将执行:${operation},目标:${target},影响:${impact}。是否继续?`,
    facts: "刚刚读取，变化则批准失效",
    context: "刚刚读取，允许变化",
    unknown: "未知",
    absent: "未指定",
  },
} as const;

export function confirmationText(question: Question): string {
  const { language } = question;
  const operation = /^\w{1,64}$/.test(question.operation) ? question.operation : quoteForPerson(question.operation);
  const impact = onOneLine(question.impact).replace(/[.。]+$/, "");
  return [
    words[language].head(operation, quoteForPerson(question.target), impact),
    ...factLine(words[language].facts, question.facts, language),
    ...factLine(words[language].context, question.context, language),
  ].join("\n");
}

function factLine(label: string, facts: Readonly<Record<string, Fact>>, language: Language): string[] {
  const shown = Object.entries(facts).map(([name, value]) => {
    const safeName = /^\w{1,64}$/.test(name) ? name : quoteForPerson(name);
    return `${safeName} = ${showFact(value, language)}`;
  });
  return shown.length === 0 ? [] : [`${label}: ${shown.join("; ")}`];
}

function showFact(value: Fact, language: Language): string {
  if (value === null) return words[language].unknown;
  return typeof value === "string" ? quoteForPerson(value) : String(value);
}

const mostCharacters = 80;
const headCharacters = 50;

/**
 * A value of foreign origin for a person's eyes: one line, nothing invisible, at most 80 characters of it, in
 * quotation marks that it cannot close. Cut in the middle, because names and paths differ at their ends.
 */
export function quoteForPerson(value: string): string {
  const characters = [...onOneLine(value)];
  const shown =
    characters.length <= mostCharacters
      ? characters
      : [...characters.slice(0, headCharacters), "…", ...characters.slice(headCharacters + 1 - mostCharacters)];
  return `"${shown.map(escapeQuote).join("")}"`;
}

function escapeQuote(character: string): string {
  if (character === "\\") return "\\\\";
  return /["“”„‟″‶＂〝〞〟❝❞ʺ˝״]/u.test(character) ? '\\"' : character;
}

/**
 * Line ends and blanks of every kind become one space; control, bidi, zero-width and other characters without a
 * picture go, and so do piles of combining marks that would paint over their neighbours.
 */
function onOneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{White_Space}\u2800]+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replace(/(\p{M}{3})\p{M}+/gu, "$1")
    .replace(/ {2,}/g, " ")
    .trim();
}

export interface RenderValues {
  facts: Readonly<Record<string, Fact>>;
  parameters: Readonly<Record<string, unknown>>;
  language: Language;
}

const placeholderPattern = /\{(\$?)([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)\}/g;

export interface Placeholder {
  kind: "fact" | "parameter";
  name: string;
}

/** The placeholders of a template; `undefined` when a brace is left over that belongs to none. */
export function placeholdersOf(template: string): readonly Placeholder[] | undefined {
  if (/[{}]/.test(template.replace(placeholderPattern, ""))) return undefined;
  return (template.match(placeholderPattern) ?? []).map((placeholder) => ({
    kind: placeholder.startsWith("{$") ? "parameter" : "fact",
    name: placeholder.replace(/[{$}]/g, ""),
  }));
}

/** Fills `{fact}`, `{$parameter}` and `{$parameter.member}`; every value that is text is quoted. */
export function renderText(template: string, { facts, parameters, language }: RenderValues): string {
  return template.replace(placeholderPattern, (_, dollar: string, name: string) =>
    dollar
      ? showParameter(memberAt(parameters, name.split(".")), language)
      : showFact(Object.hasOwn(facts, name) ? (facts[name] ?? null) : null, language),
  );
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  return isObject(value) && Object.hasOwn(value, name) ? memberAt(value[name], rest) : undefined;
}

const mostElements = 5;

function showParameter(value: unknown, language: Language): string {
  if (value === undefined || value === null) return words[language].absent;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoteForPerson(value);
  if (!Array.isArray(value)) return quoteForPerson(JSON.stringify(value));
  const shown = value.slice(0, mostElements).map((each) => showParameter(each, language));
  const more = value.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? `, +${more}` : ""}`;
}
