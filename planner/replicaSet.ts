import { compareText } from "../graph/order.js";
import { type Place, replicasOf } from "../graph/replicas.js";
import type { Link, Topology } from "../graph/types.js";

export { type Place, replicasOf, withReplica } from "../graph/replicas.js";

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

function removalOrder(a: string, b: string, service: string): number {
  return addedNumber(b, service) - addedNumber(a, service) || compareText(b, a);
}

/** The n of `<service>+n`, or 0 for an instance that no plan added. */
export function addedNumber(id: string, service: string): number {
  if (!id.startsWith(`${service}+`)) return 0;
  const n = Number(id.slice(service.length + 1));
  return Number.isSafeInteger(n) && n > 0 ? n : 0;
}
