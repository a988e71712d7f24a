import type { Language } from "../language.ts";
import { emrPrompts } from "../server/emr-prompts.gen.ts";
import { instructions } from "../server/instructions.ts";
import type { Listing } from "../server/listed-tool.ts";
import { foldersOf } from "./folders.ts";
import { listedTools } from "./listed-tools.ts";
import { languageOf, readSettings } from "./settings.ts";

/**
 * That of the cloud the profile speaks to, and its language. Settings that cannot be used are told by the first call,
 * which a client's user sees; a server that does not start is only a line in a log.
 */
export async function listingOf(environment: NodeJS.ProcessEnv): Promise<Listing & { language: Language }> {
  const settings = await readSettings(environment, foldersOf(environment));
  const language = settings.ok ? settings.language : languageOf(environment);
  if (settings.ok && settings.target.profile.cloud === "dli") {
    return { ...(await import("./dli-listing.ts")).dliListing, language };
  }
  return { tools: listedTools, instructions, prompts: emrPrompts, language };
}
