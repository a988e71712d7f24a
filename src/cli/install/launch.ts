import { join } from "node:path";

/** How a client starts this server; never a credential. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Installation {
  /** Folder of the package. */
  readonly root: string;
  readonly node: string;
  readonly platform: NodeJS.Platform;
  readonly name: string;
  readonly version: string;
}

export interface Wanted {
  readonly cloud?: "emr" | "dli";
  readonly sandbox?: boolean;
}

/** This very installation; npx keeps one only for a while, so there the client is told to fetch the same version. */
export function launchOf({ root, node, platform, name, version }: Installation, wanted: Wanted): Launch {
  const env = environmentOf(wanted);
  const rest = Object.keys(env).length > 0 ? { env } : {};
  if (!/[\\/]_npx[\\/]/.test(root)) return { command: node, args: [join(root, "dist", "bin.js")], ...rest };
  const npx = ["npx", "-y", `${name}@${version}`];
  // npx is a script of the shell on Windows, which a client cannot start by itself.
  const [command = "npx", ...args] = platform === "win32" ? ["cmd", "/c", ...npx] : npx;
  return { command, args, ...rest };
}

function environmentOf({ cloud, sandbox }: Wanted): Record<string, string> {
  return {
    ...(cloud && { SPARK_WORKSPACE_CLOUD: cloud }),
    ...(sandbox && { SPARK_WORKSPACE_PROFILE: cloud === "dli" ? "sandbox-dli" : "sandbox" }),
  };
}
