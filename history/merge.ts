import { join } from "node:path";
import { checkFiles } from "./catalog.js";
import { viewFlows } from "./flows.js";
import type { LiveFile } from "./liveFile.js";
import { type Database, openDatabase, quoted, type ResultRow, writeParquet } from "./parquet.js";
import type { Merge } from "./retention.js";
import type { DayFile } from "./stage.js";
import { summaryOf } from "./summary.js";
import { type HistoryWriter, placeFile } from "./writer.js";

const memoryLimit = "512MB";

/** Sums of fractions may come out differently in the last bits when they are added in another order. */
const tolerance = 1e-9;

/**
 * Writes the rows of several files of a day into one, sorted by start, and puts it into its day; nothing refers to it
 * yet. What does not fit into memory goes to disk. Rows of a summary are gathered by interval again.
 * @throws InputError where a file is not as the catalog says
 * @throws Error where the written file does not hold what the others do; it is not put in place
 */
export async function mergeFiles(writer: HistoryWriter, merge: Merge, interval: number): Promise<LiveFile> {
  const { day, kind, alone, files } = merge;
  await checkFiles(writer.storage, files);
  const name = alone ? "alone" : kind;
  // One thread, so that sums of fractions come out the same to the last bit each time.
  const database = await openDatabase({ threads: 1, memoryLimit, spill: join(writer.folder, "spill") });
  try {
    await writer.storage.attach(database);
    await viewFlows(database, writer.storage, "flows", files);
    const path = join(writer.folder, `${day}-${name}.parquet`);
    const written = await writeParquet(database, kind === "raw" ? "FROM flows" : summaryOf("flows", interval), path);
    const told = { rows: files.reduce((sum, f) => sum + f.rows, 0), to: Math.max(...files.map((f) => f.to)) };
    const before = await totals(database, "flows");
    const after = await totals(database, `read_parquet(${quoted(path)})`);
    const complete =
      Number(before.rows) === told.rows &&
      written.to === told.to &&
      (kind === "raw" ? written.rows === told.rows : written.rows <= told.rows) &&
      ["requests", "connections", "bytes", "failed"].every((amount) => same(before[amount], after[amount]));
    if (!complete) {
      const found = `${JSON.stringify(before)} became ${JSON.stringify(after)}`;
      throw new Error(`merging ${files.length} files of day=${day} lost rows (${found}); nothing was changed`);
    }
    const file: DayFile = { kind, day, path, ...written };
    return { ...(await placeFile(writer, file, name)), ...(alone ? { alone } : {}) };
  } finally {
    database.close();
  }
}

async function totals(database: Database, rows: string): Promise<ResultRow> {
  const [row = {}] = await database.rows(
    `SELECT count(*)::DOUBLE AS rows, sum(requests) AS requests, sum(connections) AS connections, sum(bytes) AS bytes,
       sum(failed) AS failed FROM ${rows}`,
  );
  return row;
}

function same(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(Number(a) - Number(b)) <= tolerance * Math.max(1, Math.abs(Number(a)));
}
