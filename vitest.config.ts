import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // CommonJS packages look in tests as they do in Node.
    deps: { interopDefault: false },
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
  },
});
