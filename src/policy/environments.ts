import { matchesPattern } from "./pattern.ts";

/** Which environment a workspace belongs to, as environments.yaml of the user says. */
export interface EnvironmentPattern {
  name: string;
  /** Workspace ids, or patterns of workspace names in which `*` stands for any text. */
  workspaces: readonly string[];
}

export interface WorkspaceSeen {
  id?: string | undefined;
  /** As the cloud gave it just now; absent when no read told it. */
  name?: string | undefined;
}

/**
 * The environments a workspace may belong to, the first that matches alone. What cannot be told counts as the
 * strictest, so all of them when it was not seen at all, or its name was not read and a pattern of names is left that
 * it might match. A name without an id is that of a workspace which is yet to be created.
 */
export function environmentsOf(patterns: readonly EnvironmentPattern[], workspace: WorkspaceSeen): readonly string[] {
  const matching = patterns.find(({ workspaces }) => workspaces.some((pattern) => matches(pattern, workspace)));
  if (matching) return [matching.name];
  const couldBeNamed = patterns.some(({ workspaces }) => !workspaces.every(isId));
  const isUncertain = workspace.name === undefined && (workspace.id === undefined || couldBeNamed);
  return isUncertain ? patterns.map(({ name }) => name) : [];
}

function matches(pattern: string, { id, name }: WorkspaceSeen): boolean {
  if (isId(pattern)) return pattern === id;
  if (name === undefined) return false;
  return matchesPattern(pattern, name);
}

function isId(pattern: string): boolean {
  return /^w-[A-Za-z0-9]+$/.test(pattern);
}
