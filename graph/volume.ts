/** How much went one way over the window, decayed to its end. */
export interface Volume {
  /** Null where a part of it was seen by a source that counts no requests. */
  readonly requests: number | null;
  readonly connections: number;
  readonly bytes: number;
}

/** What a volume is counted in, best first. */
export type VolumeUnit = "requests" | "bytes" | "connections";

export function addVolume(a: Volume | undefined, b: Volume): Volume {
  if (a === undefined) return b;
  return {
    requests: a.requests === null || b.requests === null ? null : a.requests + b.requests,
    connections: a.connections + b.connections,
    bytes: a.bytes + b.bytes,
  };
}

export function scaleVolume({ requests, connections, bytes }: Volume, factor: number): Volume {
  return {
    requests: requests === null ? null : requests * factor,
    connections: connections * factor,
    bytes: bytes * factor,
  };
}

/** The best unit in which all of `volumes` can be compared: requests where each has them, else bytes, else connections. */
export function commonUnit(volumes: readonly Volume[]): VolumeUnit {
  if (volumes.every((v) => v.requests !== null) && volumes.some((v) => v.requests !== 0)) return "requests";
  return volumes.some((v) => v.bytes > 0) ? "bytes" : "connections";
}

export function amountIn(volume: Volume, unit: VolumeUnit): number {
  return volume[unit] ?? 0;
}
