import type { McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Language } from "../policy/types.ts";
import type { Prompt } from "./prompt.ts";
import { prompts } from "./prompts.gen.ts";

const mostCharacters = 500;

/** The list a language's sessions share; a server speaks one, so the other's schemas are never built. */
const prepared = new Map<Language, ReadonlyArray<{ prompt: Prompt; schema: ReturnType<typeof argumentsOf> }>>();

function preparedIn(language: Language) {
  const known = prepared.get(language);
  if (known) return known;
  const fresh = prompts.map((prompt) => ({ prompt, schema: argumentsOf(prompt, language) }));
  prepared.set(language, fresh);
  return fresh;
}

function argumentsOf(prompt: Prompt, language: Language) {
  const shape = prompt.arguments.map(({ name, description }) => [
    name,
    z.string().max(mostCharacters).optional().describe(description[language]),
  ]);
  return z.object(Object.fromEntries(shape) as Record<string, z.ZodOptional<z.ZodString>>);
}

export function registerPrompts(server: McpServer, language: Language): void {
  for (const { prompt, schema } of preparedIn(language)) {
    server.registerPrompt(
      prompt.name,
      { title: prompt.title[language], description: prompt.description[language], argsSchema: schema },
      (given) => ({
        messages: [{ role: "user", content: { type: "text", text: renderPrompt(prompt.text[language], given) } }],
      }),
    );
  }
}

export function renderPrompt(text: string, given: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\{\{(\w+)\?([^}]*)\}\}/g, (_, name: string, words: string) => {
    const value = given[name]?.trim();
    return value ? `${words}${value}` : "";
  });
}
