import { describe, expect, it } from "vitest";
import { readEdges } from "../../history/edges.js";
import { holdSteady, readSteadyEdges } from "../../history/steadiness.js";
import type { Flow } from "../../history/traffic.js";
import { midnight, windowOf, withRows } from "./flowTable.js";

const day = 86_400;
const to = midnight + 7 * day;
const window = { from: to - day, to, halfLife: 6 * 3600, interval: 300 };
const memory = { from: midnight, to };

/** One row at an hour of each of the days, counted from the first of the memory. */
const atHour = (hour: number, days: readonly number[], row: Partial<Flow> = {}) =>
  days.map((d) => ({ start: midnight + d * day + hour * 3600, ...row }));
const allDays = [0, 1, 2, 3, 4, 5, 6];

async function edgesOf(rows: readonly Partial<Flow>[], floor: number) {
  return await withRows(rows, async (database) => {
    const edges = await readEdges(database, await windowOf(database, window), undefined, window);
    const steady = await readSteadyEdges(database, "flows", memory);
    return { edges, steady, held: holdSteady(edges, steady, { floor, window: day, halfLife: window.halfLife }) };
  });
}

/** Seconds that the traffic of a window weighs as much as, at a constant rate. */
const weighed = ((6 * 3600) / Math.LN2) * (1 - 2 ** -4);

describe("an edge that comes back day by day", () => {
  it("is held at a part of what its mean rate would weigh, though its traffic is nearly decayed away", async () => {
    const { edges, held } = await edgesOf(atHour(0, allDays, { connections: 1000, bytes: 5000 }), 0.25);
    const floor = (0.25 * 7000 * weighed) / (7 * day);
    expect(edges[0]?.connections).toBeLessThan(floor);
    expect(held).toHaveLength(1);
    expect(held[0]?.connections).toBeCloseTo(floor, 6);
    expect(held[0]?.bytes).toBeCloseTo(5 * floor, 6);
    expect(held[0]).toMatchObject({ steady: true, firstSeen: midnight, requests: null });
  });

  it("comes back where the window does not see it at all", async () => {
    const { edges, held } = await edgesOf(atHour(0, [2, 3, 4, 5]), 0.25);
    expect(edges).toEqual([]);
    expect(held).toMatchObject([{ client: "a", server: "b", steady: true, lastSeen: midnight + 5 * day + 60 }]);
    expect(held[0]?.connections).toBeCloseTo((0.25 * 4 * weighed) / (5 * day), 9);
  });

  it("is left as it is where it carries more than its floor", async () => {
    const { edges, held } = await edgesOf(atHour(23, allDays), 0.25);
    expect(held[0]?.connections).toBe(edges[0]?.connections);
    expect(held[0]?.steady).toBe(true);
  });

  it("is held nowhere with a floor of 0", async () => {
    const { edges, held } = await edgesOf(atHour(0, allDays), 0);
    expect(held[0]?.connections).toBe(edges[0]?.connections);
  });

  it("counts once what two observers saw of it", async () => {
    const rows = ["eni-0a", "eni-0b"].flatMap((observer) => atHour(0, allDays, { observer, connections: 10 }));
    expect((await edgesOf(rows, 1)).steady).toMatchObject([{ connections: 70, days: 7 }]);
  });

  it.each([
    ["was seen on two days only", atHour(0, [5, 6])],
    ["was seen on less than half of the days since the first", atHour(0, [0, 3, 6])],
    ["has not been seen for two days", atHour(0, [0, 1, 2, 3, 4])],
    ["was rejected each time", atHour(0, allDays, { outcome: "rejected" })],
  ])("is none that %s", async (_, rows) => {
    expect((await edgesOf(rows, 0.25)).steady).toEqual([]);
  });
});
