import { groupBy } from "./groups.js";
import { compareText, sortBy } from "./order.js";
import {
  amountIn,
  type Counts,
  commonUnit,
  noVolume,
  scaleVolume,
  sumVolumes,
  type Volume,
  type VolumeUnit,
} from "./volume.js";

/** Volume from one instance, or from outside (`client` is null), into one replica. */
export interface PairVolume {
  readonly client: string | null;
  readonly server: string;
  readonly volume: Volume;
  /** Part of the volume, 0…1, whose two ends each were one instance, and none that stands for several. */
  readonly direct: number;
}

/** What one source saw. */
export interface SourceVolumes {
  readonly source: string;
  readonly pairs: readonly PairVolume[];
}

export interface FusedPair extends PairVolume {
  /** Whether a source that counts requests, here or elsewhere, saw it. */
  readonly counting: boolean;
}

const units = ["requests", "connections", "bytes"] as const;

/**
 * Fuses what several sources saw, so that traffic that they all saw counts once. Of each service into each other, and in
 * each unit, the source that saw most gives the total; the source that knows the ends best says how it is split
 * over the instances. One source alone is returned as it is.
 * @param serviceOf service of an instance
 * @returns sorted by client, then server; outside first
 */
export function fuseSources(sources: readonly SourceVolumes[], serviceOf: (instance: string) => string): FusedPair[] {
  const counting = new Set(
    sources.filter(({ pairs }) => pairs.some((p) => p.volume.requests !== null)).map(({ source }) => source),
  );
  const servicesOf = ({ client, server }: PairVolume) =>
    JSON.stringify([client === null ? null : serviceOf(client), serviceOf(server)]);
  const parts = sortBy(sources, (s) => s.source).flatMap(({ source, pairs }) =>
    [...groupBy(pairs, servicesOf)].map(([services, pairs]) => ({ services, source, pairs })),
  );
  const fused = [...groupBy(parts, (p) => p.services).values()].flatMap((seen): FusedPair[] => {
    const counted = seen.some(({ source }) => counting.has(source));
    const pairs = seen.length === 1 ? (seen[0]?.pairs ?? []) : fuseGroup(seen);
    return pairs.map((pair) => ({ ...pair, counting: counted }));
  });
  return fused.sort((a, b) => compareText(a.client ?? "", b.client ?? "") || compareText(a.server, b.server));
}

function fuseGroup(seen: readonly SourceVolumes[]): PairVolume[] {
  const totals = seen.map(({ pairs }) => sumVolumes(pairs.map((p) => p.volume)));
  const exactness = seen.map(({ pairs }, i) => directPart(pairs, totals[i]));
  const split = indexOfMost(exactness);
  const pairs = seen[split]?.pairs ?? [];
  const unit = commonUnit(pairs.map((p) => p.volume));
  const total = amountIn(totals[split] ?? noVolume, unit);
  const most = new Map(units.map((u) => [u, indexOfMost(totals.map((t) => (t[u] === null ? -1 : amountIn(t, u))))]));
  return pairs.map((pair) => {
    const part = total > 0 ? amountIn(pair.volume, unit) / total : 1 / pairs.length;
    const from = (u: VolumeUnit): Volume => {
      const best = most.get(u) ?? split;
      return best === split ? pair.volume : scaleVolume(totals[best] ?? noVolume, part);
    };
    return { ...pair, volume: assemble(from("requests"), from("connections"), from("bytes")) };
  });
}

/** A volume that takes each unit from another. Failures belong to requests where these are counted. */
function assemble(requests: Volume, connections: Volume, bytes: Volume): Volume {
  const counts = (field: "seen" | "variance"): Counts => ({
    requests: requests[field].requests,
    connections: connections[field].connections,
    bytes: bytes[field].bytes,
  });
  return {
    requests: requests.requests,
    connections: connections.connections,
    bytes: bytes.bytes,
    failed: requests.requests === null ? connections.failed : requests.failed,
    seen: counts("seen"),
    variance: counts("variance"),
  };
}

function directPart(pairs: readonly PairVolume[], total: Volume | undefined): number {
  const unit = commonUnit(pairs.map((p) => p.volume));
  const all = amountIn(total ?? noVolume, unit);
  return all > 0 ? pairs.reduce((sum, p) => sum + amountIn(p.volume, unit) * p.direct, 0) / all : 0;
}

/** Index of the largest value, the first of equals. */
function indexOfMost(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? i : best), 0);
}
