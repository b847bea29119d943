import type { Instance, Link, Service, Topology } from "../../graph/types.js";

/** A seeded generator (mulberry32) for tests only. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A small topology with what is hard: domains, clients of their own service, ties of load and capacity, reservations,
 * collapse below 1, failover, priors and couplings of 0 and 1, unequal shares.
 */
export function randomTopology(seed: number, largest = 5): Topology {
  const random = generator(seed);
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const serviceCount = 2 + Math.floor(random() * 2);
  const size = Math.max(serviceCount, 3 + Math.floor(random() * (largest - 2)));
  const services: Service[] = Array.from({ length: serviceCount }, (_, s) => ({
    id: `s${s}`,
    ...(random() < 0.6 ? { load: pick(0, 10, 20, 25) } : {}),
    reserved: pick(0, 0, 5),
    collapse: pick(1, 1, 0.5, 0),
  }));
  const nodes: Instance[] = Array.from({ length: size }, (_, i) => ({
    id: `i${i}`,
    service: `s${i < serviceCount ? i : Math.floor(random() * serviceCount)}`,
    criticality: pick(1, 2, 0.5),
    ...(random() < 0.5 ? { host: pick("h0", "h1") } : {}),
    ...(random() < 0.3 ? { zone: "z0" } : {}),
    capacity: pick(10, 10, 20),
    prior: pick(0, 0.1, 0.3, 0.02, random() < 0.1 ? 1 : 0.05),
  }));
  const links: Link[] = [];
  let left = 4;
  for (const node of nodes) {
    for (const service of services) {
      if (left === 0 || random() > 0.45) continue;
      const targets = nodes.filter((n) => n.service === service.id && n.id !== node.id);
      if (targets.length === 0) continue;
      left -= 1;
      const coupling = pick(0, 1, 0.5, 0.8, 0.3);
      const failover = pick(0, 1, 0.5, 0.9);
      const weights = targets.map(() => pick(1, 1, 2, 3));
      const sum = weights.reduce((x, y) => x + y, 0);
      for (const [t, target] of targets.entries()) {
        links.push({ source: node.id, target: target.id, share: weights[t]! / sum, coupling, failover });
      }
    }
  }
  return {
    directed: true,
    graph: { utilisationLimit: pick(1, 1, 0.8) },
    services,
    domains: [
      { kind: "host", id: "h0", prior: pick(0, 0.1, 0.05) },
      { kind: "zone", id: "z0", prior: pick(0, 0.2) },
    ],
    nodes,
    links,
  };
}

/** One dependency as the tests' own evaluator sees it. */
export interface Dependency {
  readonly client: string;
  readonly service: string;
  readonly links: readonly Link[];
}

export function dependenciesOf(topology: Topology): Dependency[] {
  const service = new Map(topology.nodes.map((n) => [n.id, n.service]));
  const found = new Map<string, { client: string; service: string; links: Link[] }>();
  for (const link of topology.links) {
    const key = `${link.source} ${service.get(link.target)}`;
    const dependency = found.get(key) ?? { client: link.source, service: service.get(link.target)!, links: [] };
    dependency.links.push(link);
    found.set(key, dependency);
  }
  return [...found.values()];
}

/** What the coins of one world say: by dependency whether it is needed, and the replica it is stuck to, if any. */
export interface Coins {
  readonly needs: readonly boolean[];
  readonly stuckTo: readonly (string | undefined)[];
  readonly collapses: ReadonlyMap<string, boolean>;
}

/** The rules as DESIGN words them, applied until nothing changes: slow, and written apart from the simulator. */
export function naiveFixpoint(
  topology: Topology,
  dependencies: readonly Dependency[],
  coins: Coins,
  seeds: Iterable<string>,
): Set<string> {
  const failed = new Set(seeds);
  const replicas = new Map(
    topology.services.map((s) => [
      s.id,
      topology.nodes.filter((n) => n.service === s.id).sort((a, b) => (a.id < b.id ? -1 : 1)),
    ]),
  );
  for (let before = -1; before < failed.size; ) {
    before = failed.size;
    for (const [d, { client, service }] of dependencies.entries()) {
      if (!coins.needs[d]) continue;
      const stuck = coins.stuckTo[d];
      if (stuck !== undefined && failed.has(stuck)) failed.add(client);
      if (replicas.get(service)!.every((n) => failed.has(n.id))) failed.add(client);
    }
    for (const service of topology.services) {
      const all = replicas.get(service.id)!;
      if (service.load === undefined || !coins.collapses.get(service.id) || !all.some((n) => failed.has(n.id)))
        continue;
      const capacity = all.filter((n) => !failed.has(n.id)).reduce((sum, n) => sum + (n.capacity ?? 0), 0);
      const limit = topology.graph.utilisationLimit * (capacity + service.reserved);
      if (service.load > limit + 1e-9 * Math.max(1, service.load)) for (const n of all) failed.add(n.id);
    }
  }
  return failed;
}
