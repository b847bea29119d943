import fc from "fast-check";
import { expect, it } from "vitest";
import { CHUNK } from "../../simulator/conditional.js";
import { partsOf } from "../../simulator/parts.js";

it("runs every chunk for every seed once, whatever the number of threads", () => {
  fc.assert(
    fc.property(
      fc.nat(400),
      fc.integer({ min: 1, max: 9000 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (...run) => {
        const [seeds, worlds] = run;
        const chunks = Math.ceil(worlds / CHUNK);
        const times = new Map<string, number>();
        for (const { first, end, from, to } of partsOf(...run)) {
          expect(from % CHUNK).toBe(0);
          expect(to === worlds || to % CHUNK === 0).toBe(true);
          for (let seed = first; seed < end; seed++) {
            for (let chunk = from / CHUNK; chunk < to / CHUNK; chunk++) {
              times.set(`${seed} ${chunk}`, (times.get(`${seed} ${chunk}`) ?? 0) + 1);
            }
          }
        }
        expect(times.size).toBe(seeds * chunks);
        expect([...times.values()].every((n) => n === 1)).toBe(true);
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

it("gives every thread something to do where there are seeds enough, even with one chunk of worlds", () => {
  for (const threads of [1, 2, 8])
    expect([...partsOf(4000, 1000, threads, false)].length).toBeGreaterThanOrEqual(threads);
});
