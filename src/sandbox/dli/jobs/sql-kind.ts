/** The class that the service gives a statement; the boundaries between DDL and DCL follow its samples. */
export type SqlJobType = "DDL" | "DCL" | "IMPORT" | "EXPORT" | "QUERY" | "INSERT" | "UPDATE" | "DELETE";

const kinds: Readonly<Record<string, SqlJobType>> = {
  ...all("QUERY", "SELECT VALUES TABLE EXPLAIN"),
  ...all("INSERT", "INSERT"),
  ...all("IMPORT", "LOAD"),
  ...all("UPDATE", "UPDATE MERGE"),
  ...all("DELETE", "DELETE"),
  ...all("DDL", "CREATE DROP ALTER TRUNCATE MSCK REPAIR ANALYZE REFRESH COMMENT CACHE UNCACHE CLEAR REPLACE"),
  // "DCL is synchronous and returns rows at once" (section 8 of the API notes); a sample shows DESCRIBE's rows.
  ...all("DCL", "SHOW DESC DESCRIBE GRANT REVOKE SET RESET USE LIST ADD"),
};

/** Of a text that is no statement: QUERY, and Spark says what is wrong with it. */
export function sqlJobType(sql: string): SqlJobType {
  const words = topLevelWords(sql);
  const [first = ""] = words;
  // After named queries or a FROM comes what the statement really does.
  if (first === "WITH" || first === "FROM") {
    const verb = words.slice(1).find((word) => /^(SELECT|INSERT|UPDATE|DELETE|MERGE)$/.test(word));
    return kinds[verb ?? "SELECT"] ?? "QUERY";
  }
  return Object.hasOwn(kinds, first) ? (kinds[first] ?? "QUERY") : "QUERY";
}

/** Upper case and outside parentheses, comments, texts and quoted names; a statement in parentheses counts without them. */
function topLevelWords(sql: string): string[] {
  const bare = sql.replaceAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|`[^`]*`/g,
    (text) => (text.startsWith("-") || text.startsWith("/") ? " " : " x "),
  );
  const words: string[] = [];
  let depth = 0;
  for (const [token] of bare.replace(/^[\s(]+/, "").matchAll(/[()]|\w+/g)) {
    if (token === "(") depth += 1;
    else if (token === ")") depth = Math.max(0, depth - 1);
    else if (depth === 0) words.push(token.toUpperCase());
  }
  return words;
}

function all(kind: SqlJobType, words: string): Record<string, SqlJobType> {
  return Object.fromEntries(words.split(" ").map((word) => [word, kind]));
}
