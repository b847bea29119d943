import type { Database } from "./parquet.js";

/** Buckets with traffic from which on an edge has a usual amount. */
const leastBuckets = 20;

/** A bucket counts at most this many times the edge's 95th percentile. */
const spikeFactor = 3;

const capOf = (unit: string) => `${spikeFactor} * quantile_cont(nullif(${unit}, 0), 0.95)`;

/**
 * Finds the spikes of a window: buckets in which an edge carried more than three times the 95th percentile of its
 * buckets with traffic. Each is to count as that much and no more (winsorising: Tukey, Annals of Mathematical Statistics
 * 33, 1962), so that one burst does not shape shares and couplings for hours. A rise that lasts
 * longer than a twentieth of the buckets is no spike.
 * @param rows view of the interval snapshots
 * @returns the name of a table `(client, server, server_port, source, observer, bucket, amount_factor, bytes_factor)`,
 *   undefined where there are none
 */
export async function findSpikes(
  database: Database,
  rows: string,
  { from, to, interval }: { readonly from: number; readonly to: number; readonly interval: number },
): Promise<string | undefined> {
  await database.run(
    `CREATE TABLE damped AS
     WITH buckets AS (
       SELECT client, server, server_port, source, observer, start // $interval AS bucket,
         sum(coalesce(requests, connections)) AS amount, sum(bytes) AS bytes
       FROM ${rows} WHERE outcome = 'accepted' AND "end" > $from AND start < $to
       GROUP BY client, server, server_port, source, observer, bucket
     ), caps AS (
       SELECT client, server, server_port, source, observer, ${capOf("amount")} AS amount_cap, ${capOf("bytes")} AS bytes_cap
       FROM buckets GROUP BY client, server, server_port, source, observer HAVING count(*) >= ${leastBuckets}
     )
     SELECT b.client, b.server, b.server_port, b.source, b.observer, bucket,
       least(1, coalesce(amount_cap / nullif(amount, 0), 1)) AS amount_factor,
       least(1, coalesce(bytes_cap / nullif(b.bytes, 0), 1)) AS bytes_factor
     FROM buckets b JOIN caps c ON c.client IS NOT DISTINCT FROM b.client AND c.server IS NOT DISTINCT FROM b.server
       AND c.server_port IS NOT DISTINCT FROM b.server_port AND c.source = b.source AND c.observer = b.observer
     WHERE amount > amount_cap OR b.bytes > bytes_cap`,
    { from, to, interval },
  );
  const [found] = await database.rows("SELECT count(*)::DOUBLE AS spikes FROM damped");
  return Number(found?.spikes) > 0 ? "damped" : undefined;
}
