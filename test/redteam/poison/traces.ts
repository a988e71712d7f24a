import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { packageRoot } from "../../../src/package-root.ts";
import { onCleanUp } from "../../doubles/sandbox-emr.ts";

/** What a session leaves behind: files, and what the program prints. */

export const program = join(packageRoot, "src/cli/bin.ts");

/** Every file below a folder, as text in which ASCII stays what it is. */
export function bytesUnder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(0);
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1")).join("\n");
}

/** All that the program writes, called with these words. */
export function output(args: readonly string[], env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  onCleanUp(() => child.kill("SIGKILL"));
  return new Promise((resolve) => {
    let text = "";
    const add = (chunk: unknown) => {
      text += String(chunk);
    };
    child.stdout.on("data", add);
    child.stderr.on("data", add);
    child.on("close", () => resolve(text));
  });
}
