import type { Instance, Link, Service, Topology } from "../graph/types.js";
import { randomNumbers } from "./random.js";

type Range = readonly [low: number, high: number];

interface RegimeRanges {
  readonly coupling: Range;
  readonly failover: Range;
  /** Load of a service as part of the capacity of its replicas. */
  readonly utilisation: Range;
  /** A plain independent cascade: one replica a service, no capacity rule. */
  readonly plain: boolean;
}

const regimes = {
  mild: { coupling: [0.2, 0.6], failover: [0.9, 1], utilisation: [0.2, 0.6], plain: false },
  moderate: { coupling: [0.3, 0.8], failover: [0.8, 0.98], utilisation: [0.3, 0.7], plain: false },
  severe: { coupling: [0.4, 0.95], failover: [0.3, 0.9], utilisation: [0.4, 0.82], plain: false },
  ic: { coupling: [0.05, 0.15], failover: [1, 1], utilisation: [0.1, 0.2], plain: true },
  ichi: { coupling: [0.2, 0.5], failover: [1, 1], utilisation: [0.1, 0.2], plain: true },
} as const satisfies Record<string, RegimeRanges>;

/** How hard failures spread: three with every rule, and two plain independent cascades (`ichi` couples harder). */
export type Regime = keyof typeof regimes;

/** Every regime, the plain cascades last. */
export const regimeNames = Object.keys(regimes) as readonly Regime[];

interface Dependency {
  readonly client: number;
  readonly service: number;
  readonly coupling: number;
  readonly failover: number;
}

/** Part of the dependencies that go to any service, so that there are cycles; the others go to a deeper one. */
const ANYWHERE = 0.03;
/** The last services have too few below them to choose from: they go anywhere. */
const DEEPEST = 7;
const MOST_DEPENDENCIES = 60;

/**
 * A layered system as microservices tend to be: 3–5 replicas a service (one in `ic` and `ichi`), six dependencies a
 * client on average with a heavy tail (Pareto), popularity of services after Zipf, 97 % of dependencies on deeper layers.
 * A tenth of the services have no capacity rule. The same arguments give the same graph: the order of the random draws
 * is part of it, and figures that were measured before hold for no other.
 *
 * @param instances 1 or more
 * @param options.prior gives every instance this prior, 0…1, instead of one of its own in 0.002…0.018
 */
export function generateGraph(instances: number, regime: Regime, options: { readonly prior?: number } = {}): Topology {
  const random = randomNumbers(12345 + instances);
  const ranges: RegimeRanges = regimes[regime];
  const starts = drawReplicas(instances, ranges, random);
  const dependencies = drawDependencies(starts, ranges, random);
  const links = dependencies.flatMap((dependency) => drawLinks(dependency, starts, random));
  const nodes = drawNodes(starts, options.prior, random);
  const services = drawServices(starts, nodes, ranges, random);
  return { directed: true, graph: { utilisationLimit: 1 }, services, domains: [], nodes, links };
}

function within([low, high]: Range, random: () => number): number {
  return low + random() * (high - low);
}

/** The first instance of each service, and one entry more. */
function drawReplicas(instances: number, { plain }: RegimeRanges, random: () => number): number[] {
  const starts = [0];
  for (let placed = 0; placed < instances; ) {
    placed += Math.min(instances - placed, plain ? 1 : 3 + Math.floor(random() * 3));
    starts.push(placed);
  }
  return starts;
}

/** By the service depended on, then by client. */
function drawDependencies(starts: readonly number[], ranges: RegimeRanges, random: () => number): Dependency[] {
  const services = starts.length - 1;
  const pick = drawPopularity(services, random);
  const servers: number[][] = [];
  for (let client = 0; client < services; client++) {
    const count = Math.min(MOST_DEPENDENCIES, Math.floor(3 / Math.sqrt(1 - random()) + random()), services - 1);
    const chosen = new Set<number>();
    for (let tries = 0; tries < count * 4 && chosen.size < count; tries++) {
      const anywhere = random() < ANYWHERE || client >= services - DEEPEST;
      const server = pick(anywhere ? 0 : client + 1);
      if (server !== client) chosen.add(server);
    }
    servers.push([...chosen]);
  }
  const dependencies: Dependency[] = [];
  for (const [caller, chosen] of servers.entries()) {
    for (const service of chosen) {
      const coupling = within(ranges.coupling, random);
      const failover = within(ranges.failover, random);
      for (let client = starts[caller]!; client < starts[caller + 1]!; client++) {
        dependencies.push({ client, service, coupling, failover });
      }
    }
  }
  return dependencies.sort((x, y) => x.service - y.service || x.client - y.client);
}

/** Picks a service from the given one on, by popularity. */
function drawPopularity(services: number, random: () => number): (from: number) => number {
  const cumulative = new Float64Array(services + 1);
  for (let s = 0; s < services; s++) {
    cumulative[s + 1] = cumulative[s]! + 1 / (1 + Math.floor(random() * services)) ** 0.8;
  }
  return (from) => {
    const sought = cumulative[from]! + random() * (cumulative[services]! - cumulative[from]!);
    let low = from;
    let high = services - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle + 1]! < sought) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function drawLinks(dependency: Dependency, starts: readonly number[], random: () => number): Link[] {
  const { client, service, coupling, failover } = dependency;
  const first = starts[service]!;
  const weights = Array.from({ length: starts[service + 1]! - first }, () => 0.5 + random());
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight, r) => ({
    source: `i${client}`,
    target: `i${first + r}`,
    share: weight / total,
    coupling,
    failover,
  }));
}

function drawNodes(starts: readonly number[], prior: number | undefined, random: () => number): Instance[] {
  const nodes: Instance[] = [];
  for (let service = 0; service + 1 < starts.length; service++) {
    for (let instance = starts[service]!; instance < starts[service + 1]!; instance++) {
      const capacity = 80 + Math.floor(random() * 41);
      const own = 0.002 + random() * 0.016;
      nodes.push({
        id: `i${instance}`,
        service: `s${service}`,
        tier: "t",
        criticality: 1,
        capacity,
        prior: prior ?? own,
      });
    }
  }
  return nodes;
}

function drawServices(
  starts: readonly number[],
  nodes: readonly Instance[],
  ranges: RegimeRanges,
  random: () => number,
): Service[] {
  return starts.slice(1).map((end, service) => {
    const total = nodes.slice(starts[service]!, end).reduce((sum, node) => sum + (node.capacity ?? 0), 0);
    const utilisation = within(ranges.utilisation, random);
    const unlimited = random() < 0.1 || ranges.plain;
    const collapse = 0.5 + 0.5 * random();
    const id = `s${service}`;
    return unlimited
      ? { id, reserved: 0, collapse: 1 }
      : { id, load: Math.ceil(utilisation * total), reserved: 0, collapse };
  });
}
