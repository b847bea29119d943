import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withFlows } from "../../history/flows.js";
import { ingest } from "../../history/ingest.js";
import type { FileKind } from "../../history/liveFile.js";
import type { ResultRow } from "../../history/parquet.js";
import { openLocal } from "../../history/storage/local.js";
import { dividesHour } from "../../history/summary.js";
import { midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
let histories = 0;
const day = 86_400;

const rowsOf = (history: string, kind: FileKind): Promise<ResultRow[]> =>
  withFlows(openLocal(history), [{ view: "flows", from: midnight, to: midnight + 2 * day, kind }], (database) =>
    database.rows("SELECT * FROM flows ORDER BY ALL"),
  );

const amounts = ["requests", "connections", "bytes", "failed"] as const;

/** The summary by its definition: rows gathered by interval and by all that is neither time nor amount. */
function summaryByHand(rows: readonly ResultRow[], interval: number): Map<string, Record<string, number | null>> {
  const groups = new Map<string, Record<string, number | null>>();
  for (const row of rows) {
    const { start, end, requests, connections, bytes, failed, ...same } = row;
    const bucket = Math.floor(Number(start) / interval) * interval;
    const key = JSON.stringify([bucket, Object.entries(same).sort()]);
    const group = groups.get(key) ?? { end: 0, requests: null, connections: null, bytes: null, failed: null };
    group.end = Math.max(Number(group.end), Number(end));
    for (const amount of amounts) {
      if (row[amount] !== null) group[amount] = (group[amount] ?? 0) + Number(row[amount]);
    }
    groups.set(key, group);
  }
  return groups;
}

function keyed(rows: readonly ResultRow[]): Map<string, Record<string, number | null>> {
  return summaryByHand(rows, 1);
}

describe("a summary", () => {
  const flow = fc.record({
    srcaddr: fc.constantFrom("10.0.0.1", "10.0.0.2"),
    dstaddr: fc.constantFrom("10.0.1.1", "10.0.1.2"),
    dstport: fc.constantFrom(80, 443),
    "interface-id": fc.constantFrom("eni-a", "eni-b"),
    start: fc.integer({ min: midnight, max: midnight + day + 900 }),
    bytes: fc.integer({ min: 0, max: 1000 }),
    action: fc.constantFrom("ACCEPT", "REJECT"),
  });

  it("has one row for each interval and all that tells rows apart, for any rows and interval", async () => {
    const cases = fc.tuple(fc.array(flow, { minLength: 1, maxLength: 60 }), fc.constantFrom(60, 300, 3600, day));
    await fc.assert(
      fc.asyncProperty(cases, async ([flows, interval]) => {
        const into = join(folder, `history-${histories++}`);
        const log = writeLog(
          folder,
          flows.map((f) => record({ ...f, end: f.start + 45 })),
        );
        await ingest(log, { into, format: "auto", interval });
        const summary = await rowsOf(into, "summary");
        const expected = summaryByHand(await rowsOf(into, "raw"), interval);
        expect(summary).toHaveLength(expected.size);
        expect(keyed(summary)).toEqual(expected);
      }),
      { numRuns: 15, seed: 5 },
    );
  });

  it("adds up requests, failures and nothing that no row knew", async () => {
    const into = join(folder, `history-${histories++}`);
    const minute = midnight / 60;
    const calls = ["minute,caller,callee,calls", `${minute},a,b,5`, `${minute + 4},a,b,7`, `${minute + 5},a,b,9`];
    await ingest(writeLog(folder, calls), { into, format: "auto" });
    expect(await rowsOf(into, "summary")).toMatchObject([
      { start: midnight, end: midnight + 300, client: "a", server: "b", requests: 12, failed: null },
      { start: midnight + 300, end: midnight + 360, client: "a", server: "b", requests: 9, failed: null },
    ]);
  });

  it("needs an interval that an hour is made of", () => {
    expect([60, 300, 3600].every(dividesHour)).toBe(true);
    expect([0, 7, -60, 0.5, 7200].some(dividesHour)).toBe(false);
  });
});
