import { sortBy } from "./order.js";
import type { Instance, Link, Topology } from "./types.js";

/** Where a new replica stands; empty where the topology knows neither hosts nor zones. */
export interface Place {
  readonly host?: string;
  readonly zone?: string;
}

/** The replicas of a service, by id. */
export function replicasOf(topology: Topology, service: string): Instance[] {
  return sortBy(
    topology.nodes.filter((n) => n.service === service),
    (n) => n.id,
  );
}

/**
 * Adds one replica of `service` at `place`: id `<service>+1`, `+2`… (the first that is free), with tier, criticality,
 * capacity and outgoing links of the replica with the smallest id, and the median prior of all.
 *
 * A client of the service keeps its old shares, all scaled by the one factor k/(k+1), and sends 1/(k+1) to the new one,
 * k being the replicas it could use so far: so a world's client moves to the new replica or stays where it was.
 * @throws RangeError when the service has no replica to copy.
 */
export function withReplica(topology: Topology, service: string, place: Place): Topology {
  const replicas = replicasOf(topology, service);
  const model = replicas[0];
  if (!model) throw new RangeError(`service ${service} has no replica to copy`);
  const id = freeId(topology, service);
  const { host: _host, zone: _zone, ...rest } = model;
  const added: Instance = { ...rest, ...place, id, prior: medianPrior(replicas) };

  const links = topology.links.map((link) => ({ ...link }));
  for (const link of topology.links) if (link.source === model.id) links.push({ ...link, source: id });
  const ids = new Set(replicas.map((r) => r.id));
  const own = topology.links.find((l) => l.source === model.id && ids.has(l.target));
  if (own) links.push(...towards(links, id, model.id, own, replicas.length));

  const clients = new Map<string, Link>();
  for (const link of topology.links) if (ids.has(link.target)) clients.set(link.source, link);
  for (const [client, link] of clients) {
    const reachable = replicas.length - (ids.has(client) ? 1 : 0);
    links.push(...towards(links, client, id, link, reachable + 1));
  }
  return { ...topology, nodes: [...topology.nodes, added], links };

  /** Makes room for a share of 1/`parts` from `source` to `target`, scaling what `source` sends to the service now. */
  function towards(all: Link[], source: string, target: string, like: Link, parts: number): Link[] {
    for (let i = 0; i < all.length; i++) {
      const link = all[i];
      if (link && link.source === source && ids.has(link.target)) {
        all[i] = { ...link, share: (link.share * (parts - 1)) / parts };
      }
    }
    return [{ source, target, share: 1 / parts, coupling: like.coupling, failover: like.failover }];
  }
}

function freeId(topology: Topology, service: string): string {
  const taken = new Set(topology.nodes.map((n) => n.id));
  let n = 1;
  while (taken.has(`${service}+${n}`)) n++;
  return `${service}+${n}`;
}

/** Of an even number the higher of the two in the middle: a new replica is not assumed to be better than half. */
function medianPrior(replicas: readonly Instance[]): number {
  const priors = replicas.map((r) => r.prior).sort((a, b) => a - b);
  return priors[Math.floor(priors.length / 2)] ?? 0;
}
