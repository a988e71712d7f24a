import type { OperationRow, Shape } from "../src/operations/types.ts";

/** Request and response types of a cloud's rows. `cloud` begins the names; `setByGateway` is left out of requests. */
export function typesFile(cloud: "Emr" | "Dli", rows: readonly OperationRow[], setByGateway?: string): string {
  const requests = rows.map((row) => {
    const byName = new Map(row.parameters.map((each) => [each.name, each]));
    const members = [...byName.values()]
      .filter(({ name }) => name !== setByGateway)
      .map((each) => `${key(each.name)}${each.in === "path" ? "" : "?"}: ${typeOf(each)}`);
    return `  ${row.name}: { ${members.join("; ")} };`;
  });
  const responses = rows.map(
    (row) => `  ${row.name}: ${row.response ? typeOf(row.response) : "Record<string, unknown>"};`,
  );
  return `// Generated from the catalogue by scripts/generate.ts; do not edit.
/* A parameter in the path is required; the rest is checked at run time by the row (required in practice, enums, grammar). */
export interface ${cloud}Requests {
${requests.join("\n")}
}

/* The service may leave out any member, so all are optional. */
export interface ${cloud}Responses {
${responses.join("\n")}
}

export type ${cloud}Operation = keyof ${cloud}Requests;
`;
}

function typeOf(shape: Shape): string {
  switch (shape.type) {
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "string":
      return shape.enum ? shape.enum.map((value) => JSON.stringify(value)).join(" | ") : "string";
    case "array":
      return `ReadonlyArray<${shape.items ? typeOf(shape.items) : "unknown"}>`;
    case "object": {
      const properties = Object.entries(shape.properties ?? {});
      if (properties.length === 0) {
        return `Record<string, ${shape.additionalProperties ? typeOf(shape.additionalProperties) : "unknown"}>`;
      }
      return `{ ${properties.map(([name, inner]) => `${key(name)}?: ${typeOf(inner)}`).join("; ")} }`;
    }
    default:
      return "unknown";
  }
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
