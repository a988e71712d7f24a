import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { SkillsClient } from "@modelcontextprotocol/client/ext/skills";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, describe, expect, test, vi } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { registerSkill } from "../../src/server/resources.ts";
import { connectHttp, eras } from "../fixtures/clients.ts";
import { startHttpFixture } from "../fixtures/http-server.ts";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof promises>();
  return { ...real, readFile: vi.fn(real.readFile) };
});

const base = "skill://spark-workspace-mcp/";
const cleanups: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function connect(era: (typeof eras)[number]): Promise<{ client: Client; opened: () => number }> {
  const server = await startHttpFixture({ server: { extend: registerSkill } });
  cleanups.push(server.close);
  const client = await connectHttp(server.url, { era });
  cleanups.push(() => client.close());
  vi.mocked(promises.readFile).mockClear();
  return { client, opened: server.opened };
}

async function textAt(client: Client, uri: string): Promise<string> {
  const { contents } = await client.readResource({ uri });
  const [content] = contents;
  return content !== undefined && "text" in content ? content.text : "";
}

describe.each(eras)("the skill over MCP, client of %s", (era) => {
  test("is listed with every page in both languages, and no file is read for it", async () => {
    const { client, opened } = await connect(era);
    const { resources } = await client.listResources();
    expect(resources).toHaveLength(21);
    expect(resources[0]).toMatchObject({ uri: `${base}SKILL.md`, mimeType: "text/markdown" });
    expect(resources).toContainEqual({
      uri: `${base}references/scaling.zh.md`,
      name: "references/scaling.zh.md",
      title: "扩缩容",
      mimeType: "text/markdown",
    });
    expect(promises.readFile).not.toHaveBeenCalled();
    expect(opened()).toBe(0);
  });

  test("is read as it stands in the file, in English and in Chinese", async () => {
    const { client } = await connect(era);
    for (const file of ["SKILL.md", "references/scaling.md", "references/scaling.zh.md"]) {
      expect(await textAt(client, base + file)).toBe(readFileSync(join(packageRoot, file), "utf8"));
    }
    expect(promises.readFile).toHaveBeenCalledTimes(3);
  });

  test("every page that is listed can be read", async () => {
    const { client } = await connect(era);
    const { resources } = await client.listResources();
    for (const { uri } of resources) expect(await textAt(client, uri), uri).toMatch(/^(---|# )/);
  });

  test.each([
    "package.json",
    "references/nothing.md",
    "references/",
    "references",
    "../package.json",
    "references/../../package.json",
    "%2e%2e/package.json",
    "references/..%2f..%2fpackage.json",
    "references/%2e%2e%2fpackage.json",
    "references\\..\\..\\package.json",
    "SKILL.md%00.md",
    "skill.md",
  ])("an address that is not on the list is not read: %s", async (path) => {
    const { client } = await connect(era);
    await expect(client.readResource({ uri: base + path })).rejects.toThrow(/not found/i);
    expect(promises.readFile).not.toHaveBeenCalled();
  });

  test.each(["file:///etc/passwd", "skill://another/SKILL.md", "https://example.com/SKILL.md"])(
    "an address of another kind is not read: %s",
    async (uri) => {
      const { client } = await connect(era);
      await expect(client.readResource({ uri })).rejects.toThrow(/not found/i);
      expect(promises.readFile).not.toHaveBeenCalled();
    },
  );

  test("is a skill to a client that knows the extension, with files that match their digests", async () => {
    const { client } = await connect(era);
    const skills = new SkillsClient(client);
    expect(skills.supported).toBe(true);
    const { skills: entries, invalid } = await skills.list();
    expect(invalid).toEqual([]);
    expect(entries).toHaveLength(1);
    const [entry] = entries;
    if (!entry) throw new Error("no skill is listed");
    const manifest = await skills.read(entry);
    expect(manifest).toMatchObject({ verified: true, frontmatter: { name: "spark-workspace-mcp" } });
    const page = await skills.read(entry, "references/troubleshooting.zh.md");
    expect(page).toMatchObject({ verified: true, mimeType: "text/markdown" });
  });

  test("is got by the address of SKILL.md alone", async () => {
    const { client } = await connect(era);
    const skills = new SkillsClient(client);
    expect((await skills.get(`${base}SKILL.md`)).skill.uri).toBe(`${base}SKILL.md`);
    await expect(skills.get(`${base}references/scaling.md`)).rejects.toThrow();
    await expect(skills.get("skill://another/SKILL.md")).rejects.toThrow();
  });
});

test.each(["emr", "dli"])(
  "the program itself serves it to a session of %s",
  async (cloud) => {
    const home = mkdtempSync(join(tmpdir(), "skill-"));
    const client = new Client({ name: "test", version: "1" });
    cleanups.push(async () => {
      await client.close();
      rmSync(home, { recursive: true, force: true });
    });
    const args = [join(packageRoot, "src", "cli", "bin.ts")];
    const env = { SPARK_WORKSPACE_HOME: home, SPARK_WORKSPACE_CLOUD: cloud };
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" }));
    expect((await client.listResources()).resources).toHaveLength(21);
    expect(await textAt(client, `${base}references/getting-started.md`)).toContain("# Getting started");
  },
  30_000,
);
