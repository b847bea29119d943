import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEdges } from "../../history/edges.js";
import { findSpikes } from "../../history/spikes.js";
import type { Flow } from "../../history/traffic.js";
import { observedEdge } from "../../history/window.js";
import { type Damped, findAllSpikes } from "./allSpikes.js";
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

/** The spikes that are found of edges of different clients, in the same form. */
async function findOf(rows: readonly Partial<Flow>[]): Promise<Damped[]> {
  return await withRows(rows, async (database) => {
    const view = await windowOf(database, window);
    const damped = await findSpikes(database, view, window.interval);
    if (damped === undefined) return [];
    const found = await database.rows(
      `SELECT client, d.* FROM ${damped} d JOIN (SELECT DISTINCT client, ${observedEdge} AS edge FROM ${view}) USING (edge)`,
    );
    return found.map((row) => ({
      edge: String(row.client),
      bucket: Number(row.bucket),
      amount: Number(row.amount_factor),
      bytes: Number(row.bytes_factor),
    }));
  });
}

function expectSame(found: readonly Damped[], expected: readonly Damped[]): void {
  const sort = (all: readonly Damped[]) =>
    [...all].sort((a, b) => (a.edge < b.edge ? -1 : a.edge > b.edge ? 1 : a.bucket - b.bucket));
  const place = ({ edge, bucket }: Damped) => `${edge} ${bucket}`;
  expect(sort(found).map(place)).toEqual(sort(expected).map(place));
  const exact = sort(expected);
  for (const [i, { amount, bytes }] of sort(found).entries()) {
    expect(amount).toBeCloseTo(exact[i]?.amount ?? Number.NaN, 9);
    expect(bytes).toBeCloseTo(exact[i]?.bytes ?? Number.NaN, 9);
  }
}

/** Rows of an edge: mostly of a usual amount, a few higher, some of no amount, some in the bucket of another. */
const edgeRows = fc
  .record({
    usual: fc.array(fc.constantFrom(10, 10, 10, 9, 8, 1, 0), { minLength: 15, maxLength: buckets }),
    high: fc.array(fc.record({ at: fc.nat(buckets), amount: fc.constantFrom(20, 29, 30, 31, 32, 500) }), {
      maxLength: 6,
    }),
    late: fc.array(fc.record({ at: fc.nat(buckets - 1), amount: fc.constantFrom(0, 1, 10, 21, 22) }), { maxLength: 4 }),
    requests: fc.boolean(),
    step: fc.constantFrom(1, 7, 37),
  })
  .map(({ usual, high, late, requests, step }) => {
    const amounts: { at: number; amount: number }[] = usual.map((amount, i) => ({ at: (i * step) % buckets, amount }));
    for (const { at, amount } of high) amounts.splice(at % amounts.length, 1, { at, amount });
    return [...amounts, ...late].map(({ at, amount }, i) => ({
      start: midnight + (at % buckets) * 300 + (i % 300),
      requests: requests ? amount : null,
      connections: requests ? 1 : amount,
      bytes: i % 2 === 0 ? amount : 10,
    }));
  });

describe("a spike", () => {
  it("is found where a search of every bucket of every edge finds it, and nowhere else", async () => {
    let spikes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edgeRows, { minLength: 1, maxLength: 12 }), async (edges) => {
        const rows = edges.flatMap((rows, i) => rows.map((row) => ({ ...row, client: `client-${i}` })));
        const expected = findAllSpikes(rows, window.interval);
        spikes += expected.length;
        expectSame(await findOf(rows), expected);
      }),
      { numRuns: 40 },
    );
    expect(spikes).toBeGreaterThan(0);
  });

  it("is found where the edge's other buckets are as high as its percentile allows, whatever their number", async () => {
    const edges = Array.from({ length: 75 }, (_, i) => i + 15).flatMap((n) =>
      [1, 2, 3, 4, 5].map((high) => ({ n, high })),
    );
    const rows = edges.flatMap(({ n, high }) => {
      // What weight the percentile, which is interpolated, gives to the lowest of the high ones.
      const weight = Math.max(0, 0.95 * (n - 1) - (n - high - 1));
      const other = (weight < 1 / 3 ? (10 - 30 * weight) / (1 - weight) : 10) * (1 - 1e-6);
      return Array.from({ length: n }, (_, i) => ({
        start: midnight + i * 300,
        client: `${high} of ${n}`,
        connections: i < high ? 30 : other,
        bytes: i < high ? 29 : other,
      }));
    });
    const expected = findAllSpikes(rows, window.interval);
    expect(new Set(expected.map((d) => d.edge)).size).toBeGreaterThan(100);
    expectSame(await findOf(rows), expected);
  });

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
