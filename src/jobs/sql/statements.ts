import type { Token } from "./scan.ts";

export interface Statement {
  tokens: readonly Token[];
  verb: string;
  start: number;
  end: number;
}

/** Split at semicolons; empty ones are left out. */
export function statementsOf(tokens: readonly Token[]): Statement[] {
  const groups: Token[][] = [[]];
  for (const token of tokens) {
    if (isSymbol(token, ";")) groups.push([]);
    else groups.at(-1)?.push(token);
  }
  return groups.flatMap((group) => {
    const first = group[0];
    const last = group.at(-1);
    if (first === undefined || last === undefined) return [];
    const opener = group.find((token) => !isSymbol(token, "(")) ?? first;
    const verb = opener.kind === "word" ? opener.text.toUpperCase() : "";
    return [{ tokens: group, verb, start: first.start, end: last.end }];
  });
}

/**
 * The statement as the parser gets it: no comments, no hints, and nothing in quotes that it could read in another way
 * than Spark does. Names of three parts and more become two, which is all its grammar takes in some places.
 */
export function plainText({ tokens }: Statement): string {
  const kept = tokens.filter(
    (_, at) => !isMiddlePart(tokens, at) && !(isDot(tokens[at]) && isMiddlePart(tokens, at - 1)),
  );
  return kept
    .map((token) => `${token.apart ? " " : ""}${plain(token)}`)
    .join("")
    .trim();
}

function plain({ kind, text }: Token): string {
  if (kind === "string") return "'s'";
  if (kind !== "quoted") return text;
  return /^\w+$/.test(text) ? `\`${text}\`` : "`a_name`";
}

function isMiddlePart(tokens: readonly Token[], at: number): boolean {
  return (
    isName(tokens[at]) &&
    isDot(tokens[at - 1]) &&
    isName(tokens[at - 2]) &&
    isDot(tokens[at + 1]) &&
    isName(tokens[at + 2])
  );
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "quoted" || (token?.kind === "word" && /^[A-Za-z_]/.test(token.text));
}

function isDot(token: Token | undefined): boolean {
  return isSymbol(token, ".");
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === "symbol" && token.text === text;
}
