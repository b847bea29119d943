import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateCoupling } from "../../graph/coupling.js";
import { defaultEstimates, tierOf } from "../../graph/estimate.js";

const assumed = { coupling: 0.5, pseudoCount: 10 };

describe("estimateCoupling", () => {
  it.each([
    ["no request at all leaves the default", { inbound: 0, outbound: 0 }, 0.5],
    ["as many requests as the default weighs, each passed on", { inbound: 10, outbound: 10 }, 0.75],
    ["as many requests as the default weighs, none passed on", { inbound: 10, outbound: 0 }, 0.25],
    ["several calls for one request count as one", { inbound: 90, outbound: 400 }, 0.95],
    ["requests that are not known leave the default", null, 0.5],
  ])("%s", (_title, requests, coupling) => {
    expect(estimateCoupling(requests, assumed)).toBeCloseTo(coupling, 12);
  });

  it("follows the traffic alone where the default weighs nothing", () => {
    expect(estimateCoupling({ inbound: 4, outbound: 1 }, { coupling: 0.5, pseudoCount: 0 })).toBe(0.25);
    expect(estimateCoupling({ inbound: 0, outbound: 1 }, { coupling: 0.5, pseudoCount: 0 })).toBe(0.5);
  });

  it("lies between the default and the rate that was seen", () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const count = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(count, part, part, fc.nat(1000), (inbound, rate, coupling, pseudoCount) => {
        const estimate = estimateCoupling({ inbound, outbound: inbound * rate }, { coupling, pseudoCount });
        expect(estimate).toBeGreaterThanOrEqual(Math.min(rate, coupling) - 1e-12);
        expect(estimate).toBeLessThanOrEqual(Math.max(rate, coupling) + 1e-12);
      }),
    );
  });
});

describe("tierOf", () => {
  it("knows the tiers of the estimates only, and no name that objects inherit", () => {
    expect(tierOf("data", defaultEstimates).impact).toBe(1.5);
    for (const tier of ["web", "constructor", "__proto__", undefined])
      expect(tierOf(tier, defaultEstimates)).toEqual({});
  });
});
