import { join } from "node:path";
import type { ParsedFlow } from "./format.js";
import { settleOpeners } from "./opener.js";
import { type Database, openDatabase, quoted, type RowAppender } from "./parquet.js";
import type { Span } from "./span.js";

/** Columns of the staged flows; those of the Parquet files are the same without `client_port` and `undecided`, with `source`. */
const flowColumns = `start UINTEGER NOT NULL, "end" UINTEGER NOT NULL, client VARCHAR, server VARCHAR,
  client_port USMALLINT, server_port USMALLINT, protocol UTINYINT, requests DOUBLE, connections DOUBLE NOT NULL,
  bytes DOUBLE NOT NULL, failed DOUBLE, sampling DOUBLE NOT NULL, observer VARCHAR NOT NULL, outcome VARCHAR NOT NULL,
  undecided BOOLEAN NOT NULL`;

const spanColumns = `trace VARCHAR NOT NULL, id VARCHAR NOT NULL, parent VARCHAR, name VARCHAR NOT NULL, kind VARCHAR,
  peer VARCHAR, start DOUBLE NOT NULL, "end" DOUBLE NOT NULL, failed BOOLEAN NOT NULL, sampling DOUBLE NOT NULL`;

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

/** Tables on disk that take the flows and spans of one file before they are written as Parquet. */
export interface FlowStage {
  readonly append: (flow: ParsedFlow) => void;
  readonly appendSpan: (span: Span) => void;
  /**
   * Makes flows of the spans, settles who opened the undecided connections, and writes one file a day (`DAY.parquet`),
   * rows sorted by start.
   * @param source the format that they were read by
   */
  readonly writeDays: (folder: string, source: string) => Promise<DayFile[]>;
  readonly close: () => void;
}

/** Opens a stage in `folder`, which also takes what does not fit into memory. */
export async function openStage(folder: string): Promise<FlowStage> {
  const database = await openDatabase({
    file: join(folder, "stage.duckdb"),
    spill: join(folder, "spill"),
    threads: 2,
    memoryLimit,
  });
  await database.run(`CREATE TABLE flows (${flowColumns})`);
  await database.run(`CREATE TABLE spans (${spanColumns})`);
  const flows = await database.appender("flows");
  const spans = await database.appender("spans");
  return {
    append: (flow) => appendFlow(flows, flow),
    appendSpan: (s) =>
      spans.append([s.trace, s.id, s.parent, s.name, s.kind, s.peer, s.start, s.end, s.failed, s.sampling]),
    writeDays: async (folder, source) => {
      flows.close();
      spans.close();
      await database.run(settleOpeners);
      return writeDays(database, folder, source);
    },
    close: () => database.close(),
  };
}

function appendFlow(flows: RowAppender, flow: ParsedFlow): void {
  flows.append([
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
    flow.failed,
    flow.sampling,
    flow.observer,
    flow.outcome,
    flow.undecided,
  ]);
}

async function writeDays(database: Database, folder: string, source: string): Promise<DayFile[]> {
  const days = await database.rows(
    `SELECT start // 86400 AS day, count(*)::DOUBLE AS rows, min(start) AS "from", max("end") AS "to"
     FROM flows GROUP BY ALL ORDER BY day`,
  );
  const files: DayFile[] = [];
  for (const row of days) {
    const number = Number(row.day);
    const day = new Date(number * 86_400_000).toISOString().slice(0, 10);
    const path = join(folder, `${day}.parquet`);
    await database.run(
      `COPY (SELECT *, ${quoted(source)} AS source FROM settled
         WHERE start >= ${number * 86_400} AND start < ${(number + 1) * 86_400} ORDER BY ALL)
       TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    files.push({ day, path, rows: Number(row.rows), from: Number(row.from), to: Number(row.to) });
  }
  return files;
}
