import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { firebreak } from "./terminal.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-doctor-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

interface Finding {
  readonly part: string;
  readonly state: string;
  readonly detail: string;
}

async function examine(env: NodeJS.ProcessEnv): Promise<{ code: number; findings: Map<string, Finding> }> {
  const { code, out } = await firebreak(["doctor", "--json"], { cwd, env });
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return { code, findings: new Map(findings.map((f) => [f.part, f])) };
}

describe("doctor", () => {
  it("finds what npm brings, and the version that it has", async () => {
    const { findings } = await examine(process.env);
    expect(findings.get("node")).toMatchObject({ state: "ok", detail: process.versions.node });
    expect(findings.get("duckdb")).toMatchObject({ state: "ok", detail: expect.stringMatching(/^v\d+\.\d+\.\d+/) });
    expect(findings.get("working folder")?.state).toBe("ok");
  });

  it("names the way to get a Pulumi that is missing, and exits 1", async () => {
    const { code, findings } = await examine({ PATH: cwd });
    expect(code).toBe(1);
    expect(findings.get("pulumi")).toMatchObject({
      state: "missing",
      detail: expect.stringMatching(/install it from https:\/\/www\.pulumi\.com.* or set PULUMI_COMMAND/),
    });
  });

  it("does not call an empty folder broken", async () => {
    const { findings } = await examine(process.env);
    expect(findings.get("history")).toMatchObject({
      state: "note",
      detail: expect.stringContaining("firebreak ingest"),
    });
    expect(findings.get("firebreak.yaml")?.state).toBe("note");
  });
});
