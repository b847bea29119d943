import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";

/** Rows of one of DuckDB's data chunks. */
const chunkRows = 2048;

/** A row of a result: column name to value. 64-bit integers and decimals come as strings of their digits. */
export type ResultRow = Readonly<Record<string, unknown>>;

/** Values of `$name` in a query. */
export type Parameters = Readonly<Record<string, number | string>>;

/** Puts rows into a table, in chunks. */
export interface RowAppender {
  readonly append: (row: readonly DuckDBValue[]) => void;
  /** Puts in what is held; nothing can be appended after. Again is harmless. */
  readonly close: () => void;
}

/** A DuckDB database of one's own: for staging, or to query Parquet files. */
export interface Database {
  /** Runs statements that give no rows. */
  readonly run: (sql: string, parameters?: Parameters) => Promise<void>;
  readonly rows: (sql: string, parameters?: Parameters) => Promise<ResultRow[]>;
  readonly appender: (table: string) => Promise<RowAppender>;
  readonly close: () => void;
}

export interface DatabaseOptions {
  /** Folder that takes what does not fit into memory; one of its own below the system's where not given. */
  readonly spill?: string;
  readonly threads: number;
  /** For example `512MB`; DuckDB's default (80 % of the machine's) where not given. */
  readonly memoryLimit?: string;
}

/** Opens a database in memory. To be closed by the caller. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(options.threads),
    temp_directory: options.spill ?? join(tmpdir(), `firebreak-${randomUUID()}`),
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
  });
  const connection = await instance.connect();
  return {
    run: async (sql, parameters) => void (await connection.run(sql, parameters)),
    rows: async (sql, parameters) => (await connection.runAndReadAll(sql, parameters)).getRowObjectsJson(),
    appender: (table) => openAppender(connection, table),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function openAppender(connection: DuckDBConnection, table: string): Promise<RowAppender> {
  const appender = await connection.createAppender(table);
  const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i));
  let columns = emptyColumns(types);
  let held = 0;
  let closed = false;
  const flush = () => {
    if (held === 0) return;
    const chunk = DuckDBDataChunk.create(types, held);
    chunk.setColumns(columns);
    appender.appendDataChunk(chunk);
    columns = emptyColumns(types);
    held = 0;
  };
  return {
    append: (row) => {
      for (const [i, column] of columns.entries()) column.push(row[i] ?? null);
      held++;
      if (held === chunkRows) flush();
    },
    close: () => {
      if (closed) return;
      closed = true;
      flush();
      appender.closeSync();
    },
  };
}

const emptyColumns = (types: readonly DuckDBType[]): DuckDBValue[][] => types.map(() => []);

/** A text as a literal of SQL. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** What a written Parquet file of flows holds: rows, and in unix seconds the earliest start and the latest end. */
export interface WrittenRows {
  readonly rows: number;
  readonly from: number;
  readonly to: number;
}

/** Writes the flows that a query gives as a Parquet file, sorted by start and then by all columns, and reads back what it holds. */
export async function writeParquet(database: Database, query: string, path: string): Promise<WrittenRows> {
  await database.run(`COPY (FROM (${query}) ORDER BY ALL) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const [row] = await database.rows(
    `SELECT count(*)::DOUBLE AS rows, min(start) AS "from", max("end") AS "to" FROM read_parquet(${quoted(path)})`,
  );
  return { rows: Number(row?.rows), from: Number(row?.from), to: Number(row?.to) };
}

/** DuckDB's version, told by DuckDB itself: it throws where this machine's build of it is missing. */
export async function duckdbVersion(): Promise<string> {
  const database = await openDatabase({ threads: 1 });
  try {
    const [row] = await database.rows("SELECT version() AS version");
    return String(row?.version);
  } finally {
    database.close();
  }
}
