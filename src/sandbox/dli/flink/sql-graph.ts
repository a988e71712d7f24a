/** A simple stream graph out of the text of a Flink SQL job: what it reads, one operator for each INSERT, its sink. */

export interface GraphNode {
  id: number;
  type: "Source" | "Operator" | "Sink";
  contents: string;
  parallelism: number;
  predecessors: { id: number; ship_strategy: "FORWARD" | "HASH" }[];
}

export function streamGraph(sql: string, parallelism: number): { nodes: GraphNode[] } | { problem: string } {
  const inserts = statementsOf(sql).filter((statement) => /^insert\s+/i.test(statement));
  if (inserts.length === 0) return { problem: "The statements have no INSERT, so there is nothing to run." };
  const nodes: GraphNode[] = [];
  const sources = new Map<string, GraphNode>();
  const add = (type: GraphNode["type"], contents: string, predecessors: GraphNode["predecessors"]): GraphNode => {
    const node = { id: nodes.length + 1, type, contents, parallelism, predecessors };
    nodes.push(node);
    return node;
  };
  for (const insert of inserts) {
    const sink = namesAfter(insert, "into")[0];
    if (sink === undefined) return { problem: `No table follows INSERT INTO: ${insert.slice(0, 80)}` };
    const read = new Set([...namesAfter(insert, "from"), ...namesAfter(insert, "join")]);
    const inputs = [...read].map((name) => {
      const node = sources.get(name) ?? add("Source", name, []);
      sources.set(name, node);
      return node;
    });
    const shuffles = /\bgroup\s+by\b|\bjoin\b|\bover\s*\(/i.test(insert);
    const operator = add(
      "Operator",
      insert.replace(/\s+/g, " "),
      inputs.map(({ id }) => ({ id, ship_strategy: shuffles ? "HASH" : "FORWARD" })),
    );
    add("Sink", sink, [{ id: operator.id, ship_strategy: "FORWARD" }]);
  }
  return { nodes };
}

const name = "((?:`[^`]+`|[A-Za-z_][\\w]*)(?:\\s*\\.\\s*(?:`[^`]+`|[A-Za-z_][\\w]*))*)";

function namesAfter(statement: string, word: string): string[] {
  const pattern = new RegExp(`\\b${word}\\s+${name}`, "gi");
  return [...statement.matchAll(pattern)].flatMap((match) => match[1] ?? []).map((found) => found.replaceAll("`", ""));
}

/** Without comments; semicolons in texts and names do not end a statement. */
export function statementsOf(sql: string): string[] {
  const parts = sql.match(/'(?:[^']|'')*'|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'`;/-]+|[/-]/g) ?? [];
  const statements = [""];
  for (const part of parts) {
    if (part === ";") statements.push("");
    else statements.push((statements.pop() ?? "") + (part.startsWith("--") || part.startsWith("/*") ? " " : part));
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}
