import type { McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Language } from "../policy/types.ts";
import type { Prompt } from "./prompt.ts";
import { prompts } from "./prompts.gen.ts";

const mostCharacters = 500;

const prepared = prompts.map((prompt) => ({
  prompt,
  schemas: { en: argumentsOf(prompt, "en"), zh: argumentsOf(prompt, "zh") },
}));

function argumentsOf(prompt: Prompt, language: Language) {
  const shape = prompt.arguments.map(({ name, description }) => [
    name,
    z.string().max(mostCharacters).optional().describe(description[language]),
  ]);
  return z.object(Object.fromEntries(shape) as Record<string, z.ZodOptional<z.ZodString>>);
}

export function registerPrompts(server: McpServer, language: Language): void {
  for (const { prompt, schemas } of prepared) {
    server.registerPrompt(
      prompt.name,
      { title: prompt.title[language], description: prompt.description[language], argsSchema: schemas[language] },
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
