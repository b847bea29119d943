import { InputError, type Problem, show } from "../input/problems.js";
import { readCatalog } from "./catalog.js";
import { withFlows } from "./flows.js";
import { filesOfKind } from "./liveFile.js";
import type { Database, ResultRow } from "./parquet.js";
import { type Place, storageOf } from "./storage/place.js";
import type { Traffic, TrafficEdge, TrafficPeak } from "./traffic.js";

export interface TrafficQuery {
  /** Unix seconds, inclusive. */
  readonly from: number;
  /** Unix seconds, exclusive. Weights are as of this time. */
  readonly to: number;
  /** Seconds after which traffic weighs half. */
  readonly halfLife: number;
  /** Address or name of a server to its service, for the peaks. */
  readonly owners: ReadonlyMap<string, string>;
}

/** Rows that were accepted and overlap the window. Files are pruned before; this is the exact test. */
const inWindow = `outcome = 'accepted' AND "end" > $from AND start < $to`;

/**
 * An observer's view of an edge is summed per server port; of what several observers saw of it, the largest counts.
 * Weights are 2^(-age / halfLife), age being the time from the row's end to the window's.
 */
const edgesQuery = `
  WITH weighed AS (
    SELECT *, pow(2, -greatest($to - "end"::DOUBLE, 0) / $halfLife) AS weight FROM flows WHERE ${inWindow}
  ), seen AS (
    SELECT client, server, server_port, observer,
      sum(requests * weight) AS requests, sum(connections * weight) AS connections, sum(bytes * weight) AS bytes,
      min(start) AS first, max("end") AS last, count(*) AS rows
    FROM weighed GROUP BY client, server, server_port, observer
  ), once AS (
    SELECT client, server, server_port, max(requests) AS requests, max(connections) AS connections,
      max(bytes) AS bytes, min(first) AS first, max(last) AS last, sum(rows) AS rows
    FROM seen GROUP BY client, server, server_port
  )
  SELECT client, server, sum(requests ORDER BY server_port) AS requests,
    sum(connections ORDER BY server_port) AS connections, sum(bytes ORDER BY server_port) AS bytes,
    greatest(min(first)::DOUBLE, $from) AS first, least(max(last)::DOUBLE, $to) AS last, sum(rows)::DOUBLE AS rows
  FROM once GROUP BY client, server`;

/** A row longer than a minute is spread evenly over the minutes from its start; only minutes of the window count. */
const peaksQuery = `
  WITH spread AS (
    SELECT client, server, server_port, observer, coalesce(requests, connections) AS served,
      greatest(1, ceil(("end" - start) / 60.0))::INTEGER AS minutes, start // 60 AS first
    FROM flows WHERE ${inWindow} AND server IS NOT NULL
  ), seen AS (
    SELECT client, server, server_port, observer, minute, sum(served / minutes) AS served
    FROM (SELECT *, first + unnest(range(minutes)) AS minute FROM spread)
    WHERE minute * 60 < $to AND minute * 60 + 60 > $from
    GROUP BY client, server, server_port, observer, minute
  ), once AS (
    SELECT client, server, server_port, minute, max(served) AS served
    FROM seen GROUP BY client, server, server_port, minute
  ), grouped AS (
    SELECT coalesce(service, once.server) AS name, minute, sum(served ORDER BY once.server, client, server_port) AS served
    FROM once LEFT JOIN owners ON owners.server = once.server GROUP BY name, minute
  )
  SELECT name, max(served) / 60 AS per_second FROM grouped GROUP BY name`;

/**
 * Traffic of a window of the history: edges decayed to the window's end, and each group's highest minute.
 * Rejected connections are no traffic. A row that is partly in the window counts with its whole amount.
 * @throws InputError where the history is missing, empty or damaged
 */
export async function readTraffic(history: Place, query: TrafficQuery): Promise<Traffic> {
  const storage = storageOf(history);
  checkQuery(storage.name, query);
  const { from, to, halfLife } = query;
  const [edgeRows = [], peakRows = []] = await withFlows(storage, { from, to, kind: "raw" }, (database) =>
    queryFlows(database, query),
  );
  const edges = edgeRows.map(
    (row): TrafficEdge => ({
      client: textOrNull(row.client),
      server: textOrNull(row.server),
      requests: row.requests === null ? null : Number(row.requests),
      connections: Number(row.connections),
      bytes: Number(row.bytes),
      firstSeen: Number(row.first),
      lastSeen: Number(row.last),
    }),
  );
  const peaks = peakRows.map((row): TrafficPeak => ({ group: String(row.name), perSecond: Number(row.per_second) }));
  return {
    window: { from, to },
    halfLife,
    rows: edgeRows.reduce((sum, row) => sum + Number(row.rows), 0),
    edges: edges.sort((a, b) => byText(a.client, b.client) || byText(a.server, b.server)),
    peaks: peaks.sort((a, b) => byText(a.group, b.group)),
  };
}

/** Unix seconds from the first start to the last end of everything in the history, and its rows; null where it holds none. */
export async function historyRange(history: Place): Promise<{ from: number; to: number; rows: number } | null> {
  const files = filesOfKind((await readCatalog(storageOf(history))).files, "raw");
  if (files.length === 0) return null;
  return {
    from: files.reduce((least, f) => Math.min(least, f.from), Number.POSITIVE_INFINITY),
    to: files.reduce((most, f) => Math.max(most, f.to), 0),
    rows: files.reduce((sum, f) => sum + f.rows, 0),
  };
}

async function queryFlows(database: Database, query: TrafficQuery): Promise<ResultRow[][]> {
  await database.run("CREATE TABLE owners (server VARCHAR NOT NULL, service VARCHAR NOT NULL)");
  const owners = await database.appender("owners");
  for (const owner of query.owners) owners.append(owner);
  owners.close();
  const { from, to, halfLife } = query;
  return [await database.rows(edgesQuery, { from, to, halfLife }), await database.rows(peaksQuery, { from, to })];
}

function checkQuery(history: string, { from, to, halfLife }: TrafficQuery): void {
  const problems: Problem[] = [];
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) {
    problems.push({ place: "window", message: `from ${show(from)} to ${show(to)}: expected a start before its end` });
  }
  if (!(Number.isFinite(halfLife) && halfLife > 0)) {
    problems.push({ place: "halfLife", message: `${show(halfLife)}: expected seconds above 0` });
  }
  if (problems.length > 0) throw new InputError(history, problems);
}

const textOrNull = (value: unknown) => (value === null || value === undefined ? null : String(value));

/** Code-unit order, null ("outside") first. */
function byText(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
