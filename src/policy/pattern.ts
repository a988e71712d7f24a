/** Whether `text` is what `pattern` describes, in which `*` stands for any text. */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern.split("*").map(escapeRegExp).join(".*");
  return new RegExp(`^${source}$`, "us").test(text);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
