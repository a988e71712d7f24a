import type { ServerContext } from "@modelcontextprotocol/server";
import { type Language, languageAccepted } from "../language.ts";
import { metaPrefix } from "./response.ts";

/** Where a request may say what its user reads, as a BCP 47 tag; the second is ChatGPT's. */
const metaKeys = [`${metaPrefix}/language`, "openai/locale"] as const;

/** What this very request asks for: in its metadata, or as HTTP has it. Undefined: it says nothing that is known here. */
export function languageOfRequest({ mcpReq, http }: ServerContext): Language | undefined {
  const meta: Readonly<Record<string, unknown>> = mcpReq._meta ?? {};
  for (const key of metaKeys) {
    const tag = meta[key];
    const language = typeof tag === "string" ? languageAccepted(tag) : undefined;
    if (language !== undefined) return language;
  }
  return languageAccepted(http?.req?.headers.get("accept-language") ?? "");
}
