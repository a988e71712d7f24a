import { dliInstructions } from "../server/dli-instructions.ts";
import { dliPrompts } from "../server/dli-prompts.gen.ts";
import type { Listing } from "../server/listed-tool.ts";
import { listedTools } from "./listed-dli-tools.ts";

/** What a client of a profile that speaks to DLI is shown before its first call. */
export const dliListing: Listing = { tools: listedTools, instructions: dliInstructions, prompts: dliPrompts };
