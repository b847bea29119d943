import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explain } from "../../simulator/explain.js";
import { randomTopology } from "../simulator/topologies.js";
import { firebreak } from "./terminal.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-explain-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const topology = randomTopology(12, 9);
const run = (id: string, ...flags: string[]) =>
  firebreak(["explain", id, "--topology", "-", "--worlds", "2000", ...flags], { cwd, stdin: JSON.stringify(topology) });

describe("firebreak explain", () => {
  it("prints paths and what would help most as one JSON document", async () => {
    const { code, out } = await run("i0", "--json");
    expect(code).toBe(0);
    const explanation = explain(topology, "i0", { worlds: 2000, seed: 1, improvements: true });
    expect(explanation.improvements?.length).toBeGreaterThan(0);
    expect(JSON.parse(out)).toEqual({ instance: "i0", ...explanation });
  });

  it("says in words what would help most", async () => {
    const { out } = await run("i0");
    const [, table = ""] = out.split("what would help most:\n");
    expect(table).toMatch(/^risk after +95 % interval +change\n/);
    expect(table).toMatch(/ % {2}s0 has 15 in reserve\n/);
    expect(table).toMatch(/ % {2}i0 does without s1\n/);
    expect(table).toMatch(/ % {2}one more replica of s1\n/);
  });
});
