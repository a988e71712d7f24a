/** Bundles the program into dist/. Heavy libraries become chunks that only a call which needs them loads. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { packageRoot } from "../src/package-root.ts";

const outdir = join(packageRoot, "dist");
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: packageRoot,
  entryPoints: { bin: "src/cli/bin.ts" },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.18",
  minify: true,
  keepNames: true,
  legalComments: "none",
  // CommonJS libraries and their data files: left to node_modules, loaded on the first call that needs them.
  external: ["@alicloud/*", "ali-oss"],
  logLevel: "warning",
});
