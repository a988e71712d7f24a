/** Bundles the program into dist/. Heavy libraries become chunks that only a call which needs them loads. */
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import manifest from "../package.json" with { type: "json" };
import { listedTools as listedDliTools } from "../src/cli/listed-dli-tools.ts";
import { listedTools } from "../src/cli/listed-tools.ts";
import { packageRoot } from "../src/package-root.ts";

const outdir = join(packageRoot, "dist");

/** Most of a start is building schemas: those of the tools are built here, once, and a tool is loaded when it is called. */
const toolListing: Plugin = {
  name: "tool listing",
  setup(bundle) {
    for (const [file, listed, from] of [
      [/[\\/]src[\\/]cli[\\/]listed-tools\.ts$/, listedTools, `(await import("../../tools/index.ts")).tools`],
      [
        /[\\/]src[\\/]cli[\\/]listed-dli-tools\.ts$/,
        listedDliTools,
        `(await import("../../tools/dli/index.ts")).dliTools`,
      ],
    ] as const) {
      bundle.onLoad({ filter: file }, ({ path }) => ({
        resolveDir: dirname(path),
        contents: `
          const find = async (name) => ${from}.find((tool) => tool.name === name);
          export const listedTools = ${JSON.stringify(listed)}.map((tool) => ({ ...tool, load: () => find(tool.name) }));
        `,
      }));
    }
  },
};

/**
 * The SDK brings Ajv for the one form a person fills in: nearly half of its code, run at each start. The validator it
 * ships for Cloudflare Workers does the same in a seventh of the size.
 */
const smallValidator: Plugin = {
  name: "small validator",
  setup(bundle) {
    bundle.onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, ({ path, resolveDir }) => ({
      path,
      namespace: "shims",
      pluginData: resolveDir,
    }));
    bundle.onLoad({ filter: /.*/, namespace: "shims" }, ({ pluginData }) => ({
      resolveDir: String(pluginData),
      contents: `
        export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from "@modelcontextprotocol/server/validators/cf-worker";
        export const process = globalThis.process;
      `,
    }));
  },
};

/** Zod would compile a function for each object it checks; a process that answers some dozens of calls never earns that. */
const interpretedSchemas: Plugin = {
  name: "interpreted schemas",
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]core[\\/]core\.js$/ }, ({ path }) => ({
      resolveDir: dirname(path),
      // Here, because it counts for the schemas made after it, and the SDK makes its own as soon as it is imported.
      contents: `${readFileSync(path, "utf8")}\nconfig({ jitless: true });\n`,
    }));
  },
};

/**
 * The SDK makes every schema of the protocol as soon as it is imported, for a table of validators that its users may
 * want. Nothing here does: without the table, and told that making a schema changes nothing else, the bundler leaves out
 * those that nobody reads.
 */
const schemasInUse: Plugin = {
  name: "schemas in use",
  setup(bundle) {
    bundle.onLoad({ filter: /@modelcontextprotocol[\\/]server[\\/]dist[\\/]src-[\w-]+\.mjs$/ }, ({ path }) => ({
      resolveDir: dirname(path),
      contents: replaced(path, /^for \(const .+\) register\(.+\);$/gm, ""),
    }));
    bundle.onLoad(
      { filter: /@modelcontextprotocol[\\/]core[\\/]dist[\\/](schemas|auth)-[\w-]+\.mjs$/ },
      ({ path }) => ({
        resolveDir: dirname(path),
        contents: replaced(
          path,
          // Each declaration, over the lines that are indented or close it.
          /^const (\w+) = ((?:[^\n]*\n(?=[\t}\])]))*[^\n]*);$/gm,
          "const $1 = /* @__PURE__ */ (() => $2)();",
        ),
      }),
    );
  },
};

/** Fails where there is nothing to replace: a new version of the library is looked at again. */
function replaced(path: string, pattern: RegExp, by: string): string {
  const source = readFileSync(path, "utf8");
  const changed = source.replace(pattern, by);
  if (changed === source) throw new Error(`${path} is not as this build knows it`);
  return changed;
}

/**
 * What a client's start does not need, bundled by itself: sharing chunks with it, a start loads eleven files more and all
 * of Zod that anybody uses. Each half has its own copy of a module in both, so state in such a module is not shared.
 */
const later: Record<string, string> = {
  program: "src/cli/program.ts",
  workbench: "src/cli/workbench.ts",
  tools: "tools/index.ts",
  "dli-tools": "tools/dli/index.ts",
  "dli-listing": "src/cli/dli-listing.ts",
  "settings-dli": "src/cli/settings-dli.ts",
};
const loadedLater: Plugin = {
  name: "loaded later",
  setup(bundle) {
    bundle.onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const file = join(resolveDir, path);
      const name = Object.keys(later).find((key) => join(packageRoot, later[key] ?? "") === file);
      return name === undefined ? undefined : { path: `./${name}.js`, external: true };
    });
  },
};

const common: BuildOptions = {
  absWorkingDir: packageRoot,
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.18",
  // Without keepNames, which costs a call for each function at each start; errors name themselves.
  minify: true,
  legalComments: "none",
  // CommonJS libraries and their data files: left to node_modules, loaded on the first call that needs them. What is
  // bundled is a devDependency, so an installation holds no second copy of it.
  external: Object.keys(manifest.dependencies),
  logLevel: "warning",
};

rmSync(outdir, { recursive: true, force: true });
const always = [toolListing, smallValidator, interpretedSchemas, schemasInUse];
await build({ ...common, entryPoints: { bin: "src/cli/bin.ts" }, plugins: [loadedLater, ...always] });
await build({ ...common, entryPoints: later, plugins: always });
// A worker's own program.
await build({ ...common, entryPoints: { "sql-parser": "src/jobs/sql/parse-worker.ts" } });
