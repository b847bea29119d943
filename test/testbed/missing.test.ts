import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCommand } from "./command.js";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** A run of its own of the tests that need every part, on a machine that has none. */
function runWithoutParts(ci: string) {
  const { FIREBREAK_TEST_RESULTS: _, ...env } = process.env;
  const args = ["node_modules/vitest/vitest.mjs", "run", "test/testbed/testbed.test.ts"];
  return runCommand(process.execPath, args, {
    cwd: project,
    env: { ...env, FIREBREAK_TESTBED: "off", CI: ci, NO_COLOR: "1" },
  });
}

describe("a missing part", () => {
  it("skips the suites that need it, aloud and by name", async () => {
    const { code, stdout, stderr } = await runWithoutParts("");
    expect(stderr).toContain("skipped: the cluster: no cluster: switched off by FIREBREAK_TESTBED=off");
    expect(stderr).toMatch(
      /skipped: the engine on the cluster: no pulumi: .*; no cluster: .*; no kubernetesProvider: /,
    );
    expect(stdout).toMatch(/Tests +3 skipped/);
    expect(code).toBe(0);
  });

  it("fails them with CI=true", async () => {
    const { code, stdout, stderr } = await runWithoutParts("true");
    expect(stderr).toContain("CI=true asks for every part, but: cluster: switched off");
    expect(stdout).toMatch(/Tests +2 failed/);
    expect(code).toBe(1);
  });
});
