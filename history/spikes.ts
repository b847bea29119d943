import type { Database } from "./parquet.js";
import { withUnevenBuckets } from "./unevenBuckets.js";
import { observedEdge } from "./window.js";

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
 * @param rows view of the rows of the window (`window.ts`)
 * @param interval seconds of a bucket
 * @returns the name of a table `(edge, bucket, amount_factor, bytes_factor)`, undefined where there are none
 */
export async function findSpikes(database: Database, rows: string, interval: number): Promise<string | undefined> {
  await database.run(
    `CREATE TABLE damped AS
     WITH observed AS NOT MATERIALIZED (
       SELECT is_snapshot, ${observedEdge} AS edge, start // $interval AS bucket,
         coalesce(requests, connections) AS amount, bytes
       FROM ${rows}
     ), amounts AS MATERIALIZED (
       SELECT edge, bucket, amount, bytes FROM observed WHERE is_snapshot
       UNION ALL
       SELECT edge, bucket, sum(amount), sum(bytes) FROM observed WHERE NOT is_snapshot GROUP BY edge, bucket
     ), ${withUnevenBuckets("buckets", "amounts", { leastBuckets, spikeFactor })},
     caps AS (
       SELECT edge, ${capOf("amount")} AS amount_cap, ${capOf("bytes")} AS bytes_cap FROM buckets GROUP BY edge
     )
     SELECT edge, bucket,
       least(1, coalesce(amount_cap / nullif(amount, 0), 1)) AS amount_factor,
       least(1, coalesce(bytes_cap / nullif(bytes, 0), 1)) AS bytes_factor
     FROM buckets JOIN caps USING (edge) WHERE amount > amount_cap OR bytes > bytes_cap`,
    { interval },
  );
  const [found] = await database.rows("SELECT count(*)::DOUBLE AS spikes FROM damped");
  return Number(found?.spikes) > 0 ? "damped" : undefined;
}
