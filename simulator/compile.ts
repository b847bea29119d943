import type { Domain, Instance, Link, Topology } from "../graph/types.js";
import { thresholdOf } from "./coins.js";
import { assertConsistent } from "./consistency.js";
import { assertDistinct, hashIds, type Identities, mixPair, PAIR } from "./hashes.js";

/**
 * A topology as flat arrays, everything sorted by id in code-unit order, so that nothing depends on how it was listed.
 * `xStart` arrays have one entry more than there are owners: those of owner i are xStart[i] … xStart[i + 1] − 1.
 * Only plain objects and typed arrays: it passes to a worker thread as it is.
 */
export interface CompiledTopology {
  readonly instanceIds: readonly string[];
  readonly serviceIds: readonly string[];
  readonly serviceOf: Int32Array;
  /** Criticality in whole multiples of `criticalityUnit`, so that sums are exact in any order. */
  readonly criticality: Float64Array;
  readonly criticalityUnit: number;
  readonly capacity: Float64Array;

  readonly replicaStart: Int32Array;
  readonly replicas: Int32Array;
  /** NaN where the service has no capacity rule. */
  readonly load: Float64Array;
  readonly reserved: Float64Array;
  readonly collapseThreshold: Float64Array;
  readonly utilisationLimit: number;
  readonly serviceIdentities: Identities;

  /** Dependencies by the service depended on, then by client. */
  readonly dependencyStart: Int32Array;
  readonly client: Int32Array;
  readonly needsThreshold: Float64Array;
  readonly stickyThreshold: Float64Array;
  readonly dependencyIdentities: Identities;
  /** Replicas with a share above 0, by dependency. */
  readonly candidateStart: Int32Array;
  readonly candidates: Int32Array;
  readonly shares: Float64Array;
  readonly candidateIdentities: Identities;

  /** Hosts and zones with at least one instance on them, by id, then kind. */
  readonly domains: readonly { readonly kind: "host" | "zone"; readonly id: string }[];
  readonly memberStart: Int32Array;
  readonly members: Int32Array;

  /** What can fail by itself: instances, then domains. */
  readonly priors: Float64Array;
  readonly causeIdentities: Identities;
}

/** Seeds of the conditional run and causes of the marginal run are numbered alike: instances, then domains. */
export function seedCount(topology: CompiledTopology): number {
  return topology.instanceIds.length + topology.domains.length;
}

/** An instance's id, or `host/ID`, `zone/ID`. */
export function seedName(topology: CompiledTopology, seed: number): string {
  const id = topology.instanceIds[seed];
  if (id !== undefined) return id;
  const domain = topology.domains[seed - topology.instanceIds.length]!;
  return `${domain.kind}/${domain.id}`;
}

/**
 * @throws InputError where ids dangle, repeat, or a service that is depended on has no replica; values are taken as they
 *   are (probabilities 0…1, shares that sum to 1): reading them is the topology reader's part
 */
export function compile(topology: Topology): CompiledTopology {
  const nodes = [...topology.nodes].sort(byId);
  const services = [...topology.services].sort(byId);
  const instanceIds = nodes.map((node) => node.id);
  const serviceIds = services.map((service) => service.id);
  const instanceIndex = indexOf(instanceIds);
  const serviceIndex = indexOf(serviceIds);
  assertConsistent(topology, instanceIndex, serviceIndex);

  const serviceOf = Int32Array.from(nodes, (node) => serviceIndex.get(node.service)!);
  const [replicaStart, replicas] = group(services.length, serviceOf);
  const instanceIdentities = hashIds("instance", instanceIds);
  const serviceIdentities = hashIds("service", serviceIds);
  const unit = criticalityUnit(nodes);
  const domains = domainsOf(nodes);
  const domainPriors = new Map(topology.domains.map((domain) => [domainKey(domain), domain.prior]));
  const [memberStart, members] = membersOf(domains, nodes);

  const compiled: CompiledTopology = {
    instanceIds,
    serviceIds,
    serviceOf,
    criticality: Float64Array.from(nodes, (node) => Math.round(node.criticality / unit)),
    criticalityUnit: unit,
    capacity: Float64Array.from(nodes, (node) => node.capacity ?? 0),
    replicaStart,
    replicas,
    load: Float64Array.from(services, (service) => service.load ?? Number.NaN),
    reserved: Float64Array.from(services, (service) => service.reserved),
    collapseThreshold: Float64Array.from(services, (service) => thresholdOf(service.collapse)),
    utilisationLimit: topology.graph.utilisationLimit,
    serviceIdentities,
    ...compileDependencies(
      topology.links,
      instanceIndex,
      serviceOf,
      services.length,
      instanceIdentities,
      serviceIdentities,
    ),
    domains,
    memberStart,
    members,
    priors: Float64Array.from([
      ...nodes.map((node) => node.prior),
      ...domains.map((domain) => domainPriors.get(domainKey(domain)) ?? 0),
    ]),
    causeIdentities: concatenate(instanceIdentities, ...domains.map((domain) => hashIds(domain.kind, [domain.id]))),
  };
  assertDistinct(serviceIdentities, (i) => `service ${serviceIds[i]}`);
  assertDistinct(compiled.causeIdentities, (i) => seedName(compiled, i));
  assertDistinct(compiled.dependencyIdentities, (i) => `dependency of ${instanceIds[compiled.client[i]!]}`);
  assertDistinct(compiled.candidateIdentities, (i) => `link into ${instanceIds[compiled.candidates[i]!]}`);
  return compiled;
}

function compileDependencies(
  links: readonly Link[],
  instanceIndex: ReadonlyMap<string, number>,
  serviceOf: Int32Array,
  serviceCount: number,
  instanceIdentities: Identities,
  serviceIdentities: Identities,
) {
  // By position in `links`: as objects, the ends of two million links take more memory than all that is compiled.
  const clientOf = Int32Array.from(links, (link) => instanceIndex.get(link.source)!);
  const replicaOf = Int32Array.from(links, (link) => instanceIndex.get(link.target)!);
  const serviceAt = (link: number) => serviceOf[replicaOf[link]!]!;
  const order = Int32Array.from(links, (_, link) => link).sort(
    (x, y) => serviceAt(x) - serviceAt(y) || clientOf[x]! - clientOf[y]! || replicaOf[x]! - replicaOf[y]!,
  );
  const isAlike = (x: number, y: number) => clientOf[x] === clientOf[y] && serviceAt(x) === serviceAt(y);
  /** One link of each dependency, and the links with a share. */
  const firsts = order.filter((link, i) => i === 0 || !isAlike(link, order[i - 1]!));
  const used = order.filter((link) => links[link]!.share > 0);

  const candidateStart = new Int32Array(firsts.length + 1);
  const dependencyIdentities: Identities = new Uint32Array(2 * firsts.length);
  for (let d = 0, c = 0; d < firsts.length; d++) {
    const first = firsts[d]!;
    while (c < used.length && isAlike(first, used[c]!)) c++;
    candidateStart[d + 1] = c;
    const [client, service] = [clientOf[first]!, serviceAt(first)];
    mixPair(dependencyIdentities, d, PAIR.clientService, instanceIdentities, client, serviceIdentities, service);
  }
  const candidateIdentities: Identities = new Uint32Array(2 * used.length);
  for (const [c, link] of used.entries()) {
    const [client, replica] = [clientOf[link]!, replicaOf[link]!];
    mixPair(candidateIdentities, c, PAIR.clientReplica, instanceIdentities, client, instanceIdentities, replica);
  }
  const [dependencyStart] = group(serviceCount, firsts.map(serviceAt));
  return {
    dependencyStart,
    client: firsts.map((link) => clientOf[link]!),
    needsThreshold: Float64Array.from(firsts, (link) => thresholdOf(links[link]!.coupling)),
    stickyThreshold: Float64Array.from(firsts, (link) =>
      thresholdOf(links[link]!.coupling * (1 - links[link]!.failover)),
    ),
    dependencyIdentities,
    candidateStart,
    candidates: used.map((link) => replicaOf[link]!),
    shares: Float64Array.from(used, (link) => links[link]!.share),
    candidateIdentities,
  };
}

/**
 * The power of two whose multiples criticality is held in: small enough that whole numbers and halves stay exact, large
 * enough that the sum over 64 worlds of everything stays below 2⁵³ multiples.
 */
function criticalityUnit(nodes: readonly Instance[]): number {
  let total = 0;
  for (const node of nodes) total += node.criticality;
  let unit = 2 ** -46;
  while (total >= 2 ** 45 * unit) unit *= 2;
  return unit;
}

function domainsOf(nodes: readonly Instance[]): { kind: "host" | "zone"; id: string }[] {
  const found = new Map<string, { kind: "host" | "zone"; id: string }>();
  for (const node of nodes) {
    for (const kind of ["host", "zone"] as const) {
      const id = node[kind];
      if (id !== undefined) found.set(domainKey({ kind, id }), { kind, id });
    }
  }
  return [...found.values()].sort((x, y) => byId(x, y) || (x.kind < y.kind ? -1 : x.kind > y.kind ? 1 : 0));
}

function domainKey(domain: Pick<Domain, "kind" | "id">): string {
  return `${domain.kind}/${domain.id}`;
}

function byId(x: { readonly id: string }, y: { readonly id: string }): number {
  return x.id < y.id ? -1 : x.id > y.id ? 1 : 0;
}

function indexOf(ids: readonly string[]): Map<string, number> {
  return new Map(ids.map((id, index) => [id, index]));
}

/** Items by owner, in item order: [starts, items]. */
function group(owners: number, ownerOf: Int32Array): [Int32Array, Int32Array] {
  const start = new Int32Array(owners + 1);
  for (const owner of ownerOf) start[owner + 1]! += 1;
  for (let i = 0; i < owners; i++) start[i + 1]! += start[i]!;
  const next = start.slice();
  const items = new Int32Array(ownerOf.length);
  for (const [item, owner] of ownerOf.entries()) items[next[owner]!++] = item;
  return [start, items];
}

function membersOf(
  domains: readonly Pick<Domain, "kind" | "id">[],
  nodes: readonly Instance[],
): [Int32Array, Int32Array] {
  const lists = new Map<string, number[]>(domains.map((domain) => [domainKey(domain), []]));
  for (const [i, node] of nodes.entries()) {
    if (node.host !== undefined) lists.get(domainKey({ kind: "host", id: node.host }))?.push(i);
    if (node.zone !== undefined) lists.get(domainKey({ kind: "zone", id: node.zone }))?.push(i);
  }
  const start = new Int32Array(domains.length + 1);
  for (const [i, list] of [...lists.values()].entries()) start[i + 1] = start[i]! + list.length;
  return [start, Int32Array.from([...lists.values()].flat())];
}

function concatenate(...parts: readonly Identities[]): Identities {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
