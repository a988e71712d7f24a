import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/gateway/types.ts";
import { approvalForm, readAnswer } from "../../src/server/elicitation.ts";

const plan: Plan = {
  planId: "plan-1",
  operation: "CancelJobRun",
  target: "jr-1",
  requestDigest: "d",
  planDigest: "d",
  facts: { bound: {}, context: {} },
  review: { details: [] },
  question: "Continue?",
  requiredStrength: "accepted",
  expiresAt: 0,
};

describe("the form", () => {
  test("has one field, a boolean, where an accept is enough", () => {
    expect(approvalForm(plan, "en")).toEqual({
      mode: "form",
      message: "Continue?",
      requestedSchema: {
        type: "object",
        properties: {
          approve: { type: "boolean", title: "Approve", description: "Yes: carry it out. No: nothing is sent." },
        },
        required: ["approve"],
      },
    });
  });

  test("has one field, a string, where the name is to be typed", () => {
    const { requestedSchema } = approvalForm({ ...plan, requiredStrength: "typed" }, "en");
    expect(requestedSchema.properties).toEqual({
      name: {
        type: "string",
        title: "Name of the target",
        description: "Type jr-1 to approve. Decline to send nothing.",
        minLength: 1,
      },
    });
  });

  test("speaks Chinese", () => {
    const { requestedSchema } = approvalForm({ ...plan, requiredStrength: "typed" }, "zh");
    expect(requestedSchema.properties.name).toMatchObject({
      title: "目标名称",
      description: expect.stringContaining("输入 jr-1"),
    });
  });

  test("hides nothing in a target's name", () => {
    const { requestedSchema } = approvalForm({ ...plan, target: "a\u202eb", requiredStrength: "typed" }, "en");
    expect(JSON.stringify(requestedSchema)).not.toContain("\u202e");
  });
});

describe("an answer", () => {
  test.each<[string, Parameters<typeof readAnswer>[1], string]>([
    ["accept with approve=true", { action: "accept", content: { approve: true } }, "accepted"],
    ["accept with a name", { action: "accept", content: { name: "jr-1" } }, "accepted"],
    ["accept with approve=false", { action: "accept", content: { approve: false } }, "declined"],
    [
      "accept with approve=false and a name",
      { action: "accept", content: { approve: false, name: "jr-1" } },
      "declined",
    ],
    ["decline", { action: "decline" }, "declined"],
    ["decline with approve=true", { action: "decline", content: { approve: true } }, "declined"],
    ["cancel", { action: "cancel" }, "cancelled"],
    ["cancel with approve=true", { action: "cancel", content: { approve: true } }, "cancelled"],
    ["accept without content", { action: "accept" }, "cancelled"],
    ["accept with an empty name", { action: "accept", content: { name: "  " } }, "cancelled"],
    ["accept with approve as text", { action: "accept", content: { approve: "true" } }, "cancelled"],
  ])("%s counts as %s", (_, answer, decision) => {
    expect(readAnswer("plan-1", answer)).toMatchObject({ planId: "plan-1", decision });
  });
});
