import { compareText, sortBy } from "../graph/order.js";
import type { Instance, Link, Topology } from "../graph/types.js";

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

/**
 * Removes one replica: of those that a plan added the last, else the one with the highest id. What its clients sent
 * to it goes to the others in proportion; a client that used no other spreads evenly.
 * @throws RangeError when it is the last replica, which a topology cannot lack.
 */
export function withoutReplica(topology: Topology, service: string): Topology {
  const replicas = replicasOf(topology, service);
  const removed = [...replicas].sort((a, b) => removalOrder(a.id, b.id, service))[0];
  if (!removed || replicas.length < 2) throw new RangeError(`service ${service} has no replica to spare`);
  const others = replicas.filter((r) => r.id !== removed.id).map((r) => r.id);
  const lost = new Map<string, Link>();
  for (const link of topology.links) {
    if (link.target === removed.id && link.source !== removed.id) lost.set(link.source, link);
  }
  const kept = new Map<string, Map<string, Link>>();
  const links: Link[] = [];
  for (const link of topology.links) {
    if (link.source === removed.id || link.target === removed.id) continue;
    if (lost.has(link.source) && others.includes(link.target)) {
      const of = kept.get(link.source) ?? new Map<string, Link>();
      kept.set(link.source, of.set(link.target, link));
    } else {
      links.push(link);
    }
  }
  for (const [client, gone] of lost) {
    const left = kept.get(client) ?? new Map<string, Link>();
    const sum = [...left.values()].reduce((total, link) => total + link.share, 0);
    const targets = others.filter((id) => id !== client);
    for (const target of targets) {
      const share = left.get(target)?.share;
      if (sum > 0 && share === undefined) continue;
      links.push({ ...gone, target, share: sum > 0 ? (share ?? 0) / sum : 1 / targets.length });
    }
  }
  return { ...topology, nodes: topology.nodes.filter((n) => n.id !== removed.id), links };
}

/** The same topology with one instance at another place. */
export function withInstanceAt(topology: Topology, instance: string, place: Place): Topology {
  return {
    ...topology,
    nodes: topology.nodes.map((node) => {
      if (node.id !== instance) return node;
      const { host: _host, zone: _zone, ...rest } = node;
      return { ...rest, ...place };
    }),
  };
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

function removalOrder(a: string, b: string, service: string): number {
  return addedNumber(b, service) - addedNumber(a, service) || compareText(b, a);
}

/** The n of `<service>+n`, or 0 for an instance that no plan added. */
export function addedNumber(id: string, service: string): number {
  if (!id.startsWith(`${service}+`)) return 0;
  const n = Number(id.slice(service.length + 1));
  return Number.isSafeInteger(n) && n > 0 ? n : 0;
}
