import type { TrafficEdge } from "../history/traffic.js";
import type { Endpoints, Part } from "./endpoints.js";
import { compareText } from "./order.js";
import { addVolume, scaleVolume, type Volume } from "./volume.js";

/** What one instance sends to the replicas of one service. */
export interface Dependency {
  readonly client: string;
  readonly service: string;
  /** Replica → volume. Never the client itself. */
  readonly servers: ReadonlyMap<string, Volume>;
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
  const serviceOf = new Map(instances.map((i) => [i.id, i.service]));
  const servers = new Map<string, Map<string, Map<string, Volume>>>();
  const inbound = new Map<string, Volume>();
  const external = new Map<string, Volume>();
  const unknownServers = new Set<string>();

  for (const edge of [...edges].sort(compareEdges)) {
    const from = partsOf(edge.client, parts);
    const to = partsOf(edge.server, parts);
    if (to === null) {
      if (from !== null && edge.server !== null) unknownServers.add(edge.server);
      continue;
    }
    for (const { instance: server, part } of to) {
      const service = serviceOf.get(server) ?? server;
      const received = scaleVolume(edge, part);
      if (from === null) {
        external.set(service, addVolume(external.get(service), received));
        inbound.set(server, addVolume(inbound.get(server), received));
      }
      for (const { instance: client, part: sent } of from ?? []) {
        if (client === server) continue;
        const volume = scaleVolume(received, sent);
        inbound.set(server, addVolume(inbound.get(server), volume));
        const ofClient = entry(servers, client, () => new Map<string, Map<string, Volume>>());
        const ofService = entry(ofClient, service, () => new Map<string, Volume>());
        ofService.set(server, addVolume(ofService.get(server), volume));
      }
    }
  }
  const dependencies = [...servers].flatMap(([client, services]) =>
    [...services].map(([service, volumes]) => ({ client, service, servers: volumes })),
  );
  return {
    dependencies: dependencies.sort((a, b) => compareText(a.client, b.client) || compareText(a.service, b.service)),
    inbound,
    external,
    unknownServers: [...unknownServers].sort(compareText),
  };
}

function partsOf(endpoint: string | null, parts: Endpoints["parts"]): readonly Part[] | null {
  return endpoint === null ? null : (parts.get(endpoint) ?? null);
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
    (a.requests ?? -1) - (b.requests ?? -1) ||
    a.connections - b.connections ||
    a.bytes - b.bytes
  );
}
