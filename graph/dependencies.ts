import type { TrafficEdge } from "../history/traffic.js";
import type { Endpoints, Part } from "./endpoints.js";
import { type FusedPair, fuseSources, type PairVolume } from "./fusion.js";
import { compareText, sortBy } from "./order.js";
import { addVolume, amountIn, commonUnit, scaleVolume, type Volume } from "./volume.js";

/** What one instance sends to the replicas of one service. */
export interface Dependency {
  readonly client: string;
  readonly service: string;
  /** Replica → volume, all sources together. Never the client itself. */
  readonly servers: ReadonlyMap<string, Volume>;
  /** What each source saw of it, sorted by source. */
  readonly sources: readonly DependencySource[];
}

/** What one source saw of a dependency. */
export interface DependencySource {
  readonly source: string;
  readonly volume: Volume;
  /** Unix seconds. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Whether its traffic comes back day by day, so that it does not decay below a floor. */
  readonly steady: boolean;
}

/** The traffic of a window laid onto instances. */
export interface Flows {
  readonly dependencies: readonly Dependency[];
  /** Instance → all that came into it, from inside and outside, but for what it sent itself. */
  readonly inbound: ReadonlyMap<string, Volume>;
  /** Service → what came into it from outside. */
  readonly external: ReadonlyMap<string, Volume>;
  /** Sorted: what instances connected to and no one knows. */
  readonly unknownServers: readonly string[];
}

/** Lays traffic between endpoints onto the instances that they stand for. Sums run in one order, whatever that of the rows. */
export function layFlows(edges: readonly TrafficEdge[], { instances, parts }: Endpoints): Flows {
  const services = new Map(instances.map((i) => [i.id, i.service]));
  const serviceOf = (instance: string) => services.get(instance) ?? instance;
  const unknownServers = new Set<string>();
  const laid = new Map<string, Map<string, LaidPair>>();
  const seen = new Map<string, Map<string, DependencySource>>();

  for (const edge of [...edges].sort(compareEdges)) {
    const from = edge.client === null ? null : (parts.get(edge.client) ?? null);
    const to = edge.server === null ? null : (parts.get(edge.server) ?? null);
    if (to === null) {
      if (from !== null && edge.server !== null) unknownServers.add(edge.server);
      continue;
    }
    const pairs = entry(laid, edge.source, () => new Map());
    for (const { client, server, volume, direct } of spread(edge, from, to)) {
      if (client === server) continue;
      layPair(pairs, client, server, volume, direct);
      if (client === null) continue;
      const ofDependency = entry(seen, JSON.stringify([client, serviceOf(server)]), () => new Map());
      ofDependency.set(edge.source, joinSource(ofDependency.get(edge.source), edge, volume));
    }
  }
  const sources = [...laid].map(([source, pairs]) => ({ source, pairs: [...pairs.values()].map(toPairVolume) }));
  const pairs = fuseSources(sources, serviceOf);
  return {
    dependencies: gatherDependencies(pairs, serviceOf, seen),
    inbound: gatherInbound(pairs),
    external: gatherExternal(pairs, serviceOf),
    unknownServers: [...unknownServers].sort(compareText),
  };
}

interface LaidPair extends Omit<PairVolume, "direct"> {
  readonly directVolume: Volume | undefined;
}

function* spread(edge: TrafficEdge, from: readonly Part[] | null, to: readonly Part[]) {
  const direct = (from === null || from.length === 1) && to.length === 1;
  for (const { instance: server, part } of to) {
    const received = scaleVolume(edge, part);
    if (from === null) yield { client: null, server, volume: received, direct };
    for (const { instance: client, part: sent } of from ?? []) {
      yield { client, server, volume: scaleVolume(received, sent), direct };
    }
  }
}

function layPair(
  pairs: Map<string, LaidPair>,
  client: string | null,
  server: string,
  volume: Volume,
  direct: boolean,
): void {
  const key = JSON.stringify([client, server]);
  const known = pairs.get(key);
  const directVolume = direct ? addVolume(known?.directVolume, volume) : known?.directVolume;
  pairs.set(key, { client, server, volume: addVolume(known?.volume, volume), directVolume });
}

function toPairVolume({ client, server, volume, directVolume }: LaidPair): PairVolume {
  const unit = commonUnit([volume]);
  const all = amountIn(volume, unit);
  return { client, server, volume, direct: directVolume && all > 0 ? amountIn(directVolume, unit) / all : 0 };
}

function joinSource(known: DependencySource | undefined, edge: TrafficEdge, volume: Volume): DependencySource {
  return {
    source: edge.source,
    volume: addVolume(known?.volume, volume),
    firstSeen: Math.min(known?.firstSeen ?? edge.firstSeen, edge.firstSeen),
    lastSeen: Math.max(known?.lastSeen ?? edge.lastSeen, edge.lastSeen),
    steady: edge.steady || (known?.steady ?? false),
  };
}

function gatherDependencies(
  pairs: readonly PairVolume[],
  serviceOf: (instance: string) => string,
  seen: ReadonlyMap<string, ReadonlyMap<string, DependencySource>>,
): Dependency[] {
  const found = new Map<string, { client: string; service: string; servers: Map<string, Volume> }>();
  for (const { client, server, volume } of pairs) {
    if (client === null) continue;
    const service = serviceOf(server);
    const key = JSON.stringify([client, service]);
    entry(found, key, () => ({ client, service, servers: new Map() })).servers.set(server, volume);
  }
  const dependencies = [...found].map(([key, dependency]) => ({
    ...dependency,
    sources: sortBy(seen.get(key)?.values() ?? [], (s) => s.source),
  }));
  return dependencies.sort((a, b) => compareText(a.client, b.client) || compareText(a.service, b.service));
}

/**
 * Everything that came into each instance. Where some of it has requests, what only sources without any saw (a flow log
 * beside traces sees health checks too) counts none, and does not make them unknown.
 */
function gatherInbound(pairs: readonly FusedPair[]): Map<string, Volume> {
  const counted = new Set(pairs.flatMap((p) => (p.volume.requests === null ? [] : [p.server])));
  const inbound = new Map<string, Volume>();
  for (const { server, volume, counting } of pairs) {
    const known = counting || !counted.has(server) ? volume : { ...volume, requests: 0 };
    inbound.set(server, addVolume(inbound.get(server), known));
  }
  return inbound;
}

function gatherExternal(pairs: readonly PairVolume[], serviceOf: (instance: string) => string): Map<string, Volume> {
  const external = new Map<string, Volume>();
  for (const { client, server, volume } of pairs) {
    if (client === null) external.set(serviceOf(server), addVolume(external.get(serviceOf(server)), volume));
  }
  return external;
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

function compareEdges(a: TrafficEdge, b: TrafficEdge): number {
  return (
    compareText(a.client ?? "", b.client ?? "") ||
    compareText(a.server ?? "", b.server ?? "") ||
    compareText(a.source, b.source) ||
    (a.requests ?? -1) - (b.requests ?? -1) ||
    a.connections - b.connections ||
    a.bytes - b.bytes
  );
}
