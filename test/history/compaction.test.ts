import { existsSync, readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStored, readCatalog } from "../../history/catalog.js";
import { openStoredIds } from "../../history/collector/storedIds.js";
import { compactHistory } from "../../history/compaction.js";
import { withFlows } from "../../history/flows.js";
import { ingest } from "../../history/ingest.js";
import type { FileKind } from "../../history/liveFile.js";
import type { ResultRow } from "../../history/parquet.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { openLocal } from "../../history/storage/local.js";
import type { Storage } from "../../history/storage/storage.js";
import { midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
let histories = 0;
const newHistory = () => join(folder, `history-${histories++}`);
const hour = 3600;
const day = 86_400;
const everything = { from: midnight - 100 * day, to: midnight + 100 * day };
/** Milliseconds, ten days after the records. */
const later = (midnight + 10 * day) * 1000;

const log = (values: readonly Readonly<Record<string, string | number>>[]) =>
  writeLog(
    folder,
    values.map((v) => record({ ...v, end: Number(v.start ?? midnight) + 60 })),
  );
const put = (into: string | Storage, ...values: Readonly<Record<string, string | number>>[]) =>
  ingest(log(values), { into, format: "auto" });
const rowsOf = (into: string, kind: FileKind): Promise<ResultRow[]> =>
  withFlows(openLocal(into), [{ view: "flows", ...everything, kind }], (database) =>
    database.rows("FROM flows ORDER BY ALL"),
  );
const bytesOf = async (into: string, kind: FileKind) =>
  (await rowsOf(into, kind)).reduce((sum, row) => sum + Number(row.bytes), 0);
const parquetIn = (into: string, name: string) =>
  existsSync(join(into, name)) ? readdirSync(join(into, name)).sort() : [];

describe("a compaction", () => {
  it("merges a day's files into one of each kind, with the same rows, and its summary the sum of all", async () => {
    const into = newHistory();
    for (let i = 0; i < 4; i++) await put(into, { bytes: i, start: midnight + i * 70 }, { start: midnight + day });
    const raw = await rowsOf(into, "raw");
    const traffic = await readTraffic(into, { ...everything, halfLife: hour, owners: new Map() });
    const report = await compactHistory(into, { now: later });
    expect(report).toMatchObject({ sequence: 1, changed: true, files: 4, merged: 16, into: 4 });
    expect(await rowsOf(into, "raw")).toEqual(raw);
    expect(await readTraffic(into, { ...everything, halfLife: hour, owners: new Map() })).toEqual(traffic);
    expect(await rowsOf(into, "summary")).toMatchObject([
      { start: midnight, end: midnight + 270, connections: 4, bytes: 6 },
      { start: midnight + day, connections: 4, bytes: 4000 },
    ]);
  });

  it("keeps replaced files and markers for the grace, then removes them, and then finds nothing to do", async () => {
    const into = newHistory();
    for (let i = 0; i < 3; i++) await put(into, { bytes: i });
    const name = "day=2022-08-20";
    expect(parquetIn(into, name)).toHaveLength(6);
    await compactHistory(into, { now: later, grace: hour });
    expect(parquetIn(into, name)).toHaveLength(8);
    expect(await compactHistory(into, { now: later + 3599_000, grace: hour })).toMatchObject({ changed: false });
    expect(parquetIn(into, name)).toHaveLength(8);
    const report = await compactHistory(into, { now: later + 3600_000, grace: hour });
    expect(report).toMatchObject({ sequence: 2, changed: true, removed: 9, waiting: 0, files: 2 });
    expect(parquetIn(into, name)).toHaveLength(2);
    expect(parquetIn(into, "ingests")).toEqual([]);
    expect(parquetIn(into, "checkpoints")).toEqual(["00000001.json", "00000002.json"]);
    expect(await compactHistory(into, { now: later + 7200_000, grace: hour })).toMatchObject({ changed: false });
    expect(parquetIn(into, "checkpoints")).toEqual(["00000002.json"]);
    expect(await bytesOf(into, "raw")).toBe(3);
  });

  it("remembers what was ingested when its marker is gone", async () => {
    const into = newHistory();
    const source = log([{ bytes: 1 }]);
    await ingest(source, { into, format: "auto" });
    await put(into, { bytes: 2 });
    await compactHistory(into, { now: later, grace: 0 });
    await compactHistory(into, { now: later, grace: 0 });
    expect(parquetIn(into, "ingests")).toEqual([]);
    const [report] = await ingest(source, { into, format: "auto" });
    expect(report).toMatchObject({ stored: 0, alreadyStored: true, days: ["2022-08-20"] });
    expect(await bytesOf(into, "raw")).toBe(3);
  });

  it("remembers every id that a marker stands for, folded or not", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    await put(into, { bytes: 1 });
    const [marker] = (await readCatalog(storage)).unfolded;
    const bodies = ["ab".repeat(32), "cd".repeat(32)];
    const batch = { ...marker, id: "ef".repeat(32), files: [], bodies };
    await storage.putIfAbsent(`ingests/${batch.id}.json`, JSON.stringify(batch));
    for (const id of bodies) expect(await isStored(storage, id)).toBe(true);
    for (let i = 0; i < 2; i++) await compactHistory(into, { now: later, grace: 0 });
    expect(parquetIn(into, "ingests")).toEqual([]);
    const known = await openStoredIds(storage);
    for (const id of bodies) expect([await isStored(storage, id), known.has(id)]).toEqual([true, true]);
    expect(await isStored(storage, "00".repeat(32))).toBe(false);
  });

  it("does not count twice what a slow writer commits after its content was folded and its marker removed", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    const source = log([{ bytes: 5 }]);
    let raced = false;
    const slow: Storage = {
      ...storage,
      putIfAbsent: async (path, text) => {
        if (!raced) {
          raced = true;
          await ingest(source, { into, format: "auto" });
          for (let i = 0; i < 2; i++) await compactHistory(into, { now: later, grace: 0 });
          expect(parquetIn(into, "ingests")).toEqual([]);
        }
        return storage.putIfAbsent(path, text);
      },
    };
    await ingest(source, { into: slow, format: "auto" });
    expect(parquetIn(into, "ingests")).toHaveLength(1);
    expect(await bytesOf(into, "raw")).toBe(5);
    for (let i = 0; i < 2; i++) await compactHistory(into, { now: later, grace: 0 });
    expect(parquetIn(into, "ingests")).toEqual([]);
    expect(await bytesOf(into, "raw")).toBe(5);
  });

  it("that loses the race for the next checkpoint begins again, and leaves no file of its own behind", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    for (let i = 0; i < 2; i++) await put(into, { bytes: i });
    let raced = false;
    const slow: Storage = {
      ...storage,
      putIfAbsent: async (path, text) => {
        if (!raced) {
          raced = true;
          await put(into, { bytes: 2 });
          await compactHistory(into, { now: later, grace: 0 });
        }
        return storage.putIfAbsent(path, text);
      },
    };
    expect(await compactHistory(slow, { now: later, grace: 0 })).toMatchObject({ files: 2, merged: 0 });
    expect(parquetIn(into, "day=2022-08-20")).toHaveLength(2);
    expect(await bytesOf(into, "raw")).toBe(3);
  });

  it.each([true, false])("counts the same where no answer came, its checkpoint there: %s", async (isThere) => {
    const into = newHistory();
    const storage = openLocal(into);
    for (const bytes of [4, 5]) await put(into, { bytes });
    const cut: Storage = {
      ...storage,
      putIfAbsent: async (path, text) => {
        if (isThere) await storage.putIfAbsent(path, text);
        throw new Error("connection reset");
      },
    };
    const compacted = compactHistory(cut, { now: later });
    if (isThere) expect(await compacted).toMatchObject({ sequence: 1, changed: false, files: 2 });
    else await expect(compacted).rejects.toThrow("connection reset");
    expect(await bytesOf(into, "raw")).toBe(9);
    expect(await bytesOf(into, "summary")).toBe(9);
    expect(await compactHistory(into, { now: later })).toMatchObject({ sequence: 1, files: 2 });
  });

  it("of a history with a damaged file changes nothing, and names the file", async () => {
    const into = newHistory();
    for (let i = 0; i < 2; i++) await put(into, { bytes: i });
    const file = (await readCatalog(openLocal(into))).files[0]?.path ?? "";
    truncateSync(join(into, file), 50);
    await expect(compactHistory(into, { now: later })).rejects.toThrow(`${file}: has 50 bytes, expected`);
    expect(parquetIn(into, "checkpoints")).toEqual([]);
    expect(parquetIn(into, "day=2022-08-20")).toHaveLength(4);
  });

  it("of nothing does nothing", async () => {
    const into = newHistory();
    expect(await compactHistory(into, { now: later })).toMatchObject({ sequence: 0, changed: false, files: 0 });
    expect(existsSync(into)).toBe(false);
  });
});

describe("retention", () => {
  const keep = { keepRaw: 2 * day, keepSummaries: 5 * day, now: later, grace: 0 };
  const days = (n: number) =>
    Array.from({ length: n }, (_, i) => [
      { start: midnight + i * day, bytes: 1 },
      { start: midnight + i * day + 90, bytes: 2 },
    ]).flat();

  it("lets rows go after their time and keeps their summary, which then stands for them", async () => {
    const into = newHistory();
    await put(into, ...days(5));
    const { from, to } = (await historyRange(into)) ?? { from: 0, to: 0 };
    const report = await compactHistory(into, keep);
    // The newest row ends on 24 August, 00:02:30: two days before it, 20 and 21 August are over.
    expect(report).toMatchObject({ summarised: ["2022-08-20", "2022-08-21"], expired: [] });
    expect(await bytesOf(into, "raw")).toBe(15);
    expect(await bytesOf(into, "summary")).toBe(15);
    expect(await historyRange(into)).toEqual({ from, to, rows: 2 + 3 * 2 });
    await compactHistory(into, keep);
    expect(parquetIn(into, "day=2022-08-20")).toHaveLength(1);
    expect(parquetIn(into, "day=2022-08-22")).toHaveLength(2);
  });

  it("counts ages from the newest traffic, and from now where traffic claims to be of the future", async () => {
    const into = newHistory();
    await put(into, ...days(2));
    const inYears = later + 1000 * day * 1000;
    expect(await compactHistory(into, { ...keep, now: inYears })).toMatchObject({ summarised: [], expired: [] });
    await put(into, { start: midnight + 3000 * day });
    const report = await compactHistory(into, { ...keep, now: (midnight + 2 * day) * 1000 });
    expect(report).toMatchObject({ summarised: [], expired: [] });
  });

  it("lets whole days go after theirs, and forgets what was ingested of them", async () => {
    const into = newHistory();
    const source = log([{ start: midnight, bytes: 7 }]);
    await ingest(source, { into, format: "auto" });
    await put(into, { start: midnight + 6 * day, bytes: 1 });
    expect(await compactHistory(into, keep)).toMatchObject({ expired: ["2022-08-20"] });
    expect(await bytesOf(into, "summary")).toBe(1);
    for (let i = 0; i < 2; i++) await compactHistory(into, keep);
    expect(parquetIn(into, "day=2022-08-20")).toEqual([]);
    const { checkpoint } = await readCatalog(openLocal(into));
    expect(checkpoint.folded.map((g) => g.day)).toEqual(["2022-08-26"]);
    expect(checkpoint.retired).toEqual([]);
  });

  it("adds late traffic of a day whose rows are gone to its summary", async () => {
    const into = newHistory();
    await put(into, ...days(5));
    await compactHistory(into, keep);
    await put(into, { start: midnight + 100, bytes: 40 });
    expect(await bytesOf(into, "raw")).toBe(55);
    expect(await bytesOf(into, "summary")).toBe(55);
    expect(await compactHistory(into, keep)).toMatchObject({ merged: 2, into: 1, summarised: ["2022-08-20"] });
    expect(await bytesOf(into, "raw")).toBe(55);
    const first = (await rowsOf(into, "summary"))[0];
    expect(first).toMatchObject({ start: midnight, bytes: 43, connections: 3 });
  });

  it("keeps apart summaries that stand alone and ones that do not, when rows are kept for longer again", async () => {
    const into = newHistory();
    await put(into, ...days(5));
    await compactHistory(into, keep);
    for (const bytes of [30, 50]) await put(into, { start: midnight + 100, bytes });
    await compactHistory(into, { ...keep, keepRaw: 50 * day });
    expect(await bytesOf(into, "raw")).toBe(95);
    expect(await bytesOf(into, "summary")).toBe(95);
  });

  it("neither loses nor doubles traffic that it keeps, in whatever order ingests and compactions come", async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ day: fc.integer({ min: 0, max: 6 }), count: fc.integer({ min: 1, max: 3 }) }),
      },
      { weight: 2, arbitrary: fc.record({ keepRaw: fc.integer({ min: 0, max: 6 }), grace: fc.constantFrom(0, 3600) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const into = newHistory();
        let bytes = 0;
        for (const [i, s] of steps.entries()) {
          if ("day" in s) {
            const flows = Array.from({ length: s.count }, (_, n) => ({
              start: midnight + s.day * day + n,
              bytes: 10 + i,
            }));
            await put(into, ...flows);
            bytes += s.count * (10 + i);
          } else {
            const retention = { keepRaw: s.keepRaw * day, keepSummaries: 50 * day, grace: s.grace };
            await compactHistory(into, { ...retention, now: later + i * 1000 });
          }
        }
        if (bytes === 0) return;
        expect(await bytesOf(into, "raw")).toBe(bytes);
        expect(await bytesOf(into, "summary")).toBe(bytes);
      }),
      { numRuns: 12, seed: 8 },
    );
  });
});
