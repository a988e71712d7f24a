import { createHmac } from "node:crypto";

/*
 * How a receiver knows who sent a message. Three services, three ways of the same HMAC; node:crypto has it, so no
 * library is loaded for it.
 */

const signingSecret = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** 24 to 64 bytes, base64 encoded behind `whsec_`. */
export function isSigningSecret(text: string): boolean {
  const bytes = keyOf(text)?.length ?? 0;
  return bytes >= 24 && bytes <= 64;
}

function keyOf(secret: string): Buffer | undefined {
  const encoded = signingSecret.exec(secret)?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64");
}

/** Standard Webhooks 1.0.0, "Signature scheme": https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function standardSignature(
  secret: string,
  { id, seconds, body }: { id: string; seconds: number; body: string },
) {
  const key = keyOf(secret);
  if (!key) throw new Error("the secret has not the form whsec_BASE64");
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

/**
 * DingTalk custom robot, signed mode: the secret signs time and secret; time in milliseconds, within an hour.
 * https://open.dingtalk.com/document/group/custom-robot-access
 */
export function dingtalkSignature(secret: string, milliseconds: number): string {
  return createHmac("sha256", secret).update(`${milliseconds}\n${secret}`).digest("base64");
}

/**
 * Feishu custom bot, signature verification: time and secret are the key, and nothing is signed with it; time in
 * seconds, within an hour. https://open.feishu.cn/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN
 */
export function feishuSignature(secret: string, seconds: number): string {
  return createHmac("sha256", `${seconds}\n${secret}`).update("").digest("base64");
}
