import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { simulateHere } from "../../simulator/simulate.js";
import { randomTopology } from "../simulator/topologies.js";
import { firebreak } from "./terminal.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-simulate-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const topology = randomTopology(7, 9);
const stdin = JSON.stringify(topology);
const simulate = (...flags: string[]) => firebreak(["simulate", "--topology", "-", ...flags], { cwd, stdin });

describe("firebreak simulate", () => {
  it("prints the result as one JSON document, the matrix row by row to the same bytes", async () => {
    const { code, out } = await simulate("--worlds", "900", "--seed", "4", "--matrix", "--json");
    expect(code).toBe(0);
    const result = simulateHere(topology, { worlds: 900, seed: 4, matrix: true });
    expect(out).toBe(`${JSON.stringify(result, null, 2)}\n`);
  });

  it("finds impacts of the seeds that are named, by commas or one a line of a file", async () => {
    const seeds = ["i1", "host/h0"];
    writeFileSync(join(cwd, "seeds.txt"), `\n${seeds.join("\r\n")}\n`);
    const expected = simulateHere(topology, { worlds: 900, seed: 4, matrix: true, seeds });
    expect(Object.keys(expected.conditional!)).toEqual(seeds);
    for (const flag of ["i1, host/h0", "@seeds.txt"]) {
      const { code, out } = await simulate("--worlds", "900", "--seed", "4", "--matrix", "--json", "--seeds", flag);
      expect(code).toBe(0);
      expect(out).toBe(`${JSON.stringify(expected, null, 2)}\n`);
    }
  });

  it("leaves the impact of others blank in the table", async () => {
    const { out } = await simulate("--worlds", "900", "--seeds", "i1");
    const cells = (id: string) =>
      out
        .split("\n")
        .find((line) => line.startsWith(`${id} `))!
        .split(/ {2,}/).length;
    expect(cells("i1")).toBeGreaterThan(cells("i0"));
  });

  it("runs to a precision, and says on stderr where the most worlds did not reach it", async () => {
    const reached = await simulate("--precision", "0.02", "--json");
    expect(reached.err).toBe("");
    expect(JSON.parse(reached.out).worlds).toBe(simulateHere(topology, { seed: 1, precision: 0.02 }).worlds);
    const { code, out, err } = await simulate("--precision", "0.001", "--worlds", "3000", "--json");
    expect(code).toBe(0);
    expect(out).toBe(`${JSON.stringify(simulateHere(topology, { seed: 1, worlds: 3000 }), null, 2)}\n`);
    expect(err).toMatch(
      /precision 0.001 was not reached in 3,000 worlds \(\w+ is known to ±0.0\d+\); give more --worlds/,
    );
  });

  it.each(["0", "1.5", "little"])("refuses --precision %s with exit 2", async (value) => {
    const { code, err } = await simulate("--precision", value);
    expect(code).toBe(2);
    expect(err).toContain("Expected a number");
  });

  it.each([
    ["i1,nobody", 'seeds[1]: "nobody" is not in the topology'],
    [" , ", "names no seed"],
    ["@absent.txt", "absent.txt: cannot be read (ENOENT)"],
  ])("refuses --seeds %j with exit 2", async (flag, message) => {
    const { code, err } = await simulate("--seeds", flag);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
