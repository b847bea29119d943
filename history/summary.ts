/** Seconds of one row of a summary, where not told otherwise. */
export const usualInterval = 300;

const hour = 3600;

/** Whether hours are made of whole intervals, as a window of summaries needs (`window.ts`). Seconds. */
export const dividesHour = (interval: number): boolean =>
  Number.isInteger(interval) && interval > 0 && hour % interval === 0;

/**
 * SQL of a summary of `rows`: the same columns, one row for each interval and for all that tells rows apart. A row
 * belongs to the interval that it starts in, with its whole amount; the latest end stays, so that the ages of traffic
 * are at most an interval off. Amounts are sums, null where no row of the group knew them. A summary of summaries is the
 * summary of all their rows: late traffic is one more row in its own interval.
 * @param rows a table, view or function with the columns of the history
 * @param interval seconds; divides an hour
 */
export const summaryOf = (rows: string, interval: number): string => `
  SELECT (start // ${interval} * ${interval})::UINTEGER AS start, max("end") AS "end", client, server, server_port, protocol,
    sum(requests) AS requests, sum(connections) AS connections, sum(bytes) AS bytes, sum(failed) AS failed,
    sampling, observer, outcome, source
  FROM ${rows}
  GROUP BY ALL`;

/** SQL over rows: whether their amounts add up to the same in any order, being whole and far below 2^53 together. */
export const sumsAreExact: string = ["requests", "connections", "bytes", "failed"]
  .map((amount) => `coalesce(bool_and(${amount} = trunc(${amount})) AND sum(${amount}) < 2::DOUBLE ** 52, true)`)
  .join(" AND ");
