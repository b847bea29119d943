import type { Database } from "./parquet.js";
import type { TrafficPeak } from "./traffic.js";
import { observedEdge } from "./window.js";

export interface PeakOptions {
  /** Unix seconds, from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  /** Whether the groups of table `owners(server, service)` are all that is asked for. */
  readonly ownedOnly: boolean;
}

/** Of what several observers saw of an edge, that of the one that saw most over the window counts. */
const observersQuery = (rows: string) => `
  CREATE TABLE observers AS
    SELECT arg_max(edge, served) AS edge FROM (
      SELECT any_value(${observedEdge}) AS edge, client, server, server_port, source, observer,
        sum(coalesce(requests, connections) / sampling) AS served
      FROM ${rows} GROUP BY client, server, server_port, source, observer ORDER BY observer
    ) GROUP BY client, server, server_port, source`;

/**
 * A row longer than a minute is spread evenly over the minutes from its start; only minutes of the window count. Of
 * several sources the one that saw most counts.
 */
const peaksQuery = (rows: string, ownedOnly: boolean) => `
  WITH served AS (
    SELECT coalesce(service, f.server) AS name, source, coalesce(requests, connections) / sampling AS served,
      greatest(1, ceil(("end" - start) / 60.0))::INTEGER AS minutes, start // 60 AS first
    FROM (SELECT *, ${observedEdge} AS edge FROM ${rows}) f
    ${ownedOnly ? "" : "LEFT "}JOIN owners ON owners.server = f.server
    WHERE outcome = 'accepted' AND "end" > $from AND start < $to AND f.server IS NOT NULL
      AND edge IN (SELECT edge FROM observers)
  ), spread AS (
    SELECT name, source, first AS minute, served FROM served WHERE minutes = 1
    UNION ALL
    SELECT name, source, first + unnest(range(minutes)) AS minute, served / minutes FROM served WHERE minutes > 1
  ), totals AS (
    SELECT name, source, minute, sum(served) AS served FROM spread
    WHERE minute * 60 < $to AND minute * 60 + 60 > $from GROUP BY name, source, minute
  )
  SELECT name, max(served) / 60 AS per_second FROM totals GROUP BY name`;

/**
 * Each group's highest minute of a window.
 * @param rows view of the rows, as they were ingested where they are kept so
 * @param windowed view of the rows of the window (`window.ts`)
 */
export async function readPeaks(
  database: Database,
  rows: string,
  windowed: string,
  { from, to, ownedOnly }: PeakOptions,
): Promise<TrafficPeak[]> {
  if (ownedOnly && (await database.rows("FROM owners LIMIT 1")).length === 0) return [];
  await database.run(observersQuery(windowed));
  const found = await database.rows(peaksQuery(rows, ownedOnly), { from, to });
  return found.map((row) => ({ group: String(row.name), perSecond: Number(row.per_second) }));
}
