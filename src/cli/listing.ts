import { emrPrompts } from "../server/emr-prompts.gen.ts";
import { instructions } from "../server/instructions.ts";
import type { Listing } from "../server/listed-tool.ts";
import { foldersOf } from "./folders.ts";
import { listedTools } from "./listed-tools.ts";
import { readSettings } from "./settings.ts";

/**
 * That of the cloud the profile speaks to. Settings that cannot be used are told by the first call, which a client's
 * user sees; a server that does not start is only a line in a log.
 */
export async function listingOf(environment: NodeJS.ProcessEnv): Promise<Listing> {
  const settings = await readSettings(environment, foldersOf(environment));
  if (settings.ok && settings.target.profile.cloud === "dli") {
    return (await import("./dli-listing.ts")).dliListing;
  }
  return { tools: listedTools, instructions, prompts: emrPrompts };
}
