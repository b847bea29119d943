import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TimeWindow } from "../../history/format.js";
import { type IngestReport, ingest } from "../../history/ingest.js";
import { openDatabase, quoted, type ResultRow } from "../../history/parquet.js";

/** A file of `test/history/samples/`. */
export const samplePath = (path: string) => fileURLToPath(new URL(`samples/${path}`, import.meta.url));

/** Ingests a file by `auto` into a new history in `folder`, and reads back what is stored. */
export async function ingestAlone(
  file: string,
  folder: string,
  window?: TimeWindow,
): Promise<{ report: IngestReport; rows: ResultRow[] }> {
  const into = mkdtempSync(join(folder, "alone-"));
  const [report] = await ingest(file, { into, format: "auto", window });
  return { report: report!, rows: report?.stored === 0 ? [] : await storedRows(into) };
}

/** Every row of a history as it was ingested, sorted, without what is null. */
export async function storedRows(history: string): Promise<ResultRow[]> {
  const database = await openDatabase({ threads: 1 });
  const files = readdirSync(history, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".parquet") && !name.includes("-summary"),
  );
  const paths = files.map((name) => quoted(join(history, name))).join(", ");
  try {
    const rows = await database.rows(`SELECT * FROM read_parquet([${paths}], hive_partitioning = false) ORDER BY ALL`);
    return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
  } finally {
    database.close();
  }
}
