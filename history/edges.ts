import type { Database, ResultRow } from "./parquet.js";
import type { TrafficCounts, TrafficEdge } from "./traffic.js";
import { observedEdge, type Window } from "./window.js";

/**
 * Edges of a window, decayed to its end in one GROUP BY: weights are 2^(-age / halfLife), age being the time from the row's
 * end to the window's. An observer's view of an edge is summed per server port; of what several observers of one source saw of
 * it, the largest counts. Amounts are scaled up by their rows' sampling (Horvitz and Thompson, JASA 47, 1952).
 * @param rows view of the rows of the window (`window.ts`)
 * @param damped table of the buckets whose amounts are damped (`spikes.ts`), if any
 */
export async function readEdges(
  database: Database,
  rows: string,
  damped: string | undefined,
  window: Window,
): Promise<TrafficEdge[]> {
  const [least] = await database.rows(`SELECT min(sampling) AS sampling FROM ${rows}`);
  const sampled = Number(least?.sampling ?? 1) < 1;
  const { from, to, halfLife, interval } = window;
  const parameters = { from, to, halfLife, ...(damped === undefined ? {} : { interval }) };
  return (await database.rows(edgesQuery(rows, damped, sampled), parameters)).map(toEdge);
}

const units = ["requests", "connections", "bytes"] as const;

/** Weight of each unit: decay, and damping where there is any. */
const weights = {
  requests: "weight * amount_factor",
  connections: "weight * amount_factor",
  bytes: "weight * bytes_factor",
};

/** Counts that stand behind an amount; bytes come in as many pieces as the row has requests or connections. */
const squares = {
  requests: "requests",
  connections: "connections",
  bytes: "bytes * bytes / greatest(coalesce(requests, connections), 1)",
};

function edgesQuery(rows: string, damped: string | undefined, sampled: boolean): string {
  const scale = sampled ? " / sampling" : "";
  const unseen = "(1 - sampling) / (sampling * sampling)";
  const sums = units.flatMap((u) => [
    `sum(${u} * ${weights[u]}${scale}) AS ${u}`,
    ...(sampled
      ? [
          `sum(${u} * ${weights[u]}) AS ${u}_seen`,
          `sum(${squares[u]} * pow(${weights[u]}, 2) * ${unseen}) AS ${u}_variance`,
        ]
      : []),
  ]);
  const largest = units.flatMap((u) => [
    `max(${u}) AS ${u}`,
    ...(sampled ? [`arg_max(${u}_seen, ${u}) AS ${u}_seen`, `arg_max(${u}_variance, ${u}) AS ${u}_variance`] : []),
  ]);
  const names = units.flatMap((u) => [u, ...(sampled ? [`${u}_seen`, `${u}_variance`] : [])]);
  const factors =
    damped === undefined
      ? "1 AS amount_factor, 1 AS bytes_factor"
      : "coalesce(d.amount_factor, 1) AS amount_factor, coalesce(d.bytes_factor, 1) AS bytes_factor";
  const join =
    damped === undefined ? "" : `LEFT JOIN ${damped} d ON d.edge = ${observedEdge} AND d.bucket = f.start // $interval`;
  return `
    WITH weighed AS (
      SELECT f.*, ${factors}, pow(2, -greatest($to - f."end"::DOUBLE, 0) / $halfLife) AS weight
      FROM ${rows} f ${join}
    ), seen AS (
      SELECT client, server, server_port, source, observer, ${sums.join(", ")},
        sum(failed * ${weights.requests}${scale}) AS failed, min(start) AS first, max("end") AS last
      FROM weighed GROUP BY client, server, server_port, source, observer
    ), once AS (
      SELECT client, server, server_port, source, ${largest.join(", ")},
        max(failed) AS failed, min(first) AS first, max(last) AS last
      FROM seen GROUP BY client, server, server_port, source
    )
    SELECT client, server, source, ${names.map((n) => `sum(${n} ORDER BY server_port) AS ${n}`).join(", ")},
      sum(failed ORDER BY server_port) AS failed,
      greatest(min(first)::DOUBLE, $from) AS first, least(max(last)::DOUBLE, $to) AS last
    FROM once GROUP BY client, server, source`;
}

function toEdge(row: ResultRow): TrafficEdge {
  const amounts = {
    requests: numberOrNull(row.requests),
    connections: Number(row.connections),
    bytes: Number(row.bytes),
  };
  const counts = (suffix: string): TrafficCounts => ({
    requests: Number(row[`requests_${suffix}`] ?? 0),
    connections: Number(row[`connections_${suffix}`] ?? 0),
    bytes: Number(row[`bytes_${suffix}`] ?? 0),
  });
  return {
    client: textOrNull(row.client),
    server: textOrNull(row.server),
    source: String(row.source),
    ...amounts,
    failed: numberOrNull(row.failed),
    seen: "requests_seen" in row ? counts("seen") : { ...amounts, requests: amounts.requests ?? 0 },
    variance: counts("variance"),
    firstSeen: Number(row.first),
    lastSeen: Number(row.last),
    steady: false,
  };
}

export const textOrNull = (value: unknown) => (value === null || value === undefined ? null : String(value));
export const numberOrNull = (value: unknown) => (value === null || value === undefined ? null : Number(value));
