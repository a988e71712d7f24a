import { sayIn } from "../../language.ts";
import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Reviewer } from "./reviewer.ts";

/** A file of this computer leaves it: the person sees which, how large, and the digest it is bound to. */
export const reviewPutObject: Reviewer = ({ input, limits, language }) => {
  const t = sayIn(language);
  const bytes = Number(input.bytes);
  if (bytes > limits.upload.maxBytes) {
    return {
      overLimit: t(
        `${bytes} bytes is more than the ${limits.upload.maxBytes} bytes that the policy admits`,
        `${bytes} 字节超过策略允许的 ${limits.upload.maxBytes} 字节`,
      ),
      next: t("Upload it with the cloud's own tools.", "请用云厂商自己的工具上传。"),
    };
  }
  return {
    details: [
      {
        label: t("From", "来源"),
        text:
          input.localPath === undefined
            ? t("text given in the call", "调用中给出的文本")
            : quoteForPerson(String(input.localPath)),
      },
      { label: t("To", "目标"), text: quoteForPerson(String(input.uri)) },
      { label: t("Size", "规格"), text: t(`${bytes} bytes`, `${bytes} 字节`) },
      { label: "SHA-256", text: quoteForPerson(String(input.sha256)) },
      {
        label: t("Existing object", "已有对象"),
        text:
          input.overwrite === true
            ? t("is replaced", "将被替换")
            : t("is kept, and the upload refused", "保留，并拒绝上传"),
      },
    ],
  };
};
