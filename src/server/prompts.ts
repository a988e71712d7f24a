import type { McpServer, StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import type { Gateway } from "../gateway/gateway.ts";
import type { Clock } from "../gateway/types.ts";
import type { Language } from "../language.ts";
import { principalOf } from "./call.ts";
import { clientOf } from "./client.ts";
import type { Completer } from "./completions.ts";
import type { Prompt, PromptList } from "./prompt.ts";
import { languageOfRequest } from "./request-language.ts";

export interface PromptParts {
  list: PromptList;
  language: Language;
  clock: Clock;
  /** Called by the first completion from live data, never by a listing. */
  open: () => Promise<{ gateway: Gateway }>;
}

const mostCharacters = 500;
/** As many as the protocol admits in an answer. */
const mostValues = 100;

/** Adds the prompts of one cloud to a server instance. What does not depend on the instance is built once. */
export function servePrompts({ list, language, clock, open }: PromptParts): (server: McpServer) => void {
  const prepared = list.prompts.map((prompt) => ({ prompt, argsSchema: argumentsOf(prompt, language) }));
  let completer: Promise<Completer> | undefined;
  const loadCompleter = () => {
    completer ??= import("./completions.ts").then(({ createCompleter }) => createCompleter({ open, clock, language }));
    return completer;
  };

  return (server) => {
    for (const { prompt, argsSchema } of prepared) {
      const { name, title, description } = prompt;
      const shown = { title: title[language], description: description[language], argsSchema };
      server.registerPrompt(name, shown, async (given, ctx) => {
        const text = renderPrompt((await list.texts())[name]?.[languageOfRequest(ctx) ?? language] ?? "", given);
        return { messages: [{ role: "user", content: { type: "text", text } }] };
      });
    }
    // The SDK's own handler does not say who asks, and what may be read depends on it.
    server.server.registerCapabilities({ completions: {} });
    server.server.setRequestHandler("completion/complete", async ({ params: { ref, argument, context } }, ctx) => {
      const complete = sourceOf(list, ref, argument.name);
      if (complete === undefined) return completion([]);
      if (typeof complete !== "string") {
        return completion(complete.filter((value) => value.startsWith(argument.value.trim())));
      }
      const principal = principalOf(ctx);
      const found = await (await loadCompleter())({
        source: complete,
        typed: argument.value,
        given: context?.arguments ?? {},
        requester: `${clientOf(ctx, server, "modern").name}, completing an argument`,
        ...(principal && { principal }),
      });
      return completion(found);
    });
  };
}

function sourceOf({ prompts }: PromptList, ref: { type: string; name?: string }, argument: string) {
  const prompt = ref.type === "ref/prompt" ? prompts.find(({ name }) => name === ref.name) : undefined;
  return prompt?.arguments.find(({ name }) => name === argument)?.complete;
}

function completion(found: readonly string[]) {
  const values = found.slice(0, mostValues);
  return { completion: { values, total: found.length, hasMore: found.length > values.length } };
}

type Given = Readonly<Record<string, string | undefined>>;

/** By hand: a client's start would build a Zod schema for every argument, and few are ever filled in. */
function argumentsOf(prompt: Prompt, language: Language): StandardSchemaWithJSON<Given, Given> {
  const properties = Object.fromEntries(
    prompt.arguments.map(({ name, description }) => [
      name,
      { type: "string", maxLength: mostCharacters, description: description[language] },
    ]),
  );
  const json: Record<string, unknown> = { type: "object", properties };
  return {
    "~standard": {
      version: 1,
      vendor: "spark-workspace-mcp",
      jsonSchema: { input: () => json, output: () => json },
      // The protocol's own schema lets nothing but strings come this far.
      validate(value) {
        const given = value as Given;
        const tooLong = prompt.arguments.filter(({ name }) => (given[name]?.length ?? 0) > mostCharacters);
        return tooLong.length === 0
          ? { value: given }
          : { issues: tooLong.map(({ name }) => ({ message: `${name} is longer than ${mostCharacters} characters` })) };
      },
    },
  };
}

export function renderPrompt(text: string, given: Given): string {
  return text.replace(/\{\{(\w+)\?([^}]*)\}\}/g, (_, name: string, words: string) => {
    const value = given[name]?.trim();
    return value ? `${words}${value}` : "";
  });
}
