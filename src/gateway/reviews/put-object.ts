import { quoteForPerson } from "../../policy/confirmation.ts";
import type { Reviewer } from "./reviewer.ts";

/** A file of this computer leaves it: the person sees which, how large, and the digest it is bound to. */
export const reviewPutObject: Reviewer = ({ input, limits }) => {
  const bytes = Number(input.bytes);
  if (bytes > limits.upload.maxBytes) {
    return {
      overLimit: `${bytes} bytes is more than the ${limits.upload.maxBytes} bytes that the policy admits`,
      next: "Upload it with the cloud's own tools.",
    };
  }
  return {
    details: [
      {
        label: "From",
        text: input.localPath === undefined ? "text given in the call" : quoteForPerson(String(input.localPath)),
      },
      { label: "To", text: quoteForPerson(String(input.uri)) },
      { label: "Size", text: `${bytes} bytes` },
      { label: "SHA-256", text: quoteForPerson(String(input.sha256)) },
      {
        label: "Existing object",
        text: input.overwrite === true ? "is replaced" : "is kept, and the upload refused",
      },
    ],
  };
};
