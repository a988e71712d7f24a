/**
 * Keeps Stryker from emptying sentences: which words a person reads is no contract, and a test for each would only
 * repeat them. A literal counts as prose when it has a blank between two words or a Chinese character; one with a
 * decision in it does not, so codes, names, states and every condition stay under test.
 */

/** What of Babel's node is read here. */
interface Node {
  type: string;
  value?: unknown;
  quasis?: readonly { value: { raw: string } }[];
  expressions?: readonly Node[];
  object?: Node;
  callee?: Node;
  arguments?: readonly Node[];
}

export const strykerPlugins = [{ kind: "Ignore", name: "prose", value: { shouldIgnore } }];

function shouldIgnore({ node }: { node: Node }): string | undefined {
  return isProse(node) ? "prose" : undefined;
}

function isProse({ type, value, quasis = [], expressions = [] }: Node): boolean {
  if (type === "StringLiteral") return typeof value === "string" && reads(value);
  const text = quasis.map(({ value: { raw } }) => raw).join("x");
  return type === "TemplateLiteral" && reads(text) && expressions.every(isPlain);
}

function reads(text: string): boolean {
  return /\w[,.;:)"`]* ["`(]*\w|[\u4e00-\u9fff]/.test(text);
}

/** Names something or calls it with what it names: nothing in it is decided here. */
function isPlain({ type, object, callee, arguments: given = [] }: Node): boolean {
  if (type === "Identifier" || type === "StringLiteral" || type === "NumericLiteral") return true;
  if (type === "MemberExpression") return object !== undefined && isPlain(object);
  return type === "CallExpression" && callee !== undefined && isPlain(callee) && given.every(isPlain);
}
