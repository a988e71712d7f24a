import { expect, test } from "vitest";
import { dingtalkSignature, feishuSignature, isSigningSecret, standardSignature } from "../../src/notify/signatures.ts";

/** The first is the vector that Standard Webhooks libraries share; all three were computed with openssl as well. */

test("a JSON message is signed as Standard Webhooks says", () => {
  const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: '{"test": 2432232314}' };
  expect(standardSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", message)).toBe(
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

test("DingTalk's signature is the secret's over time and secret", () => {
  expect(dingtalkSignature("SECabc123def456", 1_577_262_236_757)).toBe("pm4GBwgR8ffegzpt9GROKI8/TVb9/9RTrIilSeozlzg=");
});

test("Feishu's signature has time and secret for a key and signs nothing", () => {
  expect(feishuSignature("demo-feishu-secret", 1_599_360_473)).toBe("I14G+BylJBIS1VqI4nUg1mKqMAjMGZlFJGT36IJRUr8=");
});

test.each([
  ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true],
  ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false],
  [`whsec_${Buffer.alloc(23).toString("base64")}`, false],
  [`whsec_${Buffer.alloc(64).toString("base64")}`, true],
  [`whsec_${Buffer.alloc(65).toString("base64")}`, false],
  ["whsec_not base64", false],
])("%s is a signing secret: %s", (text, expected) => {
  expect(isSigningSecret(text)).toBe(expected);
});
