import { defineConfig } from "vitest/config";

// .ci/run counts the tests in vitest's own result, which it asks for in this file.
const results = process.env.FIREBREAK_TEST_RESULTS;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/testbed/globalSetup.ts"],
    testTimeout: 60_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    pool: "forks",
    poolOptions: { forks: { maxForks: 2 } },
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
  },
});
