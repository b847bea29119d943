import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { generateGraph, type Regime, regimeNames } from "../../bench/graphs.js";
import { readTopology, writeTopology } from "../../graph/topology.js";
import type { Topology } from "../../graph/types.js";

const original = fileURLToPath(new URL("../../../shared/graphs/generate.mjs", import.meta.url));

const pinned: readonly (readonly [regime: Regime, instances: number, sha256: string])[] = [
  ["mild", 50, "3701b1c29b4692b8eb751c7a29afa1c7fe6ed1f172cd3f841e651b9a2e497245"],
  ["moderate", 50, "e16a541345f6d8b55c08d9706f6b2f903705dbf32fa4ce83b7ffc1d690a77721"],
  ["severe", 50, "6111c69775ae5550d5d29815232d111c548e66265c01f74fb3f5a7f6fdf01dd3"],
  ["ic", 50, "550a1ed1b539fe4982e9c55584278bb75a1dcc21bca283dd936763a03fec5d60"],
  ["ichi", 50, "0a16e0771a0f7d370c29c81e430c4f79aa648b3015c6970eb4e84de658e630a3"],
  ["mild", 1000, "fce3b4ee7b1fe510c7d6bfe797b88efae923a4d547c862dd3810c9710d4a0ab3"],
  ["moderate", 1000, "efb528ec72916275f7e6a8e70fd31fda88688ae90258518863e321fee569386e"],
  ["severe", 1000, "0df5005815a9acbbd5c1990ed7e1d007817d110e3c42d395d713f2ad3785289f"],
  ["ic", 1000, "b831c04c970f02b8505dc86de6fff01462c2d6830ab977a5ff4c7aae7a7a35fd"],
  ["ichi", 1000, "d7977ea8594f8e4ab37a9994a2a5a71c9bc672c1bcabb3b872b3d51a8ab5e466"],
];

function hashOf(topology: Topology): string {
  return createHash("sha256").update(JSON.stringify(topology)).digest("hex");
}

describe("generated graphs", () => {
  it.each(pinned)("%s of %i instances is the graph that was measured before", (regime, instances, sha256) => {
    expect(hashOf(generateGraph(instances, regime))).toBe(sha256);
  });

  it("has a graph pinned in every regime", () => {
    expect(new Set(pinned.map(([regime]) => regime))).toEqual(new Set(regimeNames));
  });

  it.each(regimeNames)("%s is a topology that the reader takes, every default written out", (regime) => {
    const topology = generateGraph(300, regime);
    expect(readTopology(JSON.parse(JSON.stringify(topology)))).toEqual(writeTopology(topology));
  });

  it("gives every instance the prior that was asked for, and changes nothing else", () => {
    const asked = generateGraph(200, "mild", { prior: 1e-4 });
    const own = generateGraph(200, "mild");
    expect(new Set(asked.nodes.map((node) => node.prior))).toEqual(new Set([1e-4]));
    expect({ ...asked, nodes: asked.nodes.map((node, i) => ({ ...node, prior: own.nodes[i]?.prior })) }).toEqual(own);
  });
});

if (!existsSync(original)) {
  console.warn(`skipped: generated graphs beside those of the benchmark's first version: ${original} is not here`);
  describe.skip("generated graphs (skipped: the first version is not beside this checkout)", () => {
    it("is not here", () => undefined);
  });
} else {
  describe("generated graphs beside those of the benchmark's first version", () => {
    const folder = mkdtempSync(join(tmpdir(), "firebreak-graphs-"));
    afterAll(() => rmSync(folder, { recursive: true }));

    const cases = regimeNames.flatMap((regime) => [7, 50, 1000].map((instances) => [regime, instances] as const));
    it.each([...cases, ["moderate", 10_000] as const])("%s of %i instances is the same", (regime, instances) => {
      expect(generateGraph(instances, regime)).toEqual(firstVersion(instances, regime));
    });

    it("is the same with a prior of 1e-4", () => {
      expect(generateGraph(100, "mild", { prior: 1e-4 })).toEqual(firstVersion(100, "mild", { PRIOR: "1e-4" }));
    });

    /** In the order that it was written in, with the defaults of `readTopology`, which sorts. */
    function firstVersion(instances: number, regime: Regime, environment: Record<string, string> = {}): Topology {
      const file = join(folder, "graph.json");
      const { PRIOR: _, ...env } = process.env;
      execFileSync(process.execPath, [original, String(instances), regime, file], {
        env: { ...env, ...environment },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const written = JSON.parse(readFileSync(file, "utf8")) as Omit<Topology, "domains">;
      const services = written.services.map((service) => ({ ...{ reserved: 0, collapse: 1 }, ...service }));
      return { ...written, services, domains: [] };
    }
  });
}
