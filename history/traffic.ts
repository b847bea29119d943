/** One canonical row of the history: one client, one server, one short time. Every format is read into this. */
export interface Flow {
  /** Unix seconds; `end` is exclusive and greater than `start`. */
  readonly start: number;
  readonly end: number;
  /** Address or name of who opened the connection; null where only "outside" is known. */
  readonly client: string | null;
  /** Address or name of who was connected to; null where only "outside" is known. */
  readonly server: string | null;
  readonly serverPort: number | null;
  /** IANA protocol number. */
  readonly protocol: number | null;
  /** Requests, where the source counts requests; null where it sees only connections. */
  readonly requests: number | null;
  /** Connections seen in this row from the client's side; 0 on a row that carries only the answers. */
  readonly connections: number;
  readonly bytes: number;
  /** Requests (where none are counted: connections) that failed; null where the source does not tell. */
  readonly failed: number | null;
  /** Part of the traffic that its source looks at, 0 (excluded) to 1. The amounts above are as seen, not scaled up. */
  readonly sampling: number;
  /** Format that it was read by, for example `vpc-flow-logs`. */
  readonly source: string;
  /** Who saw it (a network interface, a reporter): what two observers saw of one connection is counted once. */
  readonly observer: string;
  readonly outcome: "accepted" | "rejected";
}

/** Amounts in each unit. */
export interface TrafficCounts {
  readonly requests: number;
  readonly connections: number;
  readonly bytes: number;
}

/**
 * Traffic of one client into one server over a window, as one source saw it, decayed to the window's end and scaled up
 * to what the source did not look at.
 */
export interface TrafficEdge {
  readonly client: string | null;
  readonly server: string | null;
  /** Format that it was read by. */
  readonly source: string;
  /** Decayed requests; null where no row of the edge counted requests. */
  readonly requests: number | null;
  /** Decayed connections. */
  readonly connections: number;
  /** Decayed bytes, both ways. */
  readonly bytes: number;
  /** Decayed requests (where none are counted: connections) that failed; null where no row of the edge told. */
  readonly failed: number | null;
  /** What was seen itself, decayed, not scaled up. */
  readonly seen: TrafficCounts;
  /** Variance that sampling leaves in the amounts; 0 where everything was looked at. */
  readonly variance: TrafficCounts;
  /** Unix seconds. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Whether it comes back day by day, so that it is held above a floor (`steadiness.ts`). */
  readonly steady: boolean;
}

/** Highest minute of traffic into a group of servers. */
export interface TrafficPeak {
  /** A service, or the server itself where no group was given for it. */
  readonly group: string;
  /** Requests per second where counted, else connections per second. */
  readonly perSecond: number;
}

/** How often a client got on when a replica of a group failed it (`failovers.ts`). */
export interface TrafficFailover {
  /** Address or name. */
  readonly client: string;
  /** A service. */
  readonly group: string;
  /** Intervals in which at least one replica failed every attempt of the client. */
  readonly trials: number;
  /** Those of them in which another replica answered it. */
  readonly survived: number;
}

/** What the graph is built from. Rows are sorted by client, then server. */
export interface Traffic {
  /** Unix seconds, from inclusive, to exclusive. */
  readonly window: { readonly from: number; readonly to: number };
  readonly halfLife: number;
  /** Rows of the history that fell into the window. */
  readonly rows: number;
  readonly edges: readonly TrafficEdge[];
  readonly peaks: readonly TrafficPeak[];
  /** Sorted by client, then group. */
  readonly failovers: readonly TrafficFailover[];
}
