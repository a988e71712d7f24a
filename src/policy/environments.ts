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
 * The environments a workspace may belong to, the first that matches alone. When its name was not read and a pattern
 * of names is left that it might match, all of them: what cannot be told counts as the strictest.
 */
export function environmentsOf(patterns: readonly EnvironmentPattern[], workspace: WorkspaceSeen): readonly string[] {
  if (workspace.id === undefined) return [];
  const matching = patterns.find(({ workspaces }) => workspaces.some((pattern) => matches(pattern, workspace)));
  if (matching) return [matching.name];
  const isUncertain = workspace.name === undefined && patterns.some(({ workspaces }) => !workspaces.every(isId));
  return isUncertain ? patterns.map(({ name }) => name) : [];
}

function matches(pattern: string, { id, name }: WorkspaceSeen): boolean {
  if (isId(pattern)) return pattern === id;
  if (name === undefined) return false;
  const source = pattern.split("*").map(escapeRegExp).join(".*");
  return new RegExp(`^${source}$`, "us").test(name);
}

function isId(pattern: string): boolean {
  return /^w-[A-Za-z0-9]+$/.test(pattern);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
