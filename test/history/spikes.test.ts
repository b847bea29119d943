import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEdges } from "../../history/edges.js";
import { findSpikes } from "../../history/spikes.js";
import type { Flow } from "../../history/traffic.js";
import { midnight, windowOf, withRows } from "./flowTable.js";

const buckets = 100;
const window = { from: midnight, to: midnight + buckets * 300, halfLife: 1e15, interval: 300 };
/** One row a bucket, all but `others` alike. */
const usual = (others: Readonly<Record<number, Partial<Flow>>> = {}, row: Partial<Flow> = {}) =>
  Array.from({ length: buckets }, (_, i) => ({
    start: midnight + i * 300,
    connections: 10,
    bytes: 100,
    ...row,
    ...others[i],
  }));

async function damp(rows: readonly Partial<Flow>[]) {
  return await withRows(rows, async (database) => {
    const rows = await windowOf(database, window);
    const damped = await findSpikes(database, rows, window.interval);
    const edges = await readEdges(database, rows, damped, window);
    return { damped, edges };
  });
}

describe("a spike", () => {
  it("counts as three times the 95th percentile of the edge's buckets, each unit by itself", async () => {
    const { edges } = await damp(usual({ 50: { connections: 5000 }, 60: { bytes: 1e6 } }));
    expect(edges[0]?.connections).toBeCloseTo(99 * 10 + 30, 3);
    expect(edges[0]?.bytes).toBeCloseTo(99 * 100 + 300, 3);
  });

  it("of one edge leaves the others alone", async () => {
    const { edges } = await damp([
      ...usual({ 3: { connections: 900 } }),
      ...usual({}, { client: "z", connections: 70 }),
    ]);
    expect(edges.map((e) => [e.client, Math.round(e.connections)])).toEqual([
      ["a", 1020],
      ["z", 7000],
    ]);
  });

  it("counts so where the client is outside and the port unknown too", async () => {
    const { edges } = await damp(usual({ 7: { connections: 1e5 } }, { client: null, serverPort: null }));
    expect(edges[0]?.connections).toBeCloseTo(99 * 10 + 30, 3);
  });

  it("is spread over the rows of its bucket by their own amounts", async () => {
    const { edges } = await damp([
      ...usual(),
      { start: midnight + 10, connections: 290 },
      { start: midnight + 20, connections: 300 },
    ]);
    expect(edges[0]?.connections).toBeCloseTo(99 * 10 + 30, 3);
  });

  it.each([
    [
      "a rise that lasts longer than a twentieth of the buckets",
      Object.fromEntries(Array.from({ length: 8 }, (_, i) => [i + 40, { connections: 900 }])),
    ],
    ["twice the usual", { 50: { connections: 20 } }],
  ])("is not %s", async (_, others) => {
    expect((await damp(usual(others))).damped).toBeUndefined();
  });

  it("is none where the edge has too few buckets to have a usual amount", async () => {
    const rows = usual({ 18: { connections: 1e6 } }).slice(0, 19);
    expect((await damp(rows)).damped).toBeUndefined();
  });

  it("never makes an edge larger, nor smaller than without its largest bucket", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 20, maxLength: 60 }),
        async (amounts) => {
          const rows = amounts.map((connections, i) => ({ start: midnight + i * 300, connections }));
          const total = amounts.reduce((sum, a) => sum + a, 0);
          const kept = (await damp(rows)).edges[0]?.connections ?? 0;
          const sorted = [...amounts].sort((a, b) => a - b);
          const top = sorted.slice(Math.ceil(0.95 * (sorted.length - 1))).reduce((sum, a) => sum + a, 0);
          expect(kept).toBeLessThanOrEqual(total * (1 + 1e-4));
          expect(kept).toBeGreaterThanOrEqual((total - top) * (1 - 1e-4));
        },
      ),
      { numRuns: 20 },
    );
  });
});
