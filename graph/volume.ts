/** How much went one way over the window, decayed to its end, scaled up to what was not sampled. */
export interface Volume {
  /** Null where a part of it was seen by a source that counts no requests. */
  readonly requests: number | null;
  readonly connections: number;
  readonly bytes: number;
  /** Requests, or connections where none are counted, that failed; null where a source does not tell. */
  readonly failed: number | null;
  /** What was seen itself, in each unit. */
  readonly seen: Counts;
  /** Variance that sampling leaves in each unit. */
  readonly variance: Counts;
}

export interface Counts {
  readonly requests: number;
  readonly connections: number;
  readonly bytes: number;
}

/** What a volume is counted in, best first. */
export type VolumeUnit = "requests" | "bytes" | "connections";

export function addVolume(a: Volume | undefined, b: Volume): Volume {
  if (a === undefined) return b;
  return {
    requests: addKnown(a.requests, b.requests),
    connections: a.connections + b.connections,
    bytes: a.bytes + b.bytes,
    failed: addKnown(a.failed, b.failed),
    seen: addCounts(a.seen, b.seen),
    variance: addCounts(a.variance, b.variance),
  };
}

const zero: Counts = { requests: 0, connections: 0, bytes: 0 };

/** What nobody sent, and nobody counted. */
export const noVolume: Volume = {
  requests: null,
  connections: 0,
  bytes: 0,
  failed: null,
  seen: zero,
  variance: zero,
};

export function sumVolumes(volumes: Iterable<Volume>): Volume {
  let sum: Volume | undefined;
  for (const volume of volumes) sum = addVolume(sum, volume);
  return sum ?? noVolume;
}

export function scaleVolume(volume: Volume, factor: number): Volume {
  const { requests, connections, bytes, failed, seen, variance } = volume;
  return {
    requests: requests === null ? null : requests * factor,
    connections: connections * factor,
    bytes: bytes * factor,
    failed: failed === null ? null : failed * factor,
    seen: scaleCounts(seen, factor),
    variance: scaleCounts(variance, factor * factor),
  };
}

const addKnown = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);

function addCounts(a: Counts, b: Counts): Counts {
  return { requests: a.requests + b.requests, connections: a.connections + b.connections, bytes: a.bytes + b.bytes };
}

function scaleCounts({ requests, connections, bytes }: Counts, factor: number): Counts {
  return { requests: requests * factor, connections: connections * factor, bytes: bytes * factor };
}

/** The best unit in which all of `volumes` can be compared: requests where each has them, else bytes, else connections. */
export function commonUnit(volumes: readonly Volume[]): VolumeUnit {
  if (volumes.every((v) => v.requests !== null) && volumes.some((v) => v.requests !== 0)) return "requests";
  return volumes.some((v) => v.bytes > 0) ? "bytes" : "connections";
}

export function amountIn(volume: Pick<Volume, VolumeUnit>, unit: VolumeUnit): number {
  return volume[unit] ?? 0;
}
