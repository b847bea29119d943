import { describe, expect, test } from "vitest";
import { type PlanInput, plan } from "../../planner/plan.js";
import type { Change } from "../../planner/types.js";
import { input, loaded, target } from "./example.js";

const everyFiveMinutes = 300;
const plansADay = 288;
const morning = Date.parse("2026-01-01T00:00:00Z") / 1000;

/**
 * The load of each plan of a day: low, and the other of high and low from each of the crossings on. Catalog of two
 * carries 7 with one of them lost, and not 9: risk then is over the threshold.
 */
function day(crossings: readonly number[]): number[] {
  return Array.from({ length: plansADay }, (_, i) => (crossings.filter((at) => at <= i).length % 2 === 1 ? 9 : 7));
}

const evenly = Array.from({ length: 50 }, (_, i) => Math.round(5 + i * 5.6));
const inBursts = [...Array(25).keys()].flatMap((i) => [4 + i, 200 + 2 * i]).sort((a, b) => a - b);
const longAndShort = Array.from({ length: 50 }, (_, i) => 6 + Math.floor(i / 2) * 11 + (i % 2) * 9);

/** Plans all day, each decision applied at once, its state carried on. */
function lived(loads: readonly number[], limits: Partial<PlanInput["limits"]> = {}) {
  let applied: readonly Change[] = [];
  let lastChangedAt: Record<string, number> = {};
  const counts: number[] = [];
  for (const [i, load] of loads.entries()) {
    const now = morning + i * everyFiveMinutes;
    const topology = loaded(load, { catalogs: counts.at(-1) ?? 2 });
    const base = input(topology, {
      targets: [target("catalog", 2), target("frontend", 1)],
      simulation: { worlds: 1500, seed: 1 },
      applied,
      lastChangedAt,
      now,
    });
    const { changes } = plan({ ...base, limits: { ...base.limits, ...limits } });
    expect(changes.filter((c) => c.kind !== "replicas")).toEqual([]);
    const count = Number(changes.find((c) => c.service === "catalog")?.to ?? 2);
    if (count !== (counts.at(-1) ?? 2)) lastChangedAt = { catalog: now };
    applied = changes;
    counts.push(count);
  }
  return { counts, changes: counts.filter((count, i) => count !== (counts[i - 1] ?? 2)).length };
}

describe("a day of traffic that crosses the threshold 50 times", () => {
  test.each([
    ["evenly", evenly],
    ["in two bursts", inBursts],
    ["high for long and low for short", longAndShort],
  ])("%s, planned every five minutes, causes four changes at most", (_title, crossings) => {
    const loads = day(crossings);
    expect(loads.filter((load, i) => load !== (loads[i - 1] ?? 7))).toHaveLength(50);
    const { changes } = lived(loads);
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThanOrEqual(4);
  });

  test("causes many where neither hysteresis, cool-down nor hold time is on", () => {
    const { changes } = lived(day(evenly), { hysteresis: 1, coolDown: 0, holdTime: 0 });
    expect(changes).toBeGreaterThan(40);
  });
});

test("what calms down for good is taken back, once, when the hold time has passed", () => {
  const { counts, changes } = lived(day([10, 12]));
  expect(changes).toBe(2);
  const raised = counts.indexOf(3);
  const lowered = counts.indexOf(2, raised);
  // Last needed in the plan before the second crossing.
  expect(lowered - 11).toBe((12 * 3600) / everyFiveMinutes);
});
