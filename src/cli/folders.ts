import { homedir } from "node:os";
import { join } from "node:path";

export interface Folders {
  /** config.yaml */
  config: string;
  /** The ledger: what must outlive a crash. */
  state: string;
  /** The sandbox's cloud: its objects, jobs and files. */
  sandbox: string;
}

export function ledgerFile({ state }: Folders): string {
  return join(state, "ledger.db");
}

export function authenticatorFile({ config }: Folders): string {
  return join(config, "authenticator.db");
}

export function teamFile({ config }: Folders): string {
  return join(config, "team.yaml");
}

/** XDG folders, or all of them under SPARK_WORKSPACE_HOME when it is set. */
export function foldersOf(environment: NodeJS.ProcessEnv): Folders {
  const home = environment.SPARK_WORKSPACE_HOME;
  if (home) return { config: home, state: join(home, "state"), sandbox: join(home, "sandbox") };
  const name = "spark-workspace-mcp";
  const under = (variable: string, ...fallback: string[]) =>
    join(environment[variable] || join(homedir(), ...fallback), name);
  return {
    config: under("XDG_CONFIG_HOME", ".config"),
    state: under("XDG_STATE_HOME", ".local", "state"),
    sandbox: join(under("XDG_DATA_HOME", ".local", "share"), "sandbox"),
  };
}
