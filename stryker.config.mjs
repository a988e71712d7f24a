// What scripts/mutate.ts does not give: it names the files to change, the tests, and where the report goes.
const report = process.env.MUTATION_REPORT ?? "node_modules/.cache/mutation/report";

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "vitest",
  vitest: { configFile: "vitest.core.config.ts" },
  plugins: ["@stryker-mutator/vitest-runner", "./scripts/stryker-prose.ts"],
  ignorers: ["prose"],
  coverageAnalysis: "perTest",
  ignoreStatic: process.env.MUTATION_STATIC !== "1",
  concurrency: 2,
  timeoutMS: 30_000,
  disableTypeChecks: false,
  // Stryker would rewrite tsconfig.json with a library that TypeScript 7 does not have; nothing here needs that.
  tsconfigFile: "",
  ignorePatterns: ["/dist", "/coverage", "/bench", "/examples"],
  reporters: ["progress-append-only", "clear-text", "json", "html"],
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
  jsonReporter: { fileName: `${report}.json` },
  htmlReporter: { fileName: `${report}.html` },
};
