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
import type { ParsedFlow } from "./format.js";
import { settleOpeners } from "./opener.js";

/** Columns of the staging table; those of the Parquet files are the same without `client_port` and `undecided`. */
const stagedColumns = `start UINTEGER NOT NULL, "end" UINTEGER NOT NULL, client VARCHAR, server VARCHAR,
  client_port USMALLINT, server_port USMALLINT, protocol UTINYINT, requests DOUBLE, connections DOUBLE NOT NULL,
  bytes DOUBLE NOT NULL, observer VARCHAR NOT NULL, outcome VARCHAR NOT NULL, undecided BOOLEAN NOT NULL`;

/** Rows of one of DuckDB's data chunks. */
const chunkRows = 2048;

const memoryLimit = "512MB";

/** One written Parquet file: all rows of one file that start on one day (UTC). */
export interface DayFile {
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly path: string;
  readonly rows: number;
  /** Unix seconds: the earliest start, and the latest end. */
  readonly from: number;
  readonly to: number;
}

/** A table on disk that takes the flows of one file before they are written as Parquet. */
export interface FlowStage {
  readonly append: (flow: ParsedFlow) => void;
  /** Settles who opened the undecided connections and writes one file a day (`DAY.parquet`), rows sorted by start. */
  readonly writeDays: (folder: string) => Promise<DayFile[]>;
  readonly close: () => void;
}

/** Opens a stage in `folder`, which also takes what does not fit into memory. */
export async function openStage(folder: string): Promise<FlowStage> {
  const instance = await DuckDBInstance.create(join(folder, "stage.duckdb"), {
    memory_limit: memoryLimit,
    temp_directory: join(folder, "spill"),
    threads: "2",
  });
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE flows (${stagedColumns})`);
  const appender = await connection.createAppender("flows");
  const types = Array.from({ length: appender.columnCount }, (_, i) => appender.columnType(i));
  let columns = emptyColumns(types);
  let held = 0;

  const flush = () => {
    if (held === 0) return;
    const chunk = DuckDBDataChunk.create(types, held);
    chunk.setColumns(columns);
    appender.appendDataChunk(chunk);
    columns = emptyColumns(types);
    held = 0;
  };
  return {
    append: (flow) => {
      const row = [
        flow.start,
        flow.end,
        flow.client,
        flow.server,
        flow.clientPort,
        flow.serverPort,
        flow.protocol,
        flow.requests,
        flow.connections,
        flow.bytes,
        flow.observer,
        flow.outcome,
        flow.undecided,
      ];
      for (const [i, column] of columns.entries()) column.push(row[i] ?? null);
      held++;
      if (held === chunkRows) flush();
    },
    writeDays: async (folder) => {
      flush();
      appender.closeSync();
      await connection.run(settleOpeners);
      return writeDays(connection, folder);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const emptyColumns = (types: readonly DuckDBType[]): DuckDBValue[][] => types.map(() => []);

async function writeDays(connection: DuckDBConnection, folder: string): Promise<DayFile[]> {
  const days = await rowsOf(
    connection,
    `SELECT start // 86400 AS day, count(*)::DOUBLE AS rows, min(start) AS "from", max("end") AS "to"
     FROM flows GROUP BY ALL ORDER BY day`,
  );
  const files: DayFile[] = [];
  for (const row of days) {
    const number = Number(row.day);
    const day = new Date(number * 86_400_000).toISOString().slice(0, 10);
    const path = join(folder, `${day}.parquet`);
    await connection.run(
      `COPY (SELECT * FROM settled WHERE start >= ${number * 86_400} AND start < ${(number + 1) * 86_400} ORDER BY ALL)
       TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    files.push({ day, path, rows: Number(row.rows), from: Number(row.from), to: Number(row.to) });
  }
  return files;
}

/** A row of a result: column name to value. 64-bit integers and decimals come as strings of their digits. */
export type ResultRow = Readonly<Record<string, unknown>>;

/** What a query over the history's files works on. */
export interface ParquetSource {
  /** Every file, in the order in which sums are taken. */
  readonly files: readonly string[];
  /** Address or name of a server to the group it belongs to, as table `owners(server, service)`. */
  readonly owners: ReadonlyMap<string, string>;
}

/**
 * Runs queries, one after the other, over the rows of Parquet files, as view `flows`.
 * One thread, so that sums of fractions come out the same to the last bit each time.
 * @param parameters values of `$name` in the queries
 */
export async function queryParquet(
  source: ParquetSource,
  queries: readonly string[],
  parameters: Readonly<Record<string, number>>,
): Promise<ResultRow[][]> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "1",
    temp_directory: join(tmpdir(), `firebreak-${randomUUID()}`),
  });
  try {
    const connection = await instance.connect();
    await connection.run("CREATE TABLE owners (server VARCHAR NOT NULL, service VARCHAR NOT NULL)");
    const appender = await connection.createAppender("owners");
    for (const [server, service] of source.owners) {
      appender.appendVarchar(server);
      appender.appendVarchar(service);
      appender.endRow();
    }
    appender.closeSync();
    await connection.run(`CREATE VIEW flows AS SELECT * FROM read_parquet([${source.files.map(quoted).join(", ")}])`);
    const results: ResultRow[][] = [];
    for (const query of queries) {
      const used = Object.entries(parameters).filter(([name]) => query.includes(`$${name}`));
      results.push(await rowsOf(connection, query, Object.fromEntries(used)));
    }
    connection.closeSync();
    return results;
  } finally {
    instance.closeSync();
  }
}

/** DuckDB's version, told by DuckDB itself: it throws where this machine's build of it is missing. */
export async function duckdbVersion(): Promise<string> {
  const instance = await DuckDBInstance.create(":memory:");
  try {
    const connection = await instance.connect();
    const [row] = await rowsOf(connection, "SELECT version() AS version");
    connection.closeSync();
    return String(row?.version);
  } finally {
    instance.closeSync();
  }
}

async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values?: Record<string, number>,
): Promise<ResultRow[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRowObjectsJson();
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
