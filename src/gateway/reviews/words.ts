import type { Language } from "../../policy/types.ts";

export type Say = (en: string, zh: string) => string;

/** What a person reads in both languages, side by side: the compiler asks for both. */
export function inLanguage(language: Language): Say {
  return (en, zh) => (language === "zh" ? zh : en);
}
