import { describe, expect, it } from "vitest";
import { engines } from "../../bench/engines.js";
import { generateGraph, regimeNames } from "../../bench/graphs.js";
import { drawDistinct } from "../../bench/random.js";
import { compile, seedCount } from "../../simulator/compile.js";
import { simulateHere } from "../../simulator/simulate.js";
import { randomTopology } from "../simulator/topologies.js";

const [reference, ...others] = engines;

describe("the engines of the benchmark", () => {
  it.each(others)(
    "$name loses the same as the first on small topologies with every difficulty, seed by seed",
    ({ run }) => {
      let lost = 0;
      for (let graph = 0; graph < 200; graph++) {
        const compiled = compile(randomTopology(graph, 7));
        for (let seed = 0; seed < seedCount(compiled); seed++) {
          const expected = reference!.run(compiled, Int32Array.of(seed), graph, 0, 256);
          expect(run(compiled, Int32Array.of(seed), graph, 0, 256), `topology ${graph}, seed ${seed}`).toBe(expected);
          lost += expected;
        }
      }
      expect(lost).toBeGreaterThan(10_000);
    },
  );

  it.each(regimeNames)("all lose the same on a graph of regime %s, in two parts too", (regime) => {
    const compiled = compile(generateGraph(150, regime));
    const seeds = drawDistinct(20, 150, 1);
    const expected = reference!.run(compiled, seeds, 1, 0, 1280);
    expect(expected).toBeGreaterThan(0);
    for (const { run } of engines) {
      expect(run(compiled, seeds, 1, 0, 1024) + run(compiled, seeds, 1, 1024, 1280)).toBe(expected);
    }
  });

  it("loses what the simulator says", () => {
    const topology = generateGraph(40, "severe");
    const compiled = compile(topology);
    const { instances } = simulateHere(topology, { worlds: 128, seed: 3 });
    for (const [seed, { impact }] of instances.entries()) {
      for (const { run } of engines) expect(run(compiled, Int32Array.of(seed), 3, 0, 128) / 128).toBe(impact);
    }
  });
});
