/** Writes every generated file. `npm run check` fails when one differs from what this would write. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../src/package-root.ts";
import { generatedFiles } from "./generated-files.ts";

for (const [path, content] of generatedFiles()) {
  mkdirSync(dirname(join(packageRoot, path)), { recursive: true });
  writeFileSync(join(packageRoot, path), content);
}
