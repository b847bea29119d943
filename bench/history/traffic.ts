import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markerPath } from "../../history/markers.js";
import { openDatabase, quoted } from "../../history/parquet.js";
import { summaryOf, usualInterval } from "../../history/summary.js";

/** 2026-11-25T00:00:00Z. */
export const midnight = 1_795_564_800;

const day = 86_400;

/**
 * Traffic of a day: `edges` connections that pods of 25 nodes keep open to 199 servers, each seen by the network interfaces
 * of both ends; which edge a row is of, and its bytes, come from a hash of its number.
 */
const rowsQuery = (rows: number, edges: number) => `
  SELECT (${midnight} + i * ${day - 60} // ${rows})::UINTEGER AS start, (${midnight} + i * ${day - 60} // ${rows} + 60)::UINTEGER AS "end",
    'client-' || edge AS client, 'server-' || (edge % 199) AS server,
    443::USMALLINT AS server_port, 6::UTINYINT AS protocol, NULL::DOUBLE AS requests, 1::DOUBLE AS connections,
    (hash(i + 1) % 100000)::DOUBLE AS bytes, NULL::DOUBLE AS failed, 1::DOUBLE AS sampling,
    CASE WHEN hash(i + 2) % 2 = 0 THEN 'eni-server-' || (edge % 199) ELSE 'eni-client-' || edge END AS observer,
    'accepted' AS outcome, 'vpc-flow-logs' AS source
  FROM (SELECT i, hash(i) % ${edges} AS edge FROM (SELECT unnest(range(${rows}))::UBIGINT AS i))`;

/** Writes a history of one ingest in the layout of `firebreak ingest`: rows and snapshots, and the marker that names them. */
export async function writeHistory(folder: string, rows: number, edges: number): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "day=2026-11-25"), { recursive: true });
  mkdirSync(join(folder, "ingests"), { recursive: true });
  const id = "0".repeat(64);
  const database = await openDatabase({ threads: 2 });
  try {
    const files = [];
    for (const kind of ["raw", "summary"] as const) {
      const path = `day=2026-11-25/${id}-bench-${kind}.parquet`;
      const written = quoted(join(folder, path));
      const first = files[0] === undefined ? "" : `read_parquet(${quoted(join(folder, files[0].path))})`;
      const query = kind === "raw" ? rowsQuery(rows, edges) : `${summaryOf(first, usualInterval)} ORDER BY ALL`;
      await database.run(`COPY (${query}) TO ${written} (FORMAT parquet, COMPRESSION zstd)`);
      const [counted] = await database.rows(`SELECT count(*)::DOUBLE AS rows FROM read_parquet(${written})`);
      const bytes = statSync(join(folder, path)).size;
      files.push({ path, kind, rows: Number(counted?.rows), bytes, from: midnight, to: midnight + day });
    }
    const counts = { lines: rows, stored: rows, skipped: {}, rejected: 0 };
    const marker = { version: 2, id, source: "bench", format: "vpc-flow-logs", ingestedAt: "2026-11-26T00:00:00Z" };
    writeFileSync(join(folder, markerPath(id)), JSON.stringify({ ...marker, ...counts, files }));
  } finally {
    database.close();
  }
}

/** Writes a VPC flow log of such traffic as text, with the fields of the default format or of one of version 5. */
export async function writeLog(path: string, rows: number, custom: boolean, gzip: boolean): Promise<void> {
  const line = custom
    ? `concat_ws(' ', '5', 'vpc-0abc', 'eni-' || edge, client, server, port, '443', '6', bytes // 500 + 1, bytes, start, start + 60, 'ACCEPT', 'OK', '2', client, server, 'egress')`
    : `concat_ws(' ', '2', '123456789012', 'eni-' || edge, client, server, port, '443', '6', bytes // 500 + 1, bytes, start, start + 60, 'ACCEPT', 'OK')`;
  const header = custom
    ? "version vpc-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags pkt-srcaddr pkt-dstaddr flow-direction"
    : "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
  const database = await openDatabase({ threads: 2 });
  try {
    await database.run(
      `COPY (SELECT ${line} AS "${header}" FROM (
         SELECT i, edge, '10.0.' || (edge // 250) || '.' || (edge % 250) AS client, '10.1.0.' || (edge % 199) AS server,
           32768 + hash(i + 3) % 28000 AS port, hash(i + 1) % 100000 AS bytes, ${midnight} + i * ${day - 60} // ${rows} AS start
         FROM (SELECT i, hash(i) % 5000 AS edge FROM (SELECT unnest(range(${rows}))::UBIGINT AS i))) ORDER BY i)
       TO ${quoted(path)} (FORMAT csv, HEADER, DELIMITER '|', QUOTE '', ESCAPE ''${gzip ? ", COMPRESSION gzip" : ""})`,
    );
  } finally {
    database.close();
  }
}
