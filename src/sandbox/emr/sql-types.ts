/**
 * Spark's JSON form of a type (org.apache.spark.sql.types.DataType.json) from its SQL text:
 * `array<int>` becomes {"type":"array","elementType":"integer","containsNull":true}.
 */
export type JsonType = string | Record<string, unknown>;

const simpleNames: Readonly<Record<string, string>> = {
  tinyint: "byte",
  smallint: "short",
  int: "integer",
  bigint: "long",
  real: "float",
};

export function jsonType(text: string): JsonType {
  const type = text.trim();
  const inner = /^(array|map|struct)\s*<(.*)>$/is.exec(type);
  const [kind, content = ""] = [inner?.[1]?.toLowerCase(), inner?.[2]];
  switch (kind) {
    case "array":
      return { type: "array", elementType: jsonType(content), containsNull: true };
    case "map": {
      const [key = "", value = ""] = splitTop(content);
      return { type: "map", keyType: jsonType(key), valueType: jsonType(value), valueContainsNull: true };
    }
    case "struct":
      return structType(splitTop(content).map(structField));
    default: {
      const name = type.toLowerCase();
      return simpleNames[name] ?? name;
    }
  }
}

export function structType(fields: readonly { name: string; type: string }[]): Record<string, unknown> {
  return {
    type: "struct",
    fields: fields.map(({ name, type }) => ({ name, type: jsonType(type), nullable: true, metadata: {} })),
  };
}

function structField(text: string): { name: string; type: string } {
  const match = /^\s*(`(?:[^`]|``)*`|[^:]*):(.*)$/s.exec(text);
  const name = match?.[1]?.trim() ?? "";
  return { name: name.startsWith("`") ? name.slice(1, -1).replaceAll("``", "`") : name, type: match?.[2] ?? text };
}

/** At commas outside angle brackets, parentheses and back-quotes. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let part = "";
  for (const character of text) {
    if (character === "`") quoted = !quoted;
    else if (!quoted && (character === "<" || character === "(")) depth += 1;
    else if (!quoted && (character === ">" || character === ")")) depth -= 1;
    if (character === "," && depth === 0 && !quoted) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  if (part.trim() !== "") parts.push(part);
  return parts;
}
