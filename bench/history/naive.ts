import type { ResultRow } from "../../history/parquet.js";

export interface NaiveEdge {
  readonly client: string;
  readonly server: string;
  connections: number;
  bytes: number;
}

/**
 * The decayed graph as one would write it first: objects and Maps, one pass over the rows. The same amounts and the same
 * de-duplication over observers as the history's.
 */
export function decayNaively(rows: readonly ResultRow[], from: number, to: number, halfLife: number): NaiveEdge[] {
  const seen = new Map<string, NaiveEdge & { key: string }>();
  for (const row of rows) {
    const start = Number(row.start);
    const end = Number(row.end);
    if (row.outcome !== "accepted" || end <= from || start >= to) continue;
    const weight = 2 ** (-Math.max(to - end, 0) / halfLife);
    const key = `${row.client} ${row.server} ${row.server_port}`;
    const observed = `${key} ${row.observer}`;
    const edge = seen.get(observed);
    if (edge === undefined) {
      seen.set(observed, {
        key,
        client: String(row.client),
        server: String(row.server),
        connections: Number(row.connections) * weight,
        bytes: Number(row.bytes) * weight,
      });
    } else {
      edge.connections += Number(row.connections) * weight;
      edge.bytes += Number(row.bytes) * weight;
    }
  }
  const edges = new Map<string, NaiveEdge>();
  for (const { key, client, server, connections, bytes } of seen.values()) {
    const edge = edges.get(key);
    if (edge === undefined) edges.set(key, { client, server, connections, bytes });
    else {
      edge.connections = Math.max(edge.connections, connections);
      edge.bytes = Math.max(edge.bytes, bytes);
    }
  }
  return [...edges.values()];
}
