import { describe, expect, it } from "vitest";
import { defaultEstimates } from "../../graph/estimate.js";
import { findPriors } from "../../graph/prior.js";
import type { InventoryInstance } from "../../graph/types.js";

const day = 86_400;
const instance = (id: string, more: Partial<InventoryInstance> = {}): InventoryInstance => ({
  id,
  service: "db",
  addresses: [],
  ...more,
});
const estimates = { ...defaultEstimates, prior: 0.01, tiers: { data: { prior: 0.002 } } };
const priorsOf = (instances: readonly InventoryInstance[]) => findPriors(instances, [], estimates);

describe("findPriors", () => {
  it("takes the inventory's word first, then the tier's, then the default", () => {
    const found = priorsOf([
      instance("a", { prior: 0.3, failures: 9, watched: day }),
      instance("b", { service: "b", tier: "data" }),
      instance("c", { service: "c" }),
    ]);
    expect(found.map(({ value, from }) => [value, from])).toEqual([
      [0.3, "inventory"],
      [0.002, "tier"],
      [0.01, "default"],
    ]);
  });

  it("does not move away from the default by a watch that fits it", () => {
    const rate = -Math.log1p(-0.01) / estimates.horizon;
    const watched = 5 / rate;
    const [found] = priorsOf([instance("a", { failures: 5, watched })]);
    expect(found?.value).toBeCloseTo(0.01, 12);
    expect(found?.from).toBe("outcomes");
  });

  it("is the posterior mean of a rate, drawn to the service's, which is drawn to the default", () => {
    const [a, b] = priorsOf([
      instance("a", { failures: 30, watched: 30 * day }),
      instance("b", { failures: 0, watched: 30 * day }),
    ]);
    const assumed = -Math.log1p(-0.01) / 3600;
    const ofService = (30 + 30 * day * assumed) / (60 * day + 30 * day);
    const rates = [(30 + 30 * day * ofService) / (60 * day), (0 + 30 * day * ofService) / (60 * day)];
    expect(a?.value).toBeCloseTo(1 - Math.exp(-(rates[0] ?? 0) * 3600), 12);
    expect(b?.value).toBeCloseTo(1 - Math.exp(-(rates[1] ?? 0) * 3600), 12);
  });

  it("counts replicas that are gone for their service", () => {
    const gone = { id: "db", addresses: [], failures: 30, watched: 30 * day };
    const [found] = findPriors([instance("a", { failures: 0, watched: 30 * day })], [gone], estimates);
    const both = [
      instance("a", { failures: 0, watched: 30 * day }),
      instance("b", { failures: 30, watched: 30 * day }),
    ];
    expect(found?.value).toBeCloseTo(priorsOf(both)[0]?.value ?? 0, 15);
  });

  it("comes to what was seen, the longer the watch", () => {
    const perHour = 0.05;
    const [found] = priorsOf([instance("a", { failures: 1e6 * 24 * perHour, watched: 1e6 * day })]);
    expect(found?.value).toBeCloseTo(1 - Math.exp(-perHour), 4);
  });

  it("ignores failures of nobody knows how long", () => {
    expect(priorsOf([instance("a", { failures: 12 })])[0]).toMatchObject({ value: 0.01, from: "default" });
  });
});
