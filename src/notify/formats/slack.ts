import { inert } from "../foreign-text.ts";
import { tell } from "../words.ts";
import type { MessageFormat } from "./message.ts";

/**
 * Incoming webhooks, which know no signature: the address is the secret.
 * & < > are the control characters, and `verbatim` keeps Slack from finding mentions and links of its own.
 * https://docs.slack.dev/messaging/formatting-message-text/,
 * https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 */
export const slack: MessageFormat = {
  compose(event, { url, language }) {
    const { title, lines, link } = tell(event, language);
    const told = [
      ...lines.map(({ label, value }) => `*${label}:* ${escaped(value)}`),
      ...(link ? [`<${entities(link.url)}|${escaped(link.text)}>`] : []),
    ];
    return {
      url,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({
        text: escaped(title),
        blocks: [
          { type: "header", text: { type: "plain_text", text: escaped(title), emoji: false } },
          ...inParts(told).map((text) => ({ type: "section", text: { type: "mrkdwn", text, verbatim: true } })),
        ],
      }),
    };
  },
};

/** A text object holds 3,000 characters, and a name of nothing but & is five times as long once escaped. */
const mostInPart = 2_900;

function inParts(lines: readonly string[]): string[] {
  const parts: string[] = [];
  for (const line of lines) {
    const last = parts.pop();
    if (last === undefined) parts.push(line);
    else if (last.length + line.length < mostInPart) parts.push(`${last}\n${line}`);
    else parts.push(last, line);
  }
  return parts;
}

function escaped(text: string): string {
  return entities(inert(text));
}

function entities(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
