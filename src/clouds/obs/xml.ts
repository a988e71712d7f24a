/** The part of XML that the service answers with: elements and text. */
export interface Element {
  /** The first of that name. */
  child(name: string): Element | undefined;
  children(name: string): readonly Element[];
  /** Of the first child of that name. */
  text(name: string): string | undefined;
}

/** Undefined for what is no XML. Knows no entities but XML's own five. */
export async function parseXml(text: string): Promise<Element | undefined> {
  // Loaded on first use: most calls have no XML to read.
  const { Parser } = await import("xml2js");
  const parser = new Parser({ explicitArray: true, ignoreAttrs: true });
  try {
    return element(await parser.parseStringPromise(text));
  } catch {
    return undefined;
  }
}

function element(node: unknown): Element {
  const named = (name: string): readonly unknown[] => {
    const found =
      typeof node === "object" && node !== null && Object.hasOwn(node, name)
        ? (node as Record<string, unknown>)[name]
        : [];
    return Array.isArray(found) ? found : [found];
  };
  return {
    child: (name) => named(name).map(element)[0],
    children: (name) => named(name).map(element),
    text: (name) => {
      const [value] = named(name);
      return typeof value === "string" ? value : undefined;
    },
  };
}
