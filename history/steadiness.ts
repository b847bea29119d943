import { numberOrNull, textOrNull } from "./edges.js";
import type { Database, ResultRow } from "./parquet.js";
import type { TrafficCounts, TrafficEdge } from "./traffic.js";

/** Days, counted back from the window's end, on which an edge must have been seen to be steady. */
const leastDays = 3;

/** An edge that comes back day by day, with what it carried since it was first seen in the memory. */
export interface SteadyEdge {
  readonly client: string | null;
  readonly server: string | null;
  readonly source: string;
  /** Days since it was first seen, the last one not full; 1 or more. */
  readonly days: number;
  readonly requests: number | null;
  readonly connections: number;
  readonly bytes: number;
  readonly failed: number | null;
  /** Unix seconds. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

const steadyQuery = (rows: string) => `
  WITH seen AS (
    SELECT client, server, server_port, source, observer, greatest(($to - "end")::BIGINT, 0) // 86400 AS day,
      sum(requests / sampling) AS requests, sum(connections / sampling) AS connections, sum(bytes / sampling) AS bytes,
      sum(failed / sampling) AS failed, min(start) AS first, max("end") AS last
    FROM ${rows} WHERE outcome = 'accepted' AND "end" > $from AND start < $to
    GROUP BY client, server, server_port, source, observer, day
  ), once AS (
    SELECT client, server, server_port, source, day, max(requests) AS requests, max(connections) AS connections,
      max(bytes) AS bytes, max(failed) AS failed, min(first) AS first, max(last) AS last
    FROM seen GROUP BY client, server, server_port, source, day
  )
  SELECT client, server, source, max(day) + 1 AS days, sum(requests ORDER BY day, server_port) AS requests,
    sum(connections ORDER BY day, server_port) AS connections, sum(bytes ORDER BY day, server_port) AS bytes,
    sum(failed ORDER BY day, server_port) AS failed, min(first) AS first, max(last) AS last
  FROM once GROUP BY client, server, source
  HAVING count(DISTINCT day) >= ${leastDays} AND 2 * count(DISTINCT day) >= max(day) + 1 AND min(day) <= 1`;

/**
 * Edges that come back day by day: seen on three days or more, counted back from `to`, on at least half of the days since
 * the first, and on one of the last two. So a nightly job is one, and what was switched off two days ago is none.
 * @param rows view of the interval snapshots
 */
export async function readSteadyEdges(
  database: Database,
  rows: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<SteadyEdge[]> {
  const [range] = await database.rows(`SELECT min(start)::DOUBLE AS first FROM ${rows}`);
  const first = Math.max(from, Number(range?.first ?? to));
  if (to - first <= (leastDays - 1) * 86_400) return [];
  return (await database.rows(steadyQuery(rows), { from, to })).map(toSteadyEdge);
}

function toSteadyEdge(row: ResultRow): SteadyEdge {
  return {
    client: textOrNull(row.client),
    server: textOrNull(row.server),
    source: String(row.source),
    days: Number(row.days),
    requests: numberOrNull(row.requests),
    connections: Number(row.connections),
    bytes: Number(row.bytes),
    failed: numberOrNull(row.failed),
    firstSeen: Number(row.first),
    lastSeen: Number(row.last),
  };
}

/**
 * Holds steady edges above a floor: a part of what the edge would weigh if it carried its mean rate all the time. An edge
 * that the window does not see comes back with its floor.
 * @param floor 0…1
 * @param window seconds
 * @param halfLife seconds
 */
export function holdSteady(
  edges: readonly TrafficEdge[],
  steady: readonly SteadyEdge[],
  { floor, window, halfLife }: { readonly floor: number; readonly window: number; readonly halfLife: number },
): TrafficEdge[] {
  const weighed = (halfLife / Math.LN2) * -Math.expm1((-Math.LN2 * window) / halfLife);
  const held = new Map(edges.map((e) => [keyOf(e), e]));
  for (const edge of steady) {
    const factor = (floor * weighed) / (edge.days * 86_400);
    held.set(keyOf(edge), raise(held.get(keyOf(edge)), edge, factor));
  }
  return [...held.values()];
}

const keyOf = (e: { client: string | null; server: string | null; source: string }) =>
  JSON.stringify([e.client, e.server, e.source]);

function raise(edge: TrafficEdge | undefined, steady: SteadyEdge, factor: number): TrafficEdge {
  const { client, server, source, firstSeen, lastSeen } = steady;
  const least = {
    requests: steady.requests === null ? null : steady.requests * factor,
    connections: steady.connections * factor,
    bytes: steady.bytes * factor,
  };
  const failed = steady.failed === null ? null : steady.failed * factor;
  const seen: TrafficCounts = { ...least, requests: least.requests ?? 0 };
  const none: TrafficCounts = { requests: 0, connections: 0, bytes: 0 };
  if (edge === undefined) {
    return { client, server, source, ...least, failed, seen, variance: none, firstSeen, lastSeen, steady: true };
  }
  const lift = (amount: number, floor: number, of: number) => (amount < floor ? of + floor - amount : of);
  return {
    ...edge,
    requests: edge.requests === null ? null : Math.max(edge.requests, least.requests ?? 0),
    connections: Math.max(edge.connections, least.connections),
    bytes: Math.max(edge.bytes, least.bytes),
    seen: {
      requests: lift(edge.requests ?? 0, least.requests ?? 0, edge.seen.requests),
      connections: lift(edge.connections, least.connections, edge.seen.connections),
      bytes: lift(edge.bytes, least.bytes, edge.seen.bytes),
    },
    firstSeen: Math.min(edge.firstSeen, firstSeen),
    steady: true,
  };
}
