import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesOfWindow, readCatalog } from "../../history/catalog.js";
import { putCheckpoint } from "../../history/checkpoints.js";
import { viewFlows, withFlows } from "../../history/flows.js";
import { ingest } from "../../history/ingest.js";
import { openDatabase, quoted } from "../../history/parquet.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { openLocal } from "../../history/storage/local.js";
import type { Storage } from "../../history/storage/storage.js";
import { midnight, record, testFolder, writeLog } from "./flowLogs.js";

const folder = testFolder();
let histories = 0;
const newHistory = () => join(folder, `history-${histories++}`);
const day = 86_400;
const window = { from: midnight, to: midnight + 3 * day };
const id = "ab".repeat(32);

/** A history as the first version wrote it: a marker of version 1, and rows without the columns that came later. */
async function firstVersion(into: string): Promise<void> {
  const path = `day=2022-08-20/${id}-1-00000000-aaaaaaaa.parquet`;
  mkdirSync(dirname(join(into, path)), { recursive: true });
  mkdirSync(join(into, "ingests"));
  const database = await openDatabase({ threads: 1 });
  await database.run(
    `COPY (SELECT ${midnight}::UINTEGER AS start, ${midnight + 60}::UINTEGER AS "end", 'a' AS client, 'b' AS server,
        443::USMALLINT AS server_port, 6::UTINYINT AS protocol, NULL::DOUBLE AS requests, 2::DOUBLE AS connections,
        700::DOUBLE AS bytes, 'eni' AS observer, 'accepted' AS outcome)
     TO ${quoted(join(into, path))} (FORMAT parquet)`,
  );
  database.close();
  const file = { path, rows: 1, bytes: statSync(join(into, path)).size, from: midnight, to: midnight + 60 };
  const told = { source: "old.log", format: "vpc-flow-logs", ingestedAt: "2022-08-21T00:00:00Z" };
  const counts = { lines: 1, stored: 1, skipped: {}, rejected: 0 };
  writeFileSync(
    join(into, "ingests", `${id}.json`),
    JSON.stringify({ version: 1, id, ...told, ...counts, files: [file] }),
  );
}

describe("a history of the first version", () => {
  it("is read as it is, alone and together with new rows, its rows standing for their summary", async () => {
    const into = newHistory();
    await firstVersion(into);
    const rows = (kind: "raw" | "summary") =>
      withFlows(openLocal(into), [{ view: "flows", ...window, kind }], (database) =>
        database.rows("SELECT client, bytes, failed, sampling, source FROM flows ORDER BY ALL"),
      );
    const old = { client: "a", bytes: 700, failed: null, sampling: 1, source: "unknown" };
    expect(await rows("raw")).toEqual([old]);
    expect(await rows("summary")).toEqual([old]);
    await ingest(writeLog(folder, [record({ srcaddr: "10.0.0.1", bytes: 5 })]), { into, format: "auto" });
    const fresh = { client: "10.0.0.1", bytes: 5, failed: null, sampling: 1, source: "vpc-flow-logs" };
    expect(await rows("raw")).toEqual([fresh, old]);
    expect(await rows("summary")).toEqual([fresh, old]);
    expect((await readTraffic(into, { ...window, halfLife: 3600, owners: new Map() })).rows).toBe(2);
  });
});

describe("the catalog", () => {
  it("gives the files of one kind that overlap a window", async () => {
    const into = newHistory();
    const records = [0, 1, 2].map((d) => record({ start: midnight + d * day, end: midnight + d * day + 60 }));
    await ingest(writeLog(folder, records), { into, format: "auto" });
    const storage = openLocal(into);
    const days = async (from: number, to: number, kind: "raw" | "summary") =>
      filesOfWindow(await readCatalog(storage), { from, to, kind }).map((f) => [f.kind, f.path.slice(4, 14)]);
    expect(await days(midnight + 60, midnight + day + 1, "raw")).toEqual([["raw", "2022-08-21"]]);
    expect(await days(midnight + 59, midnight + day, "summary")).toEqual([["summary", "2022-08-20"]]);
    expect(await days(midnight, midnight + 3 * day, "raw")).toHaveLength(3);
    expect(await days(midnight + 2 * day + 60, midnight + 4 * day, "raw")).toEqual([]);
  });

  it("is the newest checkpoint and what is not folded into it, though folded markers are still there", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    await ingest(writeLog(folder, [record({ bytes: 1 })]), { into, format: "auto" });
    const { unfolded, files } = await readCatalog(storage);
    const written = { version: 1 as const, writtenAt: "2022-08-21T00:00:00Z", retired: [] };
    const folded = [{ day: "2022-08-20", ids: unfolded.map((m) => m.id) }];
    expect(await putCheckpoint(storage, { ...written, sequence: 1, files: [], folded: [] })).toBe(true);
    expect(await historyRange(into)).toMatchObject({ rows: 1 });
    const next = files.map(({ path, kind, rows, bytes, from, to }) => ({ path, kind, rows, bytes, from, to }));
    expect(await putCheckpoint(storage, { ...written, sequence: 2, files: next, folded })).toBe(true);
    expect(await historyRange(into)).toMatchObject({ rows: 1 });
    await ingest(writeLog(folder, [record({ bytes: 2 })]), { into, format: "auto" });
    expect(await historyRange(into)).toMatchObject({ rows: 2 });
    expect(await putCheckpoint(storage, { ...written, sequence: 2, files: [], folded: [] })).toBe(false);
    expect(await historyRange(into)).toMatchObject({ rows: 2 });
  });

  it("is read again where a marker goes between being listed and being read", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    await ingest(writeLog(folder, [record({ bytes: 1 })]), { into, format: "auto" });
    const { unfolded, files } = await readCatalog(storage);
    const folded = [{ day: "2022-08-20", ids: unfolded.map((m) => m.id) }];
    let raced = false;
    const racing: Storage = {
      ...storage,
      read: async (path) => {
        if (path.startsWith("ingests/") && !raced) {
          raced = true;
          const told = { version: 1 as const, sequence: 1, writtenAt: "2022-08-21T00:00:00Z", retired: [] };
          await putCheckpoint(storage, { ...told, files: files.map(({ alone, ...file }) => file), folded });
          await storage.remove(path);
        }
        return storage.read(path);
      },
    };
    expect(await historyRange(racing)).toMatchObject({ rows: 1 });
    expect(raced).toBe(true);
  });

  it("is read again, once, where a compaction removed a file that a query was about to read", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    await ingest(writeLog(folder, [record({ bytes: 9 })]), { into, format: "auto" });
    const { unfolded, files } = await readCatalog(storage);
    const told = { version: 1 as const, sequence: 1, writtenAt: "2022-08-21T00:00:00Z", retired: [] };
    let raced = false;
    const racing: Storage = {
      ...storage,
      size: async (path) => {
        if (!raced) {
          raced = true;
          const moved = files.map(({ alone, ...file }) => ({ ...file, path: file.path.replace(/\/[^-]+-/, "/new-") }));
          for (const [i, file] of files.entries()) {
            renameSync(join(into, file.path), join(into, moved[i]?.path ?? ""));
          }
          await putCheckpoint(storage, {
            ...told,
            files: moved,
            folded: [{ day: "2022-08-20", ids: unfolded.map((m) => m.id) }],
          });
        }
        return storage.size(path);
      },
    };
    const bytes = await withFlows(racing, [{ view: "flows", ...window, kind: "raw" }], (d) =>
      d.rows("SELECT bytes FROM flows"),
    );
    expect(bytes).toEqual([{ bytes: 9 }]);
    rmSync(join(into, "day=2022-08-20"), { recursive: true });
    await expect(
      withFlows(storage, [{ view: "flows", ...window, kind: "raw" }], (d) => d.rows("FROM flows")),
    ).rejects.toThrow("is missing; restore it from a backup: it holds the rows of many ingests");
  });

  it("takes the first of two writers of one content, and removes what the second wrote", async () => {
    const into = newHistory();
    const storage = openLocal(into);
    const log = writeLog(folder, [record({ bytes: 3 })]);
    let second: unknown;
    const slow: Storage = {
      ...storage,
      putIfAbsent: async (path, text) => {
        second ??= await ingest(log, { into, format: "auto" });
        return storage.putIfAbsent(path, text);
      },
    };
    const [report] = await ingest(log, { into: slow, format: "auto" });
    expect(second).toMatchObject([{ stored: 1, alreadyStored: false }]);
    expect(report).toMatchObject({ stored: 0, alreadyStored: true, days: ["2022-08-20"] });
    expect(readdirSync(join(into, "day=2022-08-20"))).toHaveLength(2);
    expect(await historyRange(into)).toMatchObject({ rows: 1 });
  });
});

it("a view over no files has every column and no row", async () => {
  const database = await openDatabase({ threads: 1 });
  await viewFlows(database, openLocal(folder), "flows", []);
  expect(await database.rows("SELECT start, failed, source FROM flows")).toEqual([]);
  database.close();
});
