import { appendFileSync } from "node:fs";

/** Lines of the launcher itself, each with its time in UTC. */
export function openStartupLog(file: string): (line: string) => void {
  return (line) => appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
}

const secretName = "[\\w.-]*(?:secret|passw|token|credential|access[._-]?key|signature|private)[\\w.-]*";
const secretKey = new RegExp(`^${secretName}$`, "i");
const secretAssignment = new RegExp(`(${secretName}=)[^\\s&;,]+`, "gi");

/** The settings as they took effect, secrets masked. */
export function describeSettings(properties: Readonly<Record<string, string>>): string[] {
  return Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `  ${key}=${secretKey.test(key) ? "********" : maskAssignments(value)}`);
}

/** A command line; masks `key=value` and `--key value` where the key sounds like a secret. */
export function describeCommand(words: readonly string[]): string {
  return words
    .map((word, i) => {
      const before = words[i - 1] ?? "";
      return /^--?[A-Za-z]/.test(before) && secretKey.test(before) ? "********" : maskAssignments(word);
    })
    .join(" ");
}

function maskAssignments(text: string): string {
  return text.replaceAll(secretAssignment, "$1********");
}
