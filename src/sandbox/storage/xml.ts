import type { Readable } from "node:stream";

const XML_ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * Blank controls become character references too, or a parser would fold them.
 * XML 1.0 has no spelling for the other controls: a client that lists such keys asks for encoding-type=url.
 */
export function escapeXml(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be spelled out
    /[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g,
    (c) => XML_ENTITIES[c] ?? `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}

/** Markup, as opposed to text that still has to be escaped. */
export interface Xml {
  markup: string;
}

export function element(name: string, ...content: readonly (string | number | boolean | Xml)[]): Xml {
  const inner = content.map((c) => (typeof c === "object" ? c.markup : escapeXml(String(c)))).join("");
  return { markup: `<${name}>${inner}</${name}>` };
}

export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.markup}\n`;
}

export interface XmlNode {
  name: string;
  text: string;
  children: XmlNode[];
}

const TOKEN = /<\?[^?]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w.-]*)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y;
const MAX_DEPTH = 8;

/** The little XML that requests carry: elements and text. No document types, so no entity to expand. */
export function parseXml(source: string): XmlNode | undefined {
  const top: XmlNode = { name: "", text: "", children: [] };
  const open: XmlNode[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    const current = open.at(-1);
    if (match === null || current === undefined) return undefined;
    const [, closing, name, selfClosing, text] = match;
    if (text !== undefined) {
      const plain = unescapeXml(text);
      if (plain === undefined) return undefined;
      current.text += plain;
    } else if (name !== undefined && closing === "/") {
      if (open.length < 2 || current.name !== name) return undefined;
      open.pop();
    } else if (name !== undefined) {
      const node: XmlNode = { name, text: "", children: [] };
      current.children.push(node);
      if (selfClosing !== "/") open.push(node);
      if (open.length > MAX_DEPTH) return undefined;
    }
  }
  return open.length === 1 && top.children.length === 1 ? top.children[0] : undefined;
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescapeXml(text: string): string | undefined {
  let bad = false;
  const plain = text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));|&/g, (_, dec, hex, name) => {
    if (name !== undefined && NAMED[name] !== undefined) return NAMED[name];
    const point = dec !== undefined ? Number(dec) : hex !== undefined ? Number.parseInt(hex, 16) : Number.NaN;
    if (!(point <= 0x10ffff)) {
      bad = true;
      return "";
    }
    return String.fromCodePoint(point);
  });
  return bad ? undefined : plain;
}

export function childText(node: XmlNode, name: string): string | undefined {
  return node.children.find((c) => c.name === name)?.text;
}

/** `undefined` when the document is larger than `limit` or is not XML; the rest of the body is then drained. */
export async function readXml(body: Readable, limit = 2 * 1024 * 1024): Promise<XmlNode | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? undefined : parseXml(Buffer.concat(chunks).toString("utf8"));
}
