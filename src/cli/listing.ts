import { instructions } from "../server/instructions.ts";
import type { ListedTool } from "../server/listed-tool.ts";
import { foldersOf } from "./folders.ts";
import { listedTools } from "./listed-tools.ts";
import { readSettings } from "./settings.ts";

/** What a client is shown before its first call. */
export interface Listing {
  tools: readonly ListedTool[];
  instructions: string;
  /** The prompts speak of EMR's tools. */
  hasPrompts: boolean;
}

/**
 * That of the cloud the profile speaks to. Settings that cannot be used are told by the first call, which a client's
 * user sees; a server that does not start is only a line in a log.
 */
export async function listingOf(environment: NodeJS.ProcessEnv): Promise<Listing> {
  const settings = await readSettings(environment, foldersOf(environment));
  if (settings.ok && settings.target.profile.cloud === "dli") {
    const [{ listedTools: tools }, { dliInstructions }] = await Promise.all([
      import("./listed-dli-tools.ts"),
      import("../server/dli-instructions.ts"),
    ]);
    return { tools, instructions: dliInstructions, hasPrompts: false };
  }
  return { tools: listedTools, instructions, hasPrompts: true };
}
