import { expect, test } from "vitest";
import { problemsOfArguments } from "../../src/server/arguments.ts";
import { portableSchema } from "../../src/server/tool-schema.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools as emrTools } from "../../tools/index.ts";

const tools = [...new Set([...emrTools, ...dliTools])];

/** One value of each wrong kind; no argument of any tool takes all of them. */
const wrong: readonly unknown[] = [{ nested: { deep: [] } }, [[]], 1e21, -1, 0.5, "\u0000 ..", true, null];

for (const tool of tools) {
  const input = tool.input.strict();
  const schema = portableSchema(input);

  test(`${tool.name}: a wrong value of any argument is named with what is allowed and an example`, () => {
    for (const field of Object.keys(tool.input.shape)) {
      const found = wrong.flatMap((value) => problemsOfArguments(input, schema, { [field]: value }));
      const own = found.filter((problem) => problem.field === field || problem.field.startsWith(`${field}.`));
      expect(own.length, field).toBeGreaterThan(0);
      for (const problem of own) {
        expect(problem.problem, field).not.toBe("");
        expect(problem.allowed, field).not.toBe("");
        expect(problem.example, field).not.toBe("");
      }
    }
  });

  test(`${tool.name}: a missing argument and an unknown one are named`, () => {
    const required = schema.required ?? [];
    const missing = problemsOfArguments(input, schema, {}).map(({ field }) => field);
    expect(missing.toSorted()).toEqual([...required].toSorted());
    const unknown = problemsOfArguments(input, schema, { confirm: true }).map(({ field }) => field);
    expect(unknown).toContain("confirm");
  });
}

test("no tool has an argument with which a model could confirm", () => {
  for (const tool of tools) {
    const suspicious = Object.keys(tool.input.shape).filter((name) => /confirm|approve|force|yes|sure/i.test(name));
    expect(suspicious, tool.name).toEqual([]);
  }
});
