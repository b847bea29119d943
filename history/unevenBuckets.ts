/** What makes the amount of a bucket a spike (`spikes.ts`). */
export interface SpikeRule {
  /** Buckets from which on an edge has a usual amount. */
  readonly leastBuckets: number;
  /** Times the 95th percentile of an edge's buckets that a spike is above. */
  readonly spikeFactor: number;
}

/** Buckets of a span, as many as a UBIGINT has bits. */
const spanBuckets = 64;

/**
 * SQL of the buckets of edges that may have spikes, as common table expressions of which the last is `name`, with the columns
 * of `amounts`. No edge with a spike is missing, and few without one are there, so that the percentile, which is dear, is of few.
 *
 * Of n buckets at most t = ⌈(n − 1) / 20⌉ are above the 95th percentile. Where the largest, m, is over k times that, the
 * other n − t are below m / k, and all squares sum to less than m² (t + (n − t) / k²). Buckets without traffic only raise
 * that limit.
 *
 * A GROUP BY of every bucket is dear too. Where every row of an edge has a bucket of its own, as in one summary, rows are
 * buckets. That is looked at span by span: then there are as many rows as bits that stand for buckets. Only the rows of
 * other spans (late ones, or of several addresses with one holder) are summed by bucket.
 * @param amounts name of a table expression `(edge, bucket, amount, bytes)`; amounts are 0 or more, or null
 */
export function withUnevenBuckets(name: string, amounts: string, { leastBuckets, spikeFactor }: SpikeRule): string {
  const span = `bucket // ${spanBuckets}`;
  const bit = `1::UBIGINT << (bucket % ${spanBuckets})::UBIGINT`;
  const most = (of: string) => `max(${of}_most) AS ${of}_most, sum(${of}_squares) AS ${of}_squares`;
  // The margin is for rounding: of the sums here, and of the percentile.
  const isUneven = (of: string) =>
    `${of}_most > 0 AND ${of}_squares <= (1 + 1e-9) * pow(${of}_most, 2) * (above + (buckets - above) / pow(${spikeFactor}, 2))`;
  return `
    spans AS MATERIALIZED (
      SELECT edge, ${span} AS span, count(*) AS buckets, bit_count(bit_or(${bit})) < count(*) AS crowded,
        max(amount) AS amount_most, sum(amount * amount) AS amount_squares,
        max(bytes) AS bytes_most, sum(bytes * bytes) AS bytes_squares
      FROM ${amounts} GROUP BY edge, span
    ), crowded AS (
      SELECT edge, span FROM spans WHERE crowded
    ), summed AS MATERIALIZED (
      SELECT edge, bucket, sum(amount) AS amount, sum(bytes) AS bytes
      FROM ${amounts} WHERE (edge, ${span}) IN (FROM crowded) GROUP BY edge, bucket
    ), unevenness AS (
      SELECT edge, sum(buckets) AS buckets, ceil((sum(buckets) - 1) / 20) AS above, ${most("amount")}, ${most("bytes")}
      FROM (
        SELECT edge, buckets, amount_most, amount_squares, bytes_most, bytes_squares FROM spans WHERE NOT crowded
        UNION ALL
        SELECT edge, 1, amount, amount * amount, bytes, bytes * bytes FROM summed
      ) GROUP BY edge
    ), uneven AS MATERIALIZED (
      SELECT edge FROM unevenness
      WHERE buckets >= ${leastBuckets} AND (${isUneven("amount")} OR ${isUneven("bytes")})
    ), ${name} AS MATERIALIZED (
      SELECT edge, bucket, amount, bytes FROM ${amounts}
      WHERE edge IN (FROM uneven) AND (edge, ${span}) NOT IN (FROM crowded)
      UNION ALL
      SELECT edge, bucket, amount, bytes FROM summed WHERE edge IN (FROM uneven)
    )`;
}
