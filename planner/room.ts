import { compareText, sortBy } from "../graph/order.js";
import type { Instance, Inventory, Topology } from "../graph/types.js";
import type { Place } from "./replicaSet.js";
import type { Hold } from "./types.js";

/** What a placement is judged by, beside the topology itself. */
export interface Ground {
  readonly inventory?: Inventory;
  /** A host or zone whose own prior is above this is not healthy: nothing new goes there. 0…1. */
  readonly threshold: number;
}

/** CPU in cores, memory in bytes. */
export interface Size {
  readonly cpu: number;
  readonly memory: number;
}

interface Host {
  readonly id: string;
  readonly zone?: string;
  readonly prior: number;
  /** What is left; absent where what it offers is not known. */
  readonly room?: Partial<Size>;
}

/**
 * The place for one more instance of `service`: among healthy zones with room the one with the fewest replicas of it,
 * and there the host with the fewest, then the lowest prior, then the most room.
 * Without any known host or zone it stands nowhere, and only its own prior counts.
 * @param avoid a host or zone that it must not be put on, and an instance that leaves its place
 * @returns the place, or why there is none: `noHealthyZone`, `noRoom`
 */
export function findPlace(
  topology: Topology,
  service: string,
  ground: Ground,
  avoid: { readonly host?: string; readonly zone?: string; readonly instance?: string } = {},
): { readonly place: Place } | { readonly refused: Hold } {
  const nodes = topology.nodes.filter((n) => n.id !== avoid.instance);
  const zones = zonesOf(topology, ground);
  const hosts = hostsOf({ ...topology, nodes }, ground);
  const inZone = countBy(nodes, service, (n) => n.zone);
  const onHost = countBy(nodes, service, (n) => n.host);
  const zoneIsHealthy = (zone: string | undefined): boolean =>
    zone === undefined || (zone !== avoid.zone && (zones.get(zone) ?? 0) <= ground.threshold);

  if (hosts.length === 0) {
    const open = [...zones.keys()].filter(zoneIsHealthy);
    if (zones.size > 0 && open.length === 0) return refused("noHealthyZone", unhealthy("zone", ground));
    const zone = open.sort(
      (a, b) =>
        (inZone.get(a) ?? 0) - (inZone.get(b) ?? 0) || (zones.get(a) ?? 0) - (zones.get(b) ?? 0) || compareText(a, b),
    )[0];
    return { place: zone === undefined ? {} : { zone } };
  }

  const healthy = hosts.filter((h) => h.id !== avoid.host && h.prior <= ground.threshold && zoneIsHealthy(h.zone));
  if (healthy.length === 0) return refused("noHealthyZone", unhealthy("host", ground));
  const need = sizeOf(service, ground.inventory) ?? { cpu: 0, memory: 0 };
  const roomIsKnown = hosts.some((h) => h.room);
  const fitting = healthy.filter((h) => (roomIsKnown ? h.room !== undefined && fits(h.room, need) : true));
  const best = fitting.sort(
    (a, b) =>
      (inZone.get(a.zone ?? "") ?? 0) - (inZone.get(b.zone ?? "") ?? 0) ||
      (onHost.get(a.id) ?? 0) - (onHost.get(b.id) ?? 0) ||
      a.prior - b.prior ||
      (b.room?.cpu ?? 0) - (a.room?.cpu ?? 0) ||
      (b.room?.memory ?? 0) - (a.room?.memory ?? 0) ||
      compareText(a.id, b.id),
  )[0];
  if (!best) {
    const size = `${need.cpu} cores and ${(need.memory / 2 ** 30).toFixed(2)} GiB`;
    return refused("noRoom", `no healthy host is known to have ${size} left for one more replica of ${service}`);
  }
  return { place: best.zone === undefined ? { host: best.id } : { host: best.id, zone: best.zone } };
}

/** What one replica of a service takes: the largest in the inventory, or undefined where it names no size. */
export function sizeOf(service: string, inventory: Inventory | undefined): Size | undefined {
  const sized = (inventory?.instances ?? []).filter(
    (i) => i.service === service && (i.cpu !== undefined || i.memory !== undefined),
  );
  if (sized.length === 0) return undefined;
  return {
    cpu: Math.max(...sized.map((i) => i.cpu ?? 0)),
    memory: Math.max(...sized.map((i) => i.memory ?? 0)),
  };
}

function hostsOf(topology: Topology, ground: Ground): Host[] {
  const known = new Map<string, { zone?: string; prior?: number; cpu?: number; memory?: number }>();
  const note = (id: string) => known.get(id) ?? known.set(id, {}).get(id) ?? {};
  for (const node of topology.nodes) if (node.host !== undefined) note(node.host).zone ??= node.zone;
  for (const domain of topology.domains) if (domain.kind === "host") note(domain.id).prior = domain.prior;
  for (const domain of ground.inventory?.domains ?? []) {
    if (domain.kind !== "host") continue;
    const host = note(domain.id);
    host.zone ??= domain.zone;
    host.prior ??= domain.prior;
    host.cpu = domain.cpu;
    host.memory = domain.memory;
  }
  const taken = takenOn(topology, ground.inventory);
  return sortBy(known, ([id]) => id).map(([id, host]) => {
    const used = taken.get(id) ?? { cpu: 0, memory: 0 };
    const room =
      host.cpu === undefined && host.memory === undefined
        ? undefined
        : {
            cpu: host.cpu === undefined ? undefined : host.cpu - used.cpu,
            memory: host.memory === undefined ? undefined : host.memory - used.memory,
          };
    return { id, zone: host.zone, prior: host.prior ?? 0, room };
  });
}

/** What stands on each host, instances without traffic included: they take room too. */
function takenOn(topology: Topology, inventory: Inventory | undefined): Map<string, Size> {
  const taken = new Map<string, Size>();
  const listed = new Map((inventory?.instances ?? []).map((i) => [i.id, i]));
  const seen = new Set(topology.nodes.map((n) => n.id));
  const take = (host: string | undefined, size: { cpu?: number; memory?: number } | undefined) => {
    if (host === undefined) return;
    const sum = taken.get(host) ?? { cpu: 0, memory: 0 };
    taken.set(host, { cpu: sum.cpu + (size?.cpu ?? 0), memory: sum.memory + (size?.memory ?? 0) });
  };
  for (const node of topology.nodes) take(node.host, listed.get(node.id) ?? sizeOf(node.service, inventory));
  for (const instance of listed.values()) if (!seen.has(instance.id)) take(instance.host, instance);
  return taken;
}

function zonesOf(topology: Topology, ground: Ground): Map<string, number> {
  const zones = new Map<string, number>();
  for (const node of topology.nodes) if (node.zone !== undefined) zones.set(node.zone, 0);
  for (const domain of ground.inventory?.domains ?? []) {
    if (domain.kind === "zone") zones.set(domain.id, domain.prior ?? 0);
    else if (domain.zone !== undefined && !zones.has(domain.zone)) zones.set(domain.zone, 0);
  }
  for (const domain of topology.domains) if (domain.kind === "zone") zones.set(domain.id, domain.prior);
  return zones;
}

function countBy(nodes: readonly Instance[], service: string, key: (node: Instance) => string | undefined) {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const at = key(node);
    if (node.service === service && at !== undefined) counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return counts;
}

function fits(room: Partial<Size>, need: Size): boolean {
  return (room.cpu === undefined || room.cpu >= need.cpu) && (room.memory === undefined || room.memory >= need.memory);
}

function refused(reason: Hold["reason"], detail: string): { refused: Hold } {
  return { refused: { reason, detail } };
}

function unhealthy(kind: string, ground: Ground): string {
  return `every other ${kind} fails by itself with more than ${ground.threshold}, or stands in a zone that does`;
}
