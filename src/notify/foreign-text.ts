import { cleanLine } from "../jobs/clean-text.ts";
import { maskSecrets } from "../jobs/secrets.ts";

/** Text that a cloud, a client or a user wrote, on its way into a chat. */

/** Characters of what does not fit into a name's eighty: account ids and sentences. */
export const mostOf = { place: 160, reason: 200 } as const;

/** Far more than is shown, so that a secret is seen whole before the rest is cut off. */
const mostLookedAt = 2_000;

/** One line, nothing invisible, no secret, at most so many characters. */
export function foreignLine(text: string, most = 80): string {
  const line = maskSecrets(cleanLine(text.slice(0, mostLookedAt)))
    .replace(/[\p{White_Space}\u2800]+/gu, " ")
    .replace(/(\p{M}{3})\p{M}+/gu, "$1")
    .trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}

/** In quotation marks that it cannot close, whatever a chat makes of backslashes. */
export function quoted(text: string, most?: number): string {
  return `“${foreignLine(text, most).replace(/["“”„‟″‶＂〝〞〟❝❞ʺ˝״]/gu, "'")}”`;
}

/** An id or a state, which need no quotation marks as long as they are what they should be. */
export function word(text: string): string {
  return /^[\w-]{1,64}$/.test(text) ? text : quoted(text);
}

/**
 * Characters that make structure in one chat or another, and the ones of the same look that never do. No chat's
 * escaping is relied on: which of them honour a backslash is not documented.
 */
const harmless: Readonly<Record<string, string>> = {
  "@": "＠",
  "*": "＊",
  "`": "｀",
  "~": "～",
  "\\": "＼",
  "[": "［",
  "]": "］",
  "#": "＃",
  "|": "｜",
};

/** Mentions nobody, formats nothing, and holds no address that becomes a link. Angle brackets are the format's business. */
export function inert(text: string): string {
  return (
    text
      .replace(/[@*`~\\[\]#|]/g, (character) => harmless[character] ?? "")
      // Between letters it is a part of a name, and no chat takes it for emphasis.
      .replace(/(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu, (marks) => "＿".repeat(marks.length))
      .replaceAll("://", ":／／")
      .replace(/\b(www|mailto|tel)([.:])/gi, (_, word: string, mark: string) => `${word}${mark === "." ? "．" : "："}`)
  );
}

/** For chats that read HTML-like tags. */
export function withoutTags(text: string): string {
  return inert(text).replaceAll("<", "＜").replaceAll(">", "＞").replaceAll("&", "＆");
}
