import type { Shape } from "../../src/operations/types.ts";

/** How an answer is held against the shape that its row declares. */

/** Every place at which an answer departs from what the row declares. */
export function departures(shape: Shape, value: unknown, at: string): string[] {
  if (shape.type === "any") return [];
  if (!isOfType(shape.type, value)) return [`${at} is no ${shape.type}`];
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => departures(shape.items ?? { type: "any" }, element, `${at}[${index}]`));
  }
  if (typeof value !== "object" || value === null) {
    return shape.enum && !shape.enum.includes(String(value)) ? [`${at} is ${value}, which is not listed`] : [];
  }
  // Nothing at all is declared of what is in it.
  if (!shape.properties && !shape.additionalProperties) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const declared = shape.properties?.[name] ?? shape.additionalProperties;
    return declared ? departures(declared, member, `${at}.${name}`) : [`${at}.${name} is not declared`];
  });
}

function isOfType(type: Exclude<Shape["type"], "any">, value: unknown): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

export function holds(value: unknown, path: string): boolean {
  if (path === "") return value !== undefined && value !== null;
  if (path.startsWith("[]")) {
    const rest = path.slice(2).replace(/^\./, "");
    return Array.isArray(value) && value.length > 0 && value.every((element) => holds(element, rest));
  }
  const [, name = "", rest = ""] = /^(\w+)\.?(.*)$/.exec(path) ?? [];
  if (typeof value !== "object" || value === null) return false;
  return holds((value as Record<string, unknown>)[name], rest);
}
