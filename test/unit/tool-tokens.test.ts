import type { Tool } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { connectInProcess } from "../../bench/connection.ts";
import { mostTokens, mostTools } from "../../bench/tokens.ts";
import { listedTools, listToolsOf, seenByModel, tokensOf } from "../../bench/tool-list.ts";
import { chooseTools } from "../../src/cli/toolsets.ts";
import { listTool } from "../../src/server/listed-tool.ts";
import type { JsonSchema } from "../../src/server/tool-schema.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { tools as emrTools } from "../../tools/index.ts";
import { gatewayOver } from "../doubles/gateway-parts.ts";

/** What every conversation pays for and every model chooses by: tools/list as a client is answered. */
const lists = {
  emr: { byDefault: await listToolsOf(), tools: await listToolsOf("all"), declared: emrTools },
  dli: { byDefault: await listToolsOf(undefined, "dli"), tools: await listToolsOf("all", "dli"), declared: dliTools },
} as const;

const verbs =
  "add call cancel create delete diagnose edit execute get grant list run scale search start stop submit terminate update upload wait".split(
    " ",
  );

/** A description says it in the plainest words, which are not always those of a name. */
const openings = [
  ...verbs,
  ..."abort carry change explain find follow give go let make name put query read remove rename save show shut tell watch".split(
    " ",
  ),
];

describe.each([
  ["EMR", lists.emr, "tools-list"],
  ["DLI", lists.dli, "dli-tools-list"],
] as const)("of a profile that speaks to %s", (_, { byDefault, tools }, snapshot) => {
  test(`whoever chooses nothing sees at most ${mostTools} tools`, () => {
    expect(byDefault.length).toBeGreaterThan(0);
    expect(byDefault.length).toBeLessThanOrEqual(mostTools);
  });

  test(`the tools cost a model at most ${mostTokens} tokens`, () => {
    expect(tokensOf(byDefault)).toBeLessThanOrEqual(mostTokens);
  });

  test("a model is shown neither $schema nor $ref", () => {
    for (const tool of tools) expect(seenByModel(tool)).not.toMatch(/"\$(schema|ref|defs)"/);
  });

  test.each(tools)("$name is a verb and an object in lower case", ({ name }) => {
    expect(name).toMatch(/^[a-z0-9]+(_[a-z0-9]+)+$/);
    expect(verbs).toContain(name.split("_")[0]);
  });

  test.each(tools)("$name says what it does in 20 to 200 characters", ({ description = "" }) => {
    expect(description.length).toBeGreaterThanOrEqual(20);
    expect(description.length).toBeLessThanOrEqual(200);
  });

  test.each(tools)("what $name does begins with a verb", ({ description = "" }) => {
    expect(openings).toContain(description.match(/^\w+/)?.[0].toLowerCase());
  });

  test("no two tools begin with the same sentence", () => {
    const first = tools.map(({ description = "" }) => description.split(/[.;:](?:\s|$)/, 1)[0]);
    expect(first.filter((sentence, at) => first.indexOf(sentence) !== at)).toEqual([]);
  });

  test("no two tools have the same title", () => {
    const titles = tools.map(({ title }) => title);
    expect(titles.filter((title, at) => title === undefined || titles.indexOf(title) !== at)).toEqual([]);
  });

  test("no two tools can be taken for each other by their descriptions", () => {
    const pairs = tools.flatMap((one, at) => tools.slice(at + 1).map((other) => [one, other] as const));
    const alike = pairs.filter(([one, other]) => commonShare(wordsOf(one), wordsOf(other)) > 0.4);
    expect(alike.map(([one, other]) => `${one.name} and ${other.name}`)).toEqual([]);
  });

  test.each(tools)("every argument of $name has a description", ({ inputSchema }) => {
    expect(undescribed(inputSchema as JsonSchema, "")).toEqual([]);
  });

  test("tools/list is the one that was committed (vitest -u writes it anew)", async () => {
    const seen = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    await expect(`${pretty(seen)}\n`).toMatchFileSnapshot(`__snapshots__/${snapshot}.json`);
  });
});

test("a choice of toolsets brings those and core, in the order of the whole list", async () => {
  const names = (await listToolsOf("kyuubi")).map(({ name }) => name);
  expect(names).toContain("create_kyuubi_token");
  expect(names).toContain("list_workspaces");
  expect(names).not.toContain("start_job_run");
  expect(lists.emr.tools.map(({ name }) => name).filter((name) => names.includes(name))).toEqual(names);
});

test("an unknown toolset is refused by name, with what there is", () => {
  expect(() => chooseTools(listedTools.emr, "job,spark")).toThrow(/spark is unknown; allowed are all, core, .*kyuubi/);
});

test("a listing loads no tool, and a call only the one it names, once", async () => {
  const loaded: string[] = [];
  const listed = emrTools.map((tool) => ({
    ...listTool(tool),
    load: async () => {
      loaded.push(tool.name);
      return tool;
    },
  }));
  const { gateway } = gatewayOver({});
  const { client, close } = await connectInProcess({ tools: listed, open: async () => ({ gateway }) });
  try {
    expect((await client.listTools()).tools).toEqual(lists.emr.tools);
    expect(loaded).toEqual([]);
    for (let call = 0; call < 2; call++) {
      const result = await client.callTool({ name: "get_job_run", arguments: {} });
      expect(result).toMatchObject({ isError: true, _meta: { "io.github.spark-workspace-mcp/code": "BAD_INPUT" } });
    }
    expect(loaded).toEqual(["get_job_run"]);
  } finally {
    await close();
  }
});

function wordsOf({ description = "" }: Tool): Set<string> {
  return new Set(description.toLowerCase().match(/[a-z_]{3,}/g));
}

/** Words in both of all words in either. */
function commonShare(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((word) => other.has(word)).length;
  return common / (one.size + other.size - common);
}

/** Paths of the properties, at any depth, that tell a model nothing. */
function undescribed({ properties = {}, items }: JsonSchema, path: string): string[] {
  const within = Object.entries(properties).flatMap(([name, property]) => [
    ...(property.description ? [] : [`${path}${name}`]),
    ...undescribed(property, `${path}${name}.`),
  ]);
  return items ? [...within, ...undescribed(items, `${path}[].`)] : within;
}

const lineWidth = 120;

/** As the project's formatter leaves JSON: a list without objects stands on one line where it fits. */
function pretty(value: unknown, indent = "", before = indent.length): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => pretty(item, inner));
    const line = `[${items.join(", ")}]`;
    if (items.every((item) => !item.includes("\n")) && before + line.length <= lineWidth) return line;
    return `[\n${items.map((item) => inner + item).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(([name, member]) => {
    const start = `${inner}"${name}": `;
    // A comma may follow.
    return start + pretty(member, inner, start.length + 1);
  });
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}
