import { sortBy } from "../graph/order.js";
import type { InventoryDomain, Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { type Amounts, less, type Need, needOf } from "./size.js";

/** A host with what is left on it. */
export interface HostRoom extends Pick<InventoryDomain, "labels" | "taints" | "unschedulable"> {
  readonly id: string;
  readonly zone?: string;
  readonly prior: number;
  /** Absent where what it offers is not known. */
  readonly left?: Amounts;
}

/** A zone with what is left in it. */
export interface ZoneRoom {
  readonly prior: number;
  readonly left: Amounts;
}

/** Hosts (by id) and zones, with what their instances leave. */
export interface Occupancy {
  readonly hosts: readonly HostRoom[];
  readonly zones: ReadonlyMap<string, ZoneRoom>;
}

const known = new WeakMap<Ground, WeakMap<Topology, Occupancy>>();

/** What is left where, with the instances of the topology in place; reserved slots are not counted here. */
export function occupancyOf(topology: Topology, ground: Ground): Occupancy {
  const ofGround = known.get(ground) ?? new WeakMap<Topology, Occupancy>();
  known.set(ground, ofGround);
  const found = ofGround.get(topology) ?? count(topology, ground);
  ofGround.set(topology, found);
  return found;
}

interface HostFacts extends Pick<InventoryDomain, "labels" | "taints" | "unschedulable"> {
  zone?: string;
  prior?: number;
  offered?: Amounts;
}

function count(topology: Topology, ground: Ground): Occupancy {
  const hosts = new Map<string, HostFacts>();
  const note = (id: string) => hosts.get(id) ?? hosts.set(id, {}).get(id) ?? {};
  for (const node of topology.nodes) if (node.host !== undefined) note(node.host).zone ??= node.zone;
  for (const domain of topology.domains) if (domain.kind === "host") note(domain.id).prior = domain.prior;
  const zones = zonesOf(topology, ground);
  for (const domain of ground.inventory?.domains ?? []) {
    if (domain.kind !== "host") continue;
    const host = note(domain.id);
    host.zone ??= domain.zone;
    host.prior ??= domain.prior;
    host.offered = offeredBy(domain);
    Object.assign(host, { labels: domain.labels, taints: domain.taints, unschedulable: domain.unschedulable });
  }
  const taken = takenAt(topology, ground, (host) => hosts.get(host)?.zone);
  return {
    hosts: sortBy(hosts, ([id]) => id).map(([id, { prior = 0, offered, ...host }]) => {
      const left = offered && less(offered, taken.hosts.get(id) ?? {});
      return { ...host, id, prior, ...(left && { left }) };
    }),
    zones: new Map(
      [...zones].map(([id, { prior, left }]) => [id, { prior, left: less(left, taken.zones.get(id) ?? {}) }]),
    ),
  };
}

/** Zones that the topology or the inventory name, with their priors and what they offer in all. */
function zonesOf(topology: Topology, { inventory }: Ground): Map<string, ZoneRoom> {
  const zones = new Map<string, ZoneRoom>();
  for (const node of topology.nodes) if (node.zone !== undefined) zones.set(node.zone, { prior: 0, left: {} });
  for (const domain of inventory?.domains ?? []) {
    if (domain.kind === "zone") zones.set(domain.id, { prior: domain.prior ?? 0, left: offeredBy(domain) ?? {} });
    else if (domain.zone !== undefined && !zones.has(domain.zone)) zones.set(domain.zone, { prior: 0, left: {} });
  }
  for (const { kind, id, prior } of topology.domains) {
    if (kind === "zone") zones.set(id, { left: zones.get(id)?.left ?? {}, prior });
  }
  return zones;
}

/** Undefined where neither CPU, memory nor bandwidth is known. */
function offeredBy({ cpu, memory, bandwidth }: InventoryDomain): Amounts | undefined {
  if (cpu === undefined && memory === undefined && bandwidth === undefined) return undefined;
  return {
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(bandwidth !== undefined && { bandwidth }),
  };
}

/**
 * What stands on each host and in each zone: instances without traffic too, and those that move at both of their places,
 * since the old one goes only when the new one serves.
 */
function takenAt(topology: Topology, { inventory, standing }: Ground, zoneOf: (host: string) => string | undefined) {
  const hosts = new Map<string, Need>();
  const zones = new Map<string, Need>();
  const listed = new Map((inventory?.instances ?? []).map((i) => [i.id, i]));
  const add = (to: Map<string, Need>, key: string | undefined, need: Amounts) => {
    if (key === undefined) return;
    const sum = to.get(key) ?? { cpu: 0, memory: 0, bandwidth: 0 };
    to.set(key, {
      cpu: sum.cpu + (need.cpu ?? 0),
      memory: sum.memory + (need.memory ?? 0),
      bandwidth: sum.bandwidth + (need.bandwidth ?? 0),
    });
  };
  const take = (host: string | undefined, zone: string | undefined, need: Amounts) => {
    add(hosts, host, need);
    add(zones, zone ?? (host === undefined ? undefined : zoneOf(host)), need);
  };
  const seen = new Set<string>();
  for (const { id, service, host, zone } of topology.nodes) {
    seen.add(id);
    const need = listed.get(id) ?? needOf(service, inventory);
    take(host, zone, need);
    const before = standing?.get(id);
    if (before?.host !== undefined && before.host !== host) take(before.host, before.zone, need);
  }
  for (const instance of listed.values()) if (!seen.has(instance.id)) take(instance.host, instance.zone, instance);
  return { hosts, zones };
}
