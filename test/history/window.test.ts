import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEdges } from "../../history/edges.js";
import { summaryOf } from "../../history/summary.js";
import type { Flow } from "../../history/traffic.js";
import { viewWindow } from "../../history/window.js";
import { midnight, withRows } from "./flowTable.js";

const hour = 3600;
const interval = 300;

/** Connections of each client in a window that is read from snapshots where it can be. */
async function connectionsOf(rows: readonly Partial<Flow>[], from: number, to: number, halfLife: number) {
  const edges = await withRows(rows, async (database) => {
    await database.run(`CREATE TABLE snapshots AS ${summaryOf("flows", interval)}`);
    const window = { from, to, halfLife, interval };
    return await readEdges(database, await viewWindow(database, "flows", "snapshots", window), undefined, window);
  });
  return new Map(edges.map((e) => [e.client ?? "", e.connections]));
}

const rows = fc.array(
  fc
    .record({
      at: fc.nat(6 * hour),
      length: fc.constantFrom(1, 60, 600),
      client: fc.constantFrom("a", "b"),
      connections: fc.nat(9),
    })
    .map(({ at, length, ...row }) => ({ start: midnight + at, end: midnight + at + length, ...row })),
  { maxLength: 60 },
);

describe("a window", () => {
  it("holds just the rows that overlap it, read from snapshots and from rows where they are cut, at their full weight", async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(3 * hour), fc.integer({ min: 1, max: 4 * hour }), async (all, offset, length) => {
        const from = midnight + offset;
        const to = from + length;
        const expected = new Map<string, number>();
        for (const { start, end, client, connections } of all) {
          if (end > from && start < to) expected.set(client, (expected.get(client) ?? 0) + connections);
        }
        const found = await connectionsOf(all, from, to, 1e15);
        expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [client, connections] of found)
          expect(connections).toBeCloseTo(expected.get(client) ?? Number.NaN, 6);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [50 * interval, "from snapshots, off by at most 1.4 %", 1.014],
    [49 * interval, "from the rows, exactly", 1 + 1e-9],
  ])("with a half-life of %i seconds is weighed %s", async (halfLife, _, factor) => {
    const all = Array.from({ length: 200 }, (_, i) => ({ start: midnight + i * 31, end: midnight + i * 31 + 7 }));
    const to = midnight + 2 * hour;
    const exact = all.reduce((sum, row) => sum + 2 ** (-(to - row.end) / halfLife), 0);
    const found = (await connectionsOf(all, midnight, to, halfLife)).get("a") ?? 0;
    expect(found / exact).toBeLessThanOrEqual(factor);
    expect(found / exact).toBeGreaterThanOrEqual(1 - 1e-9);
    if (factor > 1.01) expect(found / exact).toBeGreaterThan(1.0001);
  });
});
