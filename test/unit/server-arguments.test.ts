import { describe, expect, test } from "vitest";
import * as z from "zod";
import { saidOfFields } from "../../src/gateway/refuse.ts";
import type { Language } from "../../src/language.ts";
import { problemsOfArguments } from "../../src/server/arguments.ts";
import { portableSchema } from "../../src/server/tool-schema.ts";

const input = z.strictObject({
  workspaceId: z
    .string()
    .regex(/^w-[a-z0-9]+$/)
    .meta({ description: "Workspace ID", examples: ["w-1a2b3c"] }),
  cu: z.number().int().min(1).max(100).optional(),
  mode: z.enum(["dev", "production"]).optional(),
  labels: z.array(z.string().max(3)).max(2).optional(),
  window: z.strictObject({ from: z.int(), to: z.int() }).optional(),
  conf: z.record(z.string(), z.string().max(5)).optional(),
  either: z.union([z.literal("all"), z.int().min(1)]).optional(),
  even: z
    .int()
    .refine((value) => value % 2 === 0, "is odd")
    .optional(),
});

function problems(raw: unknown, language: Language = "en") {
  return saidOfFields(problemsOfArguments(input, portableSchema(input), raw), language);
}
const good = { workspaceId: "w-1" };

describe("arguments of a tool", () => {
  test("that are right have no problem", () => {
    expect(problems({ ...good, cu: 5, window: { from: 1, to: 2 }, conf: { a: "b" }, either: "all", even: 2 })).toEqual(
      [],
    );
  });

  test("that are wrong say so in the language that is asked for", () => {
    const raw = { cu: "5", mode: "test", labels: ["long label"], colour: 1, conf: { a: 7 } };
    expect(problems(raw, "zh").map(({ field, problem }) => [field, problem])).toEqual([
      ["workspaceId", "缺失"],
      ["cu", "类型为 string，应为 number"],
      ["mode", "不在可选值中"],
      ["labels[0]", "过长"],
      ["conf.a", "类型为 number，应为 string"],
      ["colour", "不是参数"],
    ]);
    expect(problems(raw).filter(({ problem }) => /\p{Script=Han}/u.test(problem))).toEqual([]);
  });

  test.each<[string, unknown, string, string, string, string]>([
    ["missing", {}, "workspaceId", "is missing", "string matching ^w-[a-z0-9]+$; Workspace ID", '"w-1a2b3c"'],
    [
      "of another form",
      { workspaceId: ".." },
      "workspaceId",
      "is not of the allowed form",
      "string matching ^w-[a-z0-9]+$; Workspace ID",
      '"w-1a2b3c"',
    ],
    ["of another type", { ...good, cu: "5" }, "cu", "is string, not number", "integer (1 to 100)", "1"],
    ["null", { ...good, cu: null }, "cu", "is null, not number", "integer (1 to 100)", "1"],
    ["too small", { ...good, cu: 0 }, "cu", "is too small", "integer (1 to 100)", "1"],
    ["too large", { ...good, cu: 101 }, "cu", "is too large", "integer (1 to 100)", "1"],
    [
      "not one of the values",
      { ...good, mode: "test" },
      "mode",
      "is not one of the values",
      'one of "dev", "production"',
      '"dev"',
    ],
    [
      "wrong inside a list",
      { ...good, labels: ["abcd"] },
      "labels[0]",
      "is too long",
      "string (at most 3 characters)",
      "(see allowed)",
    ],
    [
      "a list too long",
      { ...good, labels: ["a", "b", "c"] },
      "labels",
      "is too long",
      "list (at most 2 entries) of string (at most 3 characters)",
      "[]",
    ],
    ["missing inside an object", { ...good, window: { from: 1 } }, "window.to", "is missing", "integer", "1"],
    [
      "unknown inside an object",
      { ...good, window: { from: 1, to: 2, until: 3 } },
      "window.until",
      "is not an argument",
      "one of from, to",
      "from",
    ],
    [
      "wrong inside a map",
      { ...good, conf: { "spark.a": "abcdef" } },
      "conf.spark.a",
      "is too long",
      "string (at most 5 characters)",
      "(see allowed)",
    ],
    [
      "none of several forms",
      { ...good, either: "none" },
      "either",
      "is not of the allowed form",
      '"all" or integer (at least 1)',
      '"all"',
    ],
    ["refused by a rule of the tool's own", { ...good, even: 3 }, "even", "is odd", "integer", "1"],
    [
      "no object at all",
      "w-1",
      "(arguments)",
      "is string, not object",
      expect.stringContaining("object with workspaceId, cu") as unknown as string,
      '{"workspaceId":"w-1a2b3c"}',
    ],
  ])("that are %s are named with form and example", (_, raw, field, problem, allowed, example) => {
    expect(problems(raw)).toEqual([{ field, problem, allowed, example }]);
  });

  test.each([
    ["workspace_id", "workspaceId"],
    ["workspaceid", "workspaceId"],
    ["worksapceId", "workspaceId"],
    ["workspace", "workspaceId"],
    ["lables", "labels"],
    ["labelz", "labels"],
  ])("that are misspelt (%s) are pointed at %s", (given, meant) => {
    expect(problems({ ...good, [given]: "w-1" })[0]?.problem).toBe(`is not an argument (did you mean ${meant}?)`);
  });

  test("that are unlike any other are only named", () => {
    expect(problems({ ...good, confirm: true })).toEqual([
      {
        field: "confirm",
        problem: "is not an argument",
        allowed: "one of workspaceId, cu, mode, labels, window, conf, either, even",
        example: "workspaceId",
      },
    ]);
  });

  test("a prototype's members are not arguments", () => {
    expect(problems({ ...good, constructor: 1 })[0]?.problem).toBe("is not an argument");
  });

  test("a flood of unknown arguments is answered with the first twenty", () => {
    const flood = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`x${at}`, at]));
    expect(problems({ ...good, ...flood })).toHaveLength(20);
  });
});

describe("the schema that clients are shown", () => {
  test("keeps descriptions, examples, bounds and patterns, and nothing that points elsewhere", () => {
    const schema = portableSchema(input);
    expect(schema.properties?.workspaceId).toEqual({
      type: "string",
      pattern: "^w-[a-z0-9]+$",
      description: "Workspace ID",
      examples: ["w-1a2b3c"],
    });
    expect(schema.properties?.window?.properties?.from).toEqual({ type: "integer" });
    expect(schema.additionalProperties).toBe(false);
    expect(JSON.stringify(schema)).not.toMatch(/\$schema|\$ref|\$defs/);
  });

  test("that would need a reference is refused when the server starts", () => {
    const named = z.string().meta({ id: "Named" });
    expect(() => portableSchema(z.strictObject({ a: named, b: named }))).toThrow(/\$ref/);
  });
});
