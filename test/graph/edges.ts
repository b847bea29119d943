import type { TrafficEdge } from "../../history/traffic.js";

/** An edge of a window of an hour, everything looked at, but for `amounts`. */
export function edgeOf(client: string | null, server: string | null, amounts: Partial<TrafficEdge> = {}): TrafficEdge {
  const { requests = null, connections = 0, bytes = 0 } = amounts;
  return {
    client,
    server,
    source: "vpc-flow-logs",
    requests,
    connections,
    bytes,
    failed: null,
    seen: { requests: requests ?? 0, connections, bytes },
    variance: { requests: 0, connections: 0, bytes: 0 },
    firstSeen: 0,
    lastSeen: 60,
    steady: false,
    ...amounts,
  };
}
