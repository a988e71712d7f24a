/** What is written for people is written in each of these, side by side: the compiler asks for all of them. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];
export type Text = Readonly<Record<Language, string>>;

/** A name, or words that are somebody else's or already in the reader's language. */
export function inBoth(text: string): Text {
  return { en: text, zh: text };
}

/** What a person reads, in their language. */
export type Say = (en: string, zh: string) => string;

export function sayIn(language: Language): Say {
  return (en, zh) => (language === "zh" ? zh : en);
}

/** The first of the languages in a list such as `zh-CN,zh;q=0.9,en;q=0.8`, by rank (RFC 9110, 12.5.4); undefined: none. */
export function languageAccepted(ranges: string): Language | undefined {
  const ranked = ranges
    .split(",")
    .map((each) => {
      const [tag = "", ...parameters] = each.trim().toLowerCase().split(";");
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find(Boolean);
      return { language: tag.split("-")[0], quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  return ranked
    .map(({ language }) => languages.find((known) => known === language))
    .find((language) => language !== undefined);
}
