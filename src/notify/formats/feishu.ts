import { withoutTags } from "../foreign-text.ts";
import { feishuSignature } from "../signatures.ts";
import { tell } from "../words.ts";
import { numberIn } from "./answer.ts";
import type { MessageFormat } from "./message.ts";

/** The service is busy, as it is at full hours; the only code of its page that says "later". */
const busy = 11_232;

/**
 * Custom bot, rich text (post): elements of the kind `text` are shown as they are.
 * https://open.feishu.cn/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN
 */
export const feishu: MessageFormat = {
  compose(event, { url, secret, language }, { now }) {
    const { title, lines, link } = tell(event, language);
    const seconds = Math.floor(now / 1_000);
    const content = [
      ...lines.map(({ label, value }) => [{ tag: "text", text: `${label}: ${withoutTags(value)}` }]),
      ...(link ? [[{ tag: "a", text: withoutTags(link.text), href: link.url }]] : []),
    ];
    return {
      url,
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({
        ...(secret !== undefined && { timestamp: String(seconds), sign: feishuSignature(secret, seconds) }),
        msg_type: "post",
        content: { post: { [language === "zh" ? "zh_cn" : "en_us"]: { title: withoutTags(title), content } } },
      }),
    };
  },
  refusalIn(body) {
    const code = numberIn(body, "code", "StatusCode");
    return code === 0 ? undefined : { code: code === undefined ? "no code" : `code ${code}`, again: code === busy };
  },
};
