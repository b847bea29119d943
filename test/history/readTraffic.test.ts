import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../../history/catalog.js";
import { ingest } from "../../history/ingest.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { openLocal } from "../../history/storage/local.js";
import { InputError } from "../../input/problems.js";
import { defaultHeader, midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
let histories = 0;
const hour = 3600;

async function historyOf(...logs: readonly (readonly string[])[]): Promise<string> {
  const into = join(folder, `history-${histories++}`);
  for (const log of logs) await ingest(writeLog(folder, log), { into, format: "auto" });
  return into;
}

const noOwners: ReadonlyMap<string, string> = new Map();
const query = (to: number, halfLife = hour) => ({ from: midnight, to, halfLife, owners: noOwners });
const csv = (...rows: readonly string[]) => ["minute,caller,callee,calls", ...rows];
const minute = midnight / 60;

describe("decay", () => {
  it("halves an edge that is one half-life old, and leaves one that ends now", async () => {
    const end = midnight + 60;
    const into = await historyOf([record({ bytes: 1000, end })]);
    const edgeAt = async (to: number) => (await readTraffic(into, query(to))).edges[0];
    expect(await edgeAt(end)).toMatchObject({ connections: 1, bytes: 1000 });
    expect(await edgeAt(end + hour)).toMatchObject({ connections: 0.5, bytes: 500 });
    expect(await edgeAt(end + 3 * hour)).toMatchObject({ connections: 0.125, bytes: 125 });
  });

  it("takes a row that outlasts the window as ending with it", async () => {
    const into = await historyOf([record({ end: midnight + 600 })]);
    const { edges } = await readTraffic(into, query(midnight + 30));
    expect(edges).toMatchObject([{ connections: 1, firstSeen: midnight, lastSeen: midnight + 30 }]);
  });
});

describe("a window", () => {
  it("holds the rows that overlap it: its start is inside, its end outside", async () => {
    const into = await historyOf(
      [0, 60, 120, 180].map((s) => record({ start: midnight + s, end: midnight + s + 60, srcaddr: `10.0.1.${s}` })),
    );
    const { rows, edges } = await readTraffic(into, { ...query(midnight + 120), from: midnight + 60 });
    expect(rows).toBe(1);
    expect(edges.map((e) => e.client)).toEqual(["10.0.1.60"]);
    expect(await historyRange(into)).toEqual({ from: midnight, to: midnight + 240, rows: 4 });
  });

  it("without rows in a history that has some is no traffic, not an error", async () => {
    const into = await historyOf([record()]);
    const window = { from: 1, to: 2 };
    expect(await readTraffic(into, { ...window, halfLife: 5, owners: noOwners })).toEqual({
      window,
      halfLife: 5,
      rows: 0,
      edges: [],
      peaks: [],
      failovers: [],
    });
  });
});

describe("an edge", () => {
  it("adds up the server's ports and both directions of the bytes", async () => {
    const into = await historyOf([
      record({ dstport: 443, bytes: 10 }),
      record({ dstport: 80, bytes: 20 }),
      record({ srcaddr: "10.0.0.2", dstaddr: "10.0.0.1", srcport: 443, dstport: 40_000, bytes: 300 }),
    ]);
    const { edges } = await readTraffic(into, query(midnight + 60));
    expect(edges).toMatchObject([
      { client: "10.0.0.1", server: "10.0.0.2", requests: null, connections: 2, bytes: 330 },
    ]);
  });

  it("that two interfaces saw counts once, by the one that saw more of it", async () => {
    const seen = (eni: string, bytes: number) => record({ "interface-id": eni, bytes });
    const into = await historyOf([seen("eni-client", 100), seen("eni-client", 100)], [seen("eni-server", 150)]);
    const { rows, edges } = await readTraffic(into, query(midnight + 60));
    expect(rows).toBe(3);
    expect(edges).toMatchObject([{ connections: 2, bytes: 200 }]);
  });

  it("has no rejected connections", async () => {
    const into = await historyOf([
      record({ action: "REJECT" }),
      record({ action: "REJECT", dstaddr: "10.0.0.9" }),
      record(),
    ]);
    const { rows, edges } = await readTraffic(into, query(midnight + 60));
    expect(rows).toBe(1);
    expect(edges).toMatchObject([{ server: "10.0.0.2", connections: 1 }]);
  });

  it("from outside has no client, and edges are sorted with those first", async () => {
    const into = await historyOf(csv(`${minute},b,c,3`, `${minute},a,c,2`, `${minute},USER,b,5`, `${minute},USER,a,5`));
    const { edges } = await readTraffic(into, query(midnight + 60));
    expect(edges.map((e) => [e.client, e.server, e.requests, e.connections])).toEqual([
      [null, "a", 5, 5],
      [null, "b", 5, 5],
      ["a", "c", 2, 2],
      ["b", "c", 3, 3],
    ]);
  });

  it("agrees with a plain sum over the rows, for any rows and window", async () => {
    const row = fc.record({
      client: fc.constantFrom("10.0.0.1", "10.0.0.2"),
      server: fc.constantFrom("10.0.1.1", "10.0.1.2"),
      port: fc.constantFrom(80, 443),
      eni: fc.constantFrom("eni-a", "eni-b"),
      start: fc.integer({ min: 0, max: 900 }),
      length: fc.integer({ min: 0, max: 200 }),
      bytes: fc.integer({ min: 0, max: 1000 }),
      rejected: fc.boolean(),
    });
    const cases = fc.tuple(
      fc.array(row, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 501, max: 1200 }),
      fc.integer({ min: 1, max: 2000 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([rows, from, to, halfLife]) => {
        const log = rows.map((r) =>
          record({
            srcaddr: r.client,
            dstaddr: r.server,
            dstport: r.port,
            "interface-id": r.eni,
            start: midnight + r.start,
            end: midnight + r.start + r.length,
            bytes: r.bytes,
            action: r.rejected ? "REJECT" : "ACCEPT",
          }),
        );
        const into = await historyOf(log);
        const seen = new Map<string, Map<string, number>>();
        for (const r of rows) {
          const end = Math.max(r.start + r.length, r.start + 1);
          if (r.rejected || end <= from || r.start >= to) continue;
          const weight = 2 ** (-(to - Math.min(end, to)) / halfLife);
          const observers = seen.get(`${r.client} ${r.server} ${r.port}`) ?? new Map<string, number>();
          observers.set(r.eni, (observers.get(r.eni) ?? 0) + r.bytes * weight);
          seen.set(`${r.client} ${r.server} ${r.port}`, observers);
        }
        const expected = new Map<string, number>();
        for (const [key, observers] of seen) {
          const edge = key.slice(0, key.lastIndexOf(" "));
          expected.set(edge, (expected.get(edge) ?? 0) + Math.max(...observers.values()));
        }
        const { edges } = await readTraffic(into, { ...query(midnight + to, halfLife), from: midnight + from });
        expect(edges.map((e) => `${e.client} ${e.server}`)).toEqual([...expected.keys()].sort());
        for (const e of edges) expect(e.bytes).toBeCloseTo(expected.get(`${e.client} ${e.server}`) ?? Number.NaN, 6);
      }),
      { numRuns: 25, seed: 7 },
    );
  });
});

describe("a peak", () => {
  const owners = new Map([
    ["10.0.1.1", "api"],
    ["10.0.1.2", "api"],
  ]);
  const peaksOf = async (into: string, to = midnight + hour) =>
    (await readTraffic(into, { ...query(to), owners })).peaks;
  const times = (n: number, values: Record<string, string | number>) => Array.from({ length: n }, () => record(values));

  it("is the highest minute into a service's replicas together, in requests per second", async () => {
    const into = await historyOf(
      csv(`${minute},a,10.0.1.1,60`, `${minute},b,10.0.1.2,30`, `${minute + 1},a,10.0.1.1,80`, `${minute},a,db,6`),
    );
    expect(await peaksOf(into)).toEqual([
      { group: "api", perSecond: 1.5 },
      { group: "db", perSecond: 0.1 },
    ]);
  });

  it("is in connections where no requests were counted, once for what two observers saw", async () => {
    const into = await historyOf([
      ...times(12, { dstaddr: "10.0.1.1", "interface-id": "eni-client" }),
      ...times(9, { dstaddr: "10.0.1.1", "interface-id": "eni-server" }),
    ]);
    expect(await peaksOf(into)).toEqual([{ group: "api", perSecond: 12 / 60 }]);
  });

  it("spreads a row of ten minutes evenly over them", async () => {
    const into = await historyOf(times(10, { dstaddr: "10.0.1.1", end: midnight + 600 }));
    expect(await peaksOf(into)).toEqual([{ group: "api", perSecond: 1 / 60 }]);
  });

  it("is not decayed, and takes minutes of the window only", async () => {
    const into = await historyOf([
      ...times(3, { dstaddr: "10.0.1.1" }),
      ...times(2, { dstaddr: "10.0.1.1", start: midnight + 600, end: midnight + 660 }),
    ]);
    expect(await peaksOf(into, midnight + 10 * hour)).toEqual([{ group: "api", perSecond: 3 / 60 }]);
    const { peaks } = await readTraffic(into, { ...query(midnight + hour), from: midnight + 300, owners });
    expect(peaks).toEqual([{ group: "api", perSecond: 2 / 60 }]);
  });
});

describe("a history that cannot be read", () => {
  const twoDays = [record(), record({ start: midnight + 86_400, end: midnight + 86_460 })];
  const window = query(midnight + 2 * 86_400);
  const markerOf = async (into: string) => (await readCatalog(openLocal(into))).unfolded[0];
  const firstFile = async (into: string) => (await markerOf(into))?.files[0]?.path ?? "";

  it("is missing: names the remedy", async () => {
    const absent = join(folder, "absent");
    expect(await historyRange(absent)).toBeNull();
    await expect(readTraffic(absent, window)).rejects.toThrow(
      "history: holds no traffic; run `firebreak ingest SOURCE --into DIR` first",
    );
  });

  it("has a file that is cut short: names it and the sizes", async () => {
    const into = await historyOf(twoDays);
    const file = await await firstFile(into);
    truncateSync(join(into, file), 100);
    await expect(readTraffic(into, window)).rejects.toThrow(`${file}: has 100 bytes, expected `);
    await expect(readTraffic(into, window)).rejects.toThrow(InputError);
  });

  it("has a file that is gone: names it and how to get it back", async () => {
    const into = await historyOf(twoDays);
    rmSync(join(into, await firstFile(into)));
    const remedy = /is missing; restore it, or delete ingests\/[0-9a-f]{64}\.json and ingest its source again/;
    await expect(readTraffic(into, window)).rejects.toThrow(remedy);
  });

  it("has a file of the right size with other content: an error, not less traffic", async () => {
    const into = await historyOf(twoDays);
    const bytes = (await markerOf(into))?.files[0]?.bytes ?? 0;
    writeFileSync(join(into, await firstFile(into)), Buffer.alloc(bytes));
    await expect(readTraffic(into, window)).rejects.toThrow(/cannot be read .*ingest its source again/s);
  });

  it("has a marker that is no JSON or of another version: names the place", async () => {
    const into = await historyOf(twoDays);
    const marker = join(into, "ingests", `${(await markerOf(into))?.id}.json`);
    writeFileSync(marker, '{"version": 3');
    await expect(readTraffic(into, window)).rejects.toThrow(marker);
    writeFileSync(marker, '{"version": 3}');
    await expect(historyRange(into)).rejects.toThrow("version: 3: expected 1 or 2, the version of this layout");
  });

  it("is asked for a window that ends before it starts, a half-life of 0 or parts of a second: names them all", async () => {
    const into = await historyOf([record()]);
    const asked = readTraffic(into, { from: 10, to: 5, halfLife: 0, owners: noOwners, interval: 0.5 });
    await expect(asked).rejects.toThrow("window: from 10 to 5: expected a start before its end");
    await expect(asked).rejects.toThrow("halfLife: 0: expected seconds above 0");
    await expect(asked).rejects.toThrow("interval: 0.5: expected whole seconds above 0");
  });

  it("under a path with quotes and spaces is read all the same", async () => {
    const into = join(folder, "it's a history");
    await ingest(writeLog(folder, [defaultHeader, record()]), { into, format: "auto" });
    expect((await readTraffic(into, window)).rows).toBe(1);
  });
});
