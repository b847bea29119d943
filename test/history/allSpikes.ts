import type { Flow } from "../../history/traffic.js";

/** A bucket of an edge, named by its client, and what its amounts are multiplied by. */
export interface Damped {
  readonly edge: string;
  readonly bucket: number;
  readonly amount: number;
  readonly bytes: number;
}

/** The spikes of edges of different clients, by a search of every bucket of every edge. */
export function findAllSpikes(rows: readonly Partial<Flow>[], interval: number): Damped[] {
  const edges = new Map<string, Map<number, { amount: number; bytes: number }>>();
  for (const { client = "a", start = 0, requests = null, connections = 1, bytes = 0 } of rows) {
    const edge = edges.get(client ?? "") ?? new Map();
    const bucket = Math.floor(start / interval);
    const { amount: amounts, bytes: all } = edge.get(bucket) ?? { amount: 0, bytes: 0 };
    edge.set(bucket, { amount: amounts + (requests ?? connections), bytes: all + bytes });
    edges.set(client ?? "", edge);
  }
  return [...edges].flatMap(([edge, found]) => {
    if (found.size < 20) return [];
    const capOf = (unit: "amount" | "bytes") => 3 * percentile95([...found.values()].map((b) => b[unit]));
    const [amountCap, bytesCap] = [capOf("amount"), capOf("bytes")];
    return [...found].flatMap(([bucket, { amount, bytes }]) =>
      amount > amountCap || bytes > bytesCap
        ? [{ edge, bucket, amount: Math.min(1, amountCap / amount), bytes: Math.min(1, bytesCap / bytes) }]
        : [],
    );
  });
}

/** Of the values above 0, interpolated; infinite where there are none. */
function percentile95(values: readonly number[]): number {
  const sorted = values.filter((v) => v > 0).sort((a, b) => a - b);
  const at = 0.95 * (sorted.length - 1);
  const [low = Number.POSITIVE_INFINITY, high = low] = sorted.slice(Math.floor(at));
  return low + (at % 1) * (high - low);
}
