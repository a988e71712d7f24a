import type { ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { eras, textOf } from "../fixtures/clients.ts";
import { openScene, sendForm, serve } from "./approval.support.ts";

/** Clients that can open a page for their user: the question travels as its address. */

describe.each(eras)("a client of %s that opens pages", (era) => {
  async function ask(answer: (url: string, jobRunId: string) => ElicitResult | Promise<ElicitResult>) {
    const { input, environment, cancelled } = await openScene();
    const asked: ElicitRequest["params"][] = [];
    const { cancel } = await serve({
      environment,
      era,
      capabilities: { elicitation: { url: {} } },
      elicit: ({ params }) => {
        asked.push(params);
        return answer("url" in params ? params.url : "", input.jobRunId);
      },
    });
    return { input, cancel, cancelled, asked };
  }

  test("carries the call out when its user approved there meanwhile", async () => {
    const { input, cancel, cancelled, asked } = await ask(async (url, name) => {
      await sendForm(url, { verdict: "approved", name });
      return { action: "accept" };
    });
    expect(textOf(await cancel(input))).toContain("approved by a person (out-of-band)");
    expect(cancelled()).toBe(1);
    expect(asked).toMatchObject([{ mode: "url", message: expect.stringContaining(input.jobRunId) }]);
  });

  test.each<ElicitResult["action"]>(["accept", "decline", "cancel"])(
    "is told where to decide when nobody has decided, whether it says %s, and is sent there once",
    async (action) => {
      const { input, cancel, cancelled, asked } = await ask(() => ({ action, content: { approve: true } }));
      const result = await cancel(input);
      expect(textOf(result)).toMatch(/^AWAITING_APPROVAL: /);
      expect(asked).toHaveLength(1);
      expect(cancelled()).toBe(0);
    },
  );

  test("is told of a refusal there", async () => {
    const { input, cancel, cancelled } = await ask(async (url) => {
      await sendForm(url, { verdict: "declined" });
      return { action: "accept" };
    });
    expect(textOf(await cancel(input))).toContain("DECLINED");
    expect(cancelled()).toBe(0);
  });

  test("that fails to open it is told where to decide", async () => {
    const { input, cancel, cancelled } = await ask(() => {
      throw new Error("no browser");
    });
    // The official client ends the call itself in the newer era, where the question comes back as a result.
    const text = await cancel(input).then(textOf, (error: unknown) => String(error));
    expect(text).toMatch(era === "2025-11-25" ? /^AWAITING_APPROVAL: / : /no browser/);
    expect(cancelled()).toBe(0);
  });
});
