import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Folder of the package: where policies, prompts and registry rows lie.
 * The code runs from `src/` in a checkout and from `dist/` when installed, so it looks upwards
 * for the first package.json.
 */
export const packageRoot: string = findUp(import.meta.dirname);

function findUp(from: string): string {
  let folder = from;
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}
