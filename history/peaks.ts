import { inWindow } from "./edges.js";
import type { Database } from "./parquet.js";
import type { TrafficPeak } from "./traffic.js";

/**
 * A row longer than a minute is spread evenly over the minutes from its start; only minutes of the window count. What
 * several observers saw counts once, and of several sources the one that saw most.
 */
const peaksQuery = (rows: string) => `
  WITH spread AS (
    SELECT client, server, server_port, source, observer, coalesce(requests, connections) / sampling AS served,
      greatest(1, ceil(("end" - start) / 60.0))::INTEGER AS minutes, start // 60 AS first
    FROM ${rows} WHERE ${inWindow} AND server IS NOT NULL
  ), seen AS (
    SELECT client, server, server_port, source, observer, minute, sum(served / minutes) AS served
    FROM (SELECT *, first + unnest(range(minutes)) AS minute FROM spread)
    WHERE minute * 60 < $to AND minute * 60 + 60 > $from
    GROUP BY client, server, server_port, source, observer, minute
  ), once AS (
    SELECT client, server, server_port, source, minute, max(served) AS served
    FROM seen GROUP BY client, server, server_port, source, minute
  ), grouped AS (
    SELECT coalesce(service, once.server) AS name, source, minute,
      sum(served ORDER BY once.server, client, server_port) AS served
    FROM once LEFT JOIN owners ON owners.server = once.server GROUP BY name, source, minute
  )
  SELECT name, max(served) / 60 AS per_second FROM grouped GROUP BY name`;

/** Each group's highest minute of a window. Groups are those of table `owners(server, service)`. */
export async function readPeaks(
  database: Database,
  rows: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<TrafficPeak[]> {
  const found = await database.rows(peaksQuery(rows), { from, to });
  return found.map((row) => ({ group: String(row.name), perSecond: Number(row.per_second) }));
}
