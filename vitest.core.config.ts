import { defineConfig } from "vitest/config";

/** The quick tests of policy and gateway: for the coverage of the policy, and run against every mutant of both. */
export default defineConfig({
  test: {
    include: ["test/unit/{policy-*,standing,gateway*,intents,minting}.test.ts"],
    // They share nothing they could spoil, and a worker for each file would take most of the time. What a module does
    // when it is loaded can only be changed by loading it anew.
    isolate: process.env.MUTATION_STATIC === "1",
    testTimeout: 20_000,
    coverage: {
      include: ["src/policy/**"],
      exclude: ["**/*.gen.ts"],
      reporter: ["text"],
      thresholds: { branches: 100 },
    },
  },
});
