import fc from "fast-check";
import { expect, it } from "vitest";
import { addRows, joinRows, RowCounter, type Rows } from "../../simulator/rows.js";

const SEEDS = 4;
const INSTANCES = 6;

/** Worlds as (seed, failed instances). */
const worlds = fc.array(fc.tuple(fc.nat(SEEDS - 1), fc.uniqueArray(fc.nat(INSTANCES - 1))), { maxLength: 30 });

function count(
  all: readonly (readonly [number, readonly number[]])[],
  counter = new RowCounter(SEEDS, INSTANCES),
): Rows {
  for (const [seed, failed] of all) counter.add(seed, Int32Array.from(failed), 0, failed.length);
  return counter.take(SEEDS);
}

it("counts each pair of seed and instance, and starts at 0 again", () => {
  fc.assert(
    fc.property(worlds, (all) => {
      const counter = new RowCounter(SEEDS, INSTANCES);
      const rows = count(all, counter);
      for (let seed = 0; seed < SEEDS; seed++) {
        const of = all.filter(([s]) => s === seed).flatMap(([, failed]) => failed);
        const expected = [...new Set(of)].sort((x, y) => x - y).map((i) => [i, of.filter((j) => j === i).length]);
        const seen: number[][] = [];
        for (let i = rows.start[seed]!; i < rows.start[seed + 1]!; i++) seen.push([rows.victims[i]!, rows.counts[i]!]);
        expect(seen).toEqual(expected);
      }
      expect(counter.take(SEEDS).victims).toHaveLength(0);
    }),
    { seed: 1 },
  );
});

it("adds and joins to what counting at once gives", () => {
  fc.assert(
    fc.property(worlds, worlds, (x, y) => {
      expect(addRows(count(x), count(y))).toEqual(count([...x, ...y]));
      const both = new RowCounter(2 * SEEDS, INSTANCES);
      for (const [seed, failed] of x) both.add(seed, Int32Array.from(failed), 0, failed.length);
      for (const [seed, failed] of y) both.add(SEEDS + seed, Int32Array.from(failed), 0, failed.length);
      expect(joinRows([count(x), count(y)])).toEqual(both.take(2 * SEEDS));
    }),
    { seed: 2 },
  );
});
