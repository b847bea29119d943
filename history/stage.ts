import { join } from "node:path";
import type { ParsedFlow } from "./format.js";
import type { FileKind } from "./liveFile.js";
import { encodeNames } from "./names.js";
import { settleOpeners } from "./opener.js";
import { attachCounted, pairSpans } from "./pairing.js";
import { type Database, openDatabase, quoted, type RowAppender, writeParquet } from "./parquet.js";
import type { Span } from "./span.js";
import { openReading, type StageReading } from "./stageReading.js";
import { summaryOf, sumsAreExact } from "./summary.js";

/** Columns of the staged flows; those of the Parquet files are the same without `client_port` and `undecided`, with `source`. */
const flowColumns = `start UINTEGER NOT NULL, "end" UINTEGER NOT NULL, client VARCHAR, server VARCHAR,
  client_port USMALLINT, server_port USMALLINT, protocol UTINYINT, requests DOUBLE, connections DOUBLE NOT NULL,
  bytes DOUBLE NOT NULL, failed DOUBLE, sampling DOUBLE NOT NULL, observer VARCHAR NOT NULL, outcome VARCHAR NOT NULL,
  undecided BOOLEAN NOT NULL`;

const spanColumns = `trace VARCHAR NOT NULL, id VARCHAR NOT NULL, parent VARCHAR, name VARCHAR NOT NULL, kind VARCHAR,
  peer VARCHAR, start DOUBLE NOT NULL, "end" DOUBLE NOT NULL, failed BOOLEAN, sampling DOUBLE`;

const threads = 2;
const memoryLimit = "512MB";

/** One written Parquet file: all rows of one file that start on one day (UTC), or their summary. */
export interface DayFile {
  readonly kind: FileKind;
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly path: string;
  readonly rows: number;
  /** Unix seconds: the earliest start, and the latest end. */
  readonly from: number;
  readonly to: number;
}

/** Tables that take the flows and spans of one file before they are written as Parquet. */
export interface FlowStage extends StageReading {
  /** Takes files that are needed no longer than the stage. */
  readonly folder: string;
  readonly append: (flow: ParsedFlow) => void;
  readonly appendSpan: (span: Span) => void;
  /**
   * Makes flows of the spans, and settles who opened the undecided connections. Nothing can be appended after.
   * @param source the format that they were read by
   * @returns the days (UTC, YYYY-MM-DD) that flows start on, sorted
   */
  readonly settle: (source: string) => Promise<readonly string[]>;
  /**
   * Writes the settled flows, two files a day: the rows (`DAY.parquet`) and their summary (`DAY-summary.parquet`),
   * sorted by start.
   * @param source the format that they were read by
   * @param interval seconds of one row of a summary
   */
  readonly writeDays: (folder: string, source: string, interval: number) => Promise<DayFile[]>;
  /** The names of a relation's columns. */
  readonly columnsOf: (relation: string) => Promise<string[]>;
  readonly close: () => void;
}

/**
 * Opens a stage in `folder`, which also takes what does not fit into memory.
 * @param counted file of the calls that other files of the same run counted, where there are others
 */
export async function openStage(folder: string, counted?: string): Promise<FlowStage> {
  const database = await openDatabase({
    spill: join(folder, "spill"),
    threads,
    memoryLimit,
  });
  // Rows are sorted when they are written.
  await database.run("SET preserve_insertion_order = false");
  await database.run(`CREATE TABLE flows (${flowColumns})`);
  await database.run(`CREATE TABLE spans (${spanColumns})`);
  const reading = await openReading(database);
  await database.run(`CREATE VIEW staged AS SELECT * FROM flows UNION ALL
    SELECT start, "end", client, server, client_port, server_port, protocol, NULL, connections, bytes, NULL, 1, observer,
      outcome, undecided FROM read WHERE taken`);
  const flows = await database.appender("flows");
  const spans = await database.appender("spans");
  let hasSpans = false;
  let days: readonly string[] = [];
  return {
    ...reading,
    folder,
    append: (flow) => appendFlow(flows, flow),
    appendSpan: (s) => {
      hasSpans = true;
      spans.append([s.trace, s.id, s.parent, s.name, s.kind, s.peer, s.start, s.end, s.failed, s.sampling]);
    },
    settle: async (source) => {
      flows.close();
      spans.close();
      if (hasSpans) await database.run(attachCounted(counted) + pairSpans(source));
      await database.run(settleOpeners);
      days = await daysOf(database);
      return days;
    },
    writeDays: (folder, source, interval) => writeDays(database, folder, source, interval, days),
    columnsOf: async (relation) =>
      (await database.rows(`DESCRIBE SELECT * FROM ${relation}`)).map((row) => String(row.column_name)),
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

const daySeconds = 86_400;

async function daysOf(database: Database): Promise<string[]> {
  const days = await database.rows(`SELECT DISTINCT start // ${daySeconds} AS day FROM staged ORDER BY day`);
  return days.map((row) => new Date(Number(row.day) * daySeconds * 1000).toISOString().slice(0, 10));
}

async function writeDays(
  database: Database,
  folder: string,
  source: string,
  interval: number,
  days: readonly string[],
): Promise<DayFile[]> {
  const encode = await encodeNames(database, source);
  const files: DayFile[] = [];
  for (const day of days) {
    const midnight = Date.parse(day) / 1000;
    const rows = `SELECT *, ${quoted(source)} AS source FROM settled
      WHERE start >= ${midnight} AND start < ${midnight + daySeconds}`;
    const raw = join(folder, `${day}.parquet`);
    files.push({ kind: "raw", day, path: raw, ...(await writeParquet(database, encode(rows), raw)) });
    const summary = join(folder, `${day}-summary.parquet`);
    const written = `read_parquet(${quoted(raw)})`;
    const summarised = encode(summaryOf(written, interval));
    // One thread, so that sums of fractions come out the same to the last bit each time; whole ones do in any order.
    const [sums] = await database.rows(`SELECT ${sumsAreExact} AS exact FROM ${written}`);
    if (sums?.exact !== true) await database.run("SET threads = 1");
    files.push({ kind: "summary", day, path: summary, ...(await writeParquet(database, summarised, summary)) });
    await database.run(`SET threads = ${threads}`);
  }
  return files;
}
