import type { Database } from "./parquet.js";
import type { TrafficFailover } from "./traffic.js";

/**
 * A replica failed a client in an interval when it answered nothing that the client tried. The client got over it when
 * another replica of the group answered it in the same interval. Groups of which the client tried one server only, a
 * virtual address among them, tell nothing.
 */
const failoversQuery = (rows: string) => `
  WITH tries AS (
    SELECT client, service, rows.server, start // $interval AS bucket,
      sum(CASE WHEN outcome = 'accepted' THEN greatest(tried - coalesce(failed, 0), 0) ELSE 0 END) AS answered,
      sum(CASE WHEN outcome = 'accepted' THEN coalesce(failed, 0) ELSE tried END) AS refused
    FROM (SELECT *, coalesce(requests, connections) AS tried FROM ${rows}) rows
    JOIN owners ON owners.server = rows.server
    WHERE client IS NOT NULL AND "end" > $from AND start < $to
    GROUP BY client, service, rows.server, bucket
  ), intervals AS (
    SELECT client, service, bucket, bool_or(answered = 0 AND refused > 0) AS failed, bool_or(answered > 0) AS answered
    FROM tries GROUP BY client, service, bucket
  ), choices AS (
    SELECT client, service FROM tries GROUP BY client, service HAVING count(DISTINCT server) > 1
  )
  SELECT client, service, count(*)::DOUBLE AS trials, count(*) FILTER (answered)::DOUBLE AS survived
  FROM intervals JOIN choices USING (client, service) WHERE failed GROUP BY client, service`;

/**
 * How often each client got on when a replica failed it. Groups are those of table `owners(server, service)`.
 * @param rows view of the interval snapshots
 */
export async function readFailovers(
  database: Database,
  rows: string,
  window: { readonly from: number; readonly to: number; readonly interval: number },
): Promise<TrafficFailover[]> {
  const { from, to, interval } = window;
  const found = await database.rows(failoversQuery(rows), { from, to, interval });
  return found.map((row) => ({
    client: String(row.client),
    group: String(row.service),
    trials: Number(row.trials),
    survived: Number(row.survived),
  }));
}
