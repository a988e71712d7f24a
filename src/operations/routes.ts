import { grammars } from "./grammar.ts";
import type { GrammarName, HttpMethod, OperationIndexEntry } from "./types.ts";

export interface RouteMatch {
  operation: string;
  parameters: Readonly<Record<string, string>>;
}

interface Route {
  name: string;
  method: HttpMethod;
  segments: readonly string[];
}

/**
 * Builds a matcher from method and path, as they stand on the wire, to the one operation they mean.
 * Strict on purpose: an empty segment, a dot segment, a stray percent sign or a second spelling of a
 * letter matches nothing.
 */
export function createRouteMatcher(
  index: readonly OperationIndexEntry[],
): (method: string, path: string) => RouteMatch | undefined {
  const routes: Route[] = index.map(({ name, method, path }) => ({ name, method, segments: path.split("/").slice(1) }));

  return (method, path) => {
    if (!path.startsWith("/")) return undefined;
    const segments = path.split("/").slice(1).map(decodeStrictly);
    if (segments.some((segment) => segment === undefined)) return undefined;

    let best: { route: Route; parameters: Record<string, string>; literals: number } | undefined;
    for (const route of routes) {
      if (route.method !== method || route.segments.length !== segments.length) continue;
      const parameters = matchSegments(route.segments, segments as string[]);
      if (!parameters) continue;
      // `/workspaces/queues` must win over `/workspaces/{workspaceId}`.
      const literals = route.segments.length - Object.keys(parameters).length;
      if (!best || literals > best.literals) best = { route, parameters, literals };
    }
    return best && { operation: best.route.name, parameters: best.parameters };
  };
}

/** Decodes one segment; `undefined` unless encoding it again gives the very same text. */
function decodeStrictly(segment: string): string | undefined {
  if (segment === "") return undefined;
  try {
    const decoded = decodeURIComponent(segment);
    return encodeURIComponent(decoded) === segment ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function matchSegments(template: readonly string[], actual: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [position, expected] of template.entries()) {
    const value = actual[position];
    if (value === undefined) return undefined;
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (name === undefined) {
      if (value !== expected) return undefined;
    } else {
      if (!grammars[grammarOfPathParameter(name)].pattern.test(value)) return undefined;
      parameters[name] = value;
    }
  }
  return parameters;
}

/** The loosest grammar a path segment may have; rows hold the exact one and the gateway checks it first. */
function grammarOfPathParameter(name: string): GrammarName {
  if (name === "project_id") return "projectId";
  if (name === "resource_name") return "packageName";
  return name === "queue" || name === "workspaceQueueName" ? "resourceName" : "id";
}
