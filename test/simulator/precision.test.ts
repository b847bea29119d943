import { describe, expect, it } from "vitest";
import type { Topology } from "../../graph/types.js";
import { CHUNK } from "../../simulator/conditional.js";
import { simulate } from "../../simulator/pool.js";
import { halfWidth } from "../../simulator/precision.js";
import { marginalRisks, simulateHere } from "../../simulator/simulate.js";
import { randomTopology } from "./topologies.js";

const widest = (topology: Topology, seed: number, worlds: number) =>
  Math.max(...[...marginalRisks(topology, { seed, worlds }).values()].map(halfWidth));

describe("a run to a precision", () => {
  it.each([0.3, 0.02, 0.013, 0.008])(
    "of %d is that of the fewest multiple of 1,024 worlds that reach it",
    (precision) => {
      for (let number = 1; number <= 6; number++) {
        const topology = randomTopology(number, 8);
        const result = simulateHere(topology, { seed: number, precision });
        let worlds = CHUNK;
        while (widest(topology, number, worlds) >= precision) worlds += CHUNK;
        expect(result.worlds).toBe(worlds);
        expect(JSON.stringify(result)).toBe(JSON.stringify(simulateHere(topology, { seed: number, worlds })));
      }
    },
  );

  it("is the same bytes on 1 and 2 threads, in steps and in a pool, with a matrix and without", async () => {
    const topology = randomTopology(5, 12);
    for (const [precision, most] of [
      [0.006, 40_000],
      [0.0035, undefined],
    ] as const) {
      for (const matrix of [true, false]) {
        const { worlds } = await simulate(topology, { seed: 9, precision, worlds: most, matrix, threads: 1 });
        expect(worlds % CHUNK).toBe(0);
        const fixed = JSON.stringify(simulateHere(topology, { seed: 9, worlds, matrix }));
        for (const threads of [1, 2]) {
          const run = await simulate(topology, { seed: 9, precision, worlds: most, matrix, threads });
          expect(JSON.stringify(run)).toBe(fixed);
        }
      }
    }
  });

  it("ends at the most worlds where they do not suffice", async () => {
    const topology = randomTopology(5, 12);
    for (const threads of [1, 2]) {
      const run = await simulate(topology, { seed: 9, precision: 1e-6, worlds: 2500, threads });
      expect(JSON.stringify(run)).toBe(JSON.stringify(simulateHere(topology, { seed: 9, worlds: 2500 })));
    }
  });

  it("looks once where nothing can fail", () => {
    const { nodes, ...rest } = randomTopology(3);
    const safe = { ...rest, domains: [], nodes: nodes.map((node) => ({ ...node, prior: 0 })) };
    expect(simulateHere(safe, { seed: 1, precision: 1e-9 }).worlds).toBe(CHUNK);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %d", (precision) => {
    expect(() => simulateHere(randomTopology(3), { seed: 1, precision })).toThrow(`precision: got ${precision}`);
  });

  it("needs worlds where no precision is asked for", () => {
    expect(() => simulateHere(randomTopology(3), { seed: 1 })).toThrow("worlds: got undefined");
  });
});
