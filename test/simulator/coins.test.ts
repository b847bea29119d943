import { describe, expect, it } from "vitest";
import { coinKey, PURPOSE, uniformOf, wordOf } from "../../simulator/coins.js";
import { hashIds, mixPair, PAIR } from "../../simulator/hashes.js";

const samples = 25_600;
const bins = 256;
const key = coinKey(20_261_125);

const instances = hashIds("instance", ["api-0", "db-0"]);
const services = hashIds("service", ["db"]);
const pairs = new Uint32Array(4);
mixPair(pairs, 0, PAIR.clientService, instances, 0, services, 0);
mixPair(pairs, 1, PAIR.clientReplica, instances, 0, instances, 1);

/** A sequence of 32-bit uniforms of each kind of coin, as the simulator reads them. */
const kinds = {
  dependency: (world: number) => uniformOf(key, pairs, 0, PURPOSE.dependency, world),
  collapse: (world: number) => uniformOf(key, services, 0, PURPOSE.collapse, world),
  rendezvous: (world: number) => wordOf(key, pairs, 1, PURPOSE.rendezvous, world),
  "gap between events of a cause": (index: number) => wordOf(key, instances, 0, PURPOSE.causeGap + 7, index),
  "thinning of a cause": (index: number) => wordOf(key, instances, 0, PURPOSE.causeThinning + 7, index),
  "another client's dependency": (world: number) => uniformOf(key, pairs, 1, PURPOSE.dependency, world),
  "another run's dependency": (world: number) => uniformOf(coinKey(1), pairs, 0, PURPOSE.dependency, world),
} as const;

const drawn = new Map(
  Object.entries(kinds).map(([kind, draw]) => [
    kind,
    Float64Array.from({ length: samples }, (_, i) => draw(i) / 2 ** 32),
  ]),
);

/** Pearson's correlation of two sequences of uniforms on 0…1, whose mean and variance are known. */
function correlation(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < samples; i++) sum += (x[i]! - 0.5) * (y[i]! - 0.5);
  return (12 * sum) / samples;
}

describe("the coins", () => {
  it.each([...drawn.keys()])(
    "of kind %s are uniform by a chi-square test, in their high and their low bits",
    (kind) => {
      for (const scale of [bins, bins * 2 ** 16]) {
        const counts = new Float64Array(bins);
        for (const u of drawn.get(kind)!) counts[Math.floor(u * scale) % bins]! += 1;
        const expected = samples / bins;
        const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
        const degrees = bins - 1;
        expect(Math.abs(chiSquare - degrees)).toBeLessThan(4.5 * Math.sqrt(2 * degrees));
      }
    },
  );

  it("of different kinds, clients and runs are not correlated, nor with the next one of their own", () => {
    const bound = 4.5 / Math.sqrt(samples);
    const list = [...drawn];
    for (const [i, [kind, x]] of list.entries()) {
      for (const [other, y] of list.slice(i + 1)) {
        expect(Math.abs(correlation(x, y)), `${kind} and ${other}`).toBeLessThan(bound);
      }
      const next = Float64Array.from(x, (_, k) => x[(k + 1) % samples]!);
      expect(Math.abs(correlation(x, next)), kind).toBeLessThan(bound);
    }
  });
});
