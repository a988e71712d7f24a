import { withoutTags } from "../foreign-text.ts";
import { dingtalkSignature } from "../signatures.ts";
import { tell } from "../words.ts";
import { numberIn } from "./answer.ts";
import type { MessageFormat } from "./message.ts";

/** Custom robot, markdown message. https://open.dingtalk.com/document/group/custom-robot-access */
export const dingtalk: MessageFormat = {
  compose(event, { url, secret, language }, { now }) {
    const { title, lines, link } = tell(event, language);
    const text = [
      `### ${withoutTags(title)}`,
      ...lines.map(({ label, value }) => `- **${label}:** ${withoutTags(value)}`),
      ...(link ? [`[${withoutTags(link.text)}](${link.url})`] : []),
    ].join("\n\n");
    return {
      url: secret === undefined ? url : signed(url, secret, now),
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({
        msgtype: "markdown",
        markdown: { title: withoutTags(title), text },
        at: { atMobiles: [], atUserIds: [], isAtAll: false },
      }),
    };
  },
  refusalIn(body) {
    const code = numberIn(body, "errcode");
    return code === 0 ? undefined : { code: code === undefined ? "no errcode" : `errcode ${code}`, again: false };
  },
};

function signed(url: string, secret: string, now: number): string {
  const address = new URL(url);
  address.searchParams.set("timestamp", String(now));
  address.searchParams.set("sign", dingtalkSignature(secret, now));
  return address.href;
}
