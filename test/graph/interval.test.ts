import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomNumbers } from "../../bench/random.js";
import { intervalOf } from "../../graph/interval.js";

describe("the interval of an amount", () => {
  it("has no width where everything was looked at", () => {
    expect(intervalOf(40, 40, 0)).toEqual({ estimate: 40, low: 40, high: 40 });
    expect(intervalOf(0, 0, 0)).toEqual({ estimate: 0, low: 0, high: 0 });
  });

  /** Quantiles of the gamma distribution by SciPy 1.17.1, gamma.ppf([0.05, 0.95], shape). */
  it.each([
    [1, 0.05129, 2.9957],
    [2, 0.35536, 4.7439],
    [5, 1.9701, 9.1535],
    [20, 13.2547, 27.8792],
    [100, 84.1393, 116.9971],
  ])("of %i calls seen in a sample is that of the gamma distribution, within 2 % of its width", (shape, low, high) => {
    const rate = 0.01;
    const found = intervalOf(shape / rate, 0, shape / rate ** 2);
    expect(Math.abs(found.low * rate - low)).toBeLessThan(0.02 * (high - low));
    expect(Math.abs(found.high * rate - high)).toBeLessThan(0.02 * (high - low));
  });

  it("holds what was seen, and the estimate", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-4, max: 1, noNaN: true }),
        (estimate, sampling) => {
          const seen = estimate * sampling;
          const { low, high } = intervalOf(estimate, seen, (seen * (1 - sampling)) / sampling ** 2);
          expect(low).toBeGreaterThanOrEqual(seen);
          expect(high).toBeGreaterThanOrEqual(low);
          expect(low).toBeLessThanOrEqual(estimate);
        },
      ),
    );
  });

  it.each([0.001, 0.01, 0.1, 0.5])("covers 85 to 95 percent of true counts sampled at %f", (sampling) => {
    const random = randomNumbers(7);
    let covered = 0;
    let found = 0;
    while (found < 4000) {
      // Every order of magnitude alike, as the calls of a system's dependencies are.
      const truth = Math.round((3 / sampling) * 10 ** (3 * random()));
      let seen = 0;
      if (truth < 20_000) for (let i = 0; i < truth; i++) seen += random() < sampling ? 1 : 0;
      else seen = Math.round(truth * sampling + normal(random) * Math.sqrt(truth * sampling * (1 - sampling)));
      if (seen === 0) continue;
      found++;
      const { low, high } = intervalOf(seen / sampling, seen, (seen * (1 - sampling)) / sampling ** 2);
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / found).toBeGreaterThan(0.85);
    expect(covered / found).toBeLessThan(0.95);
  });
});

const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
