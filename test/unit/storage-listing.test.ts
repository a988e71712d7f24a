import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareUtf8, listPage } from "../../src/sandbox/storage/listing.ts";
import { element, escapeXml, parseXml, xmlDocument } from "../../src/sandbox/storage/xml.ts";

const noMarks = async () => false;
const utf8Order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe("listing order", () => {
  it("is that of UTF-8 bytes, also beyond U+FFFF", () => {
    const word = fc.string({
      unit: fc.constantFrom("a", "/", "é", "\ud7ff", "\ue000", "\uffff", "😀", "𐀀"),
      maxLength: 5,
    });
    fc.assert(fc.property(word, word, (a, b) => Math.sign(compareUtf8(a, b)) === Math.sign(utf8Order(a, b))));
  });
});

describe("pages", () => {
  let root: string;
  const keys = ["a-b", "a.b", "a/1", "a/b/1", "a/b/2", "a0", "b/c/d/1", "b/c/e", "b/d", "c", "中/x", "😀/y"];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "listing-"));
    for (const key of keys) {
      await mkdir(dirname(join(root, key)), { recursive: true });
      await writeFile(join(root, key), "");
    }
    await mkdir(join(root, "empty/deep"), { recursive: true });
  });
  afterAll(() => rm(root, { recursive: true }));

  /** What a listing is by definition, over all keys in memory. */
  function expected(prefix: string, delimiter: string): string[] {
    const seen = new Set<string>();
    for (const key of [...keys].sort(utf8Order).filter((k) => k.startsWith(prefix))) {
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      seen.add(at === -1 ? key : key.slice(0, at + delimiter.length));
    }
    return [...seen];
  }

  it("taken together are what one listing of everything is, whatever prefix, delimiter and page size", async () => {
    const property = fc.asyncProperty(
      fc.constantFrom("", "a", "a/", "a/b", "b/c/", "b/c/d/1", "x", "中", "empty", "../", "/"),
      fc.constantFrom("", "/", "b", "/b"),
      fc.integer({ min: 1, max: 5 }),
      async (prefix, delimiter, limit) => {
        const seen: string[] = [];
        let after = "";
        for (;;) {
          const page = await listPage(root, { prefix, delimiter, after, limit }, noMarks);
          seen.push(...[...page.keys, ...page.commonPrefixes].sort(utf8Order));
          if (!page.truncated) break;
          after = page.last;
        }
        expect(seen).toEqual(expected(prefix, delimiter));
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it("show a marked folder as an object", async () => {
    const page = await listPage(
      root,
      { prefix: "empty", delimiter: "", after: "", limit: 9 },
      async (k) => k === "empty/",
    );
    expect(page.keys).toEqual(["empty/"]);
  });
});

describe("XML", () => {
  it("text that was written is read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a&;<>\"'#x\r\n\t\0\u0001]中😀\uffff") }), (text) => {
        expect(parseXml(xmlDocument(element("A", element("B", text))))?.children[0]?.text).toBe(text);
      }),
    );
  });

  it("blank controls are spelled out, for a parser would fold them", () => {
    expect(escapeXml("a\r\n\t<&>")).toBe("a&#xD;&#xA;&#x9;&lt;&amp;&gt;");
  });

  it.each([
    "",
    "text",
    "<A>",
    "<A></B>",
    "<A/><B/>",
    '<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>',
    "<A>&x;</A>",
    "<A>&#xFFFFFF;</A>",
    "<A>".repeat(20) + "</A>".repeat(20),
  ])("%j is refused", (source) => {
    expect(parseXml(source)).toBeUndefined();
  });
});
