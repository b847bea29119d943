import { InputError } from "../input/problems.js";
import { checkFiles, filesOfWindow, readCatalog, type WantedFiles } from "./catalog.js";
import type { LiveFile } from "./liveFile.js";
import { type Database, openDatabase, quoted } from "./parquet.js";
import type { Storage } from "./storage/storage.js";

/** Every column of the history's rows, in order, as DuckDB types. */
export const flowTypes = `start UINTEGER, "end" UINTEGER, client VARCHAR, server VARCHAR, server_port USMALLINT,
  protocol UTINYINT, requests DOUBLE, connections DOUBLE, bytes DOUBLE, failed DOUBLE, sampling DOUBLE, observer VARCHAR,
  outcome VARCHAR, source VARCHAR`;

/** A view over the files that hold the traffic of a window. */
export interface WantedView extends WantedFiles {
  readonly view: string;
}

/**
 * Makes a view over files, which may be none, in a database that the storage is attached to. Columns that older files lack are there: `failed` is null, `sampling` 1,
 * `source` "unknown".
 */
export async function viewFlows(
  database: Database,
  storage: Storage,
  view: string,
  files: readonly LiveFile[],
): Promise<void> {
  const uris = files.map((f) => quoted(storage.uri(f.path))).join(", ");
  const rows =
    files.length === 0
      ? ""
      : `UNION ALL BY NAME FROM read_parquet([${uris}], union_by_name = true, hive_partitioning = false)`;
  await database.run(`CREATE TABLE no_${view} (${flowTypes})`);
  await database.run(
    `CREATE VIEW ${view} AS
       SELECT * REPLACE (coalesce(sampling, 1) AS sampling, coalesce(source, 'unknown') AS source)
       FROM (FROM no_${view} ${rows})`,
  );
}

/**
 * Calls `use` with a database in which each view holds the traffic of its window: rows of every file that overlaps it, so
 * that the exact test is the query's. A compaction may remove a file meanwhile: then the catalog is read again, once,
 * and `use` is called again.
 * @throws InputError where the history holds nothing at all or is damaged
 */
export async function withFlows<T>(
  storage: Storage,
  wanted: readonly WantedView[],
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const files = await filesOf(storage, wanted);
  try {
    return await queryFiles(storage, files, use);
  } catch (error) {
    const again = await filesOf(storage, wanted);
    if (pathsOf(again) === pathsOf(files)) throw error;
    return await queryFiles(storage, again, use);
  }
}

interface ViewFiles {
  readonly view: string;
  readonly files: readonly LiveFile[];
}

const pathsOf = (views: readonly ViewFiles[]) => JSON.stringify(views.map((v) => v.files.map((f) => f.path)));

async function filesOf(storage: Storage, wanted: readonly WantedView[]): Promise<ViewFiles[]> {
  const catalog = await readCatalog(storage);
  if (catalog.files.length > 0) return wanted.map((w) => ({ view: w.view, files: filesOfWindow(catalog, w) }));
  const message = "holds no traffic; run `firebreak ingest SOURCE --into DIR` first";
  throw new InputError(storage.name, [{ place: "history", message }]);
}

async function queryFiles<T>(
  storage: Storage,
  views: readonly ViewFiles[],
  use: (database: Database) => Promise<T>,
): Promise<T> {
  await checkFiles(storage, [...new Set(views.flatMap((v) => v.files))]);
  // One thread, so that sums of fractions come out the same to the last bit each time.
  const database = await openDatabase({ threads: 1 });
  try {
    await storage.attach(database);
    for (const { view, files } of views) await viewFlows(database, storage, view, files);
    return await use(database);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const message = `cannot be read (${(error as Error).message}); restore the file, or ingest its source again`;
    throw new InputError(storage.name, [{ place: "history", message }]);
  } finally {
    database.close();
  }
}
