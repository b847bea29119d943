import { compareText } from "../graph/order.js";
import type { Instance, Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { type HostRoom, type Occupancy, occupancyOf } from "./occupancy.js";
import { overQuota } from "./quota.js";
import type { Place } from "./replicaSet.js";
import { keptAway } from "./schedulable.js";
import { describeNeed, fits, type Need, needOf } from "./size.js";
import { unplacedSlots } from "./slotPlaces.js";
import type { Hold } from "./types.js";

export type { Ground } from "./ground.js";
export { type Size, sizeOf } from "./size.js";

/**
 * The place for one more instance of `service`: of the healthy hosts that may run it and have room (CPU, memory and
 * bandwidth, the zone's too), one in the zone with the fewest replicas of it; there the host with the fewest, then the
 * lowest prior, then the most room. Without any known host or zone it stands nowhere, and only its own prior counts.
 * @param avoid a host or zone that it must not be put on, and an instance that leaves its place
 * @returns the place, or why there is none: `noHealthyZone`, `coolDown`, `notSchedulable`, `noRoom`
 */
export function findPlace(
  topology: Topology,
  service: string,
  ground: Ground,
  avoid: { readonly host?: string; readonly zone?: string; readonly instance?: string } = {},
): { readonly place: Place } | { readonly refused: Hold } {
  const occupancy = occupancyOf(topology, ground);
  const replicas = topology.nodes.filter((n) => n.service === service);
  const staying = replicas.filter((n) => n.id !== avoid.instance);
  const inZone = countBy(staying, (n) => n.zone);
  const need = needOf(service, ground.inventory);
  const zoneIsHealthy = (zone: string | undefined): boolean =>
    zone === undefined || (zone !== avoid.zone && (occupancy.zones.get(zone)?.prior ?? 0) <= ground.threshold);

  if (occupancy.hosts.length === 0) return findZone(occupancy, need, ground, inZone, zoneIsHealthy);

  const healthy = occupancy.hosts.filter(
    (h) => h.id !== avoid.host && h.prior <= ground.threshold && zoneIsHealthy(h.zone),
  );
  if (healthy.length === 0) return refused("noHealthyZone", unhealthy("host", ground));
  const open = healthy.filter((h) => !ground.left?.get(service)?.has(h.id));
  if (open.length === 0) {
    return refused("coolDown", `replicas of ${service} were moved away from every other healthy host of late`);
  }
  const reasons = new Map(open.map((h) => [h.id, keptAwayFrom(h, service, replicas, ground)]));
  const schedulable = open.filter((h) => reasons.get(h.id) === null);
  if (schedulable.length === 0) {
    const why = [...reasons.values()].slice(0, 3).join("; ");
    return refused("notSchedulable", `no healthy host may run one more replica of ${service}: ${why}`);
  }
  const onHost = countBy(staying, (n) => n.host);
  const roomIsKnown = occupancy.hosts.some((h) => h.left);
  const best = schedulable
    .filter(
      (h) => (roomIsKnown ? h.left !== undefined && fits(h.left, need) : true) && fitsZone(h.zone, need, occupancy),
    )
    .sort(
      (a, b) =>
        (inZone.get(a.zone ?? "") ?? 0) - (inZone.get(b.zone ?? "") ?? 0) ||
        (onHost.get(a.id) ?? 0) - (onHost.get(b.id) ?? 0) ||
        a.prior - b.prior ||
        (b.left?.cpu ?? 0) - (a.left?.cpu ?? 0) ||
        (b.left?.memory ?? 0) - (a.left?.memory ?? 0) ||
        compareText(a.id, b.id),
    )[0];
  if (!best) {
    const size = describeNeed(need);
    return refused("noRoom", `no healthy host is known to have ${size} left for one more replica of ${service}`);
  }
  return { place: best.zone === undefined ? { host: best.id } : { host: best.id, zone: best.zone } };
}

/**
 * What a step makes of a topology, or why it may not: a quota that it is over (`quota`), a reserved slot that loses its
 * room (`noRoom`).
 */
export function accepted(before: Topology, after: Topology, ground: Ground): Topology | Hold {
  const over = overQuota(after, ground);
  if (over) return over;
  const unplaced = unplacedSlots(after, ground);
  if (unplaced.length === 0 || unplaced.length <= unplacedSlots(before, ground).length) return after;
  return { reason: "noRoom", detail: unplaced.at(-1) ?? "" };
}

function findZone(
  { zones }: Occupancy,
  need: Need,
  ground: Ground,
  inZone: ReadonlyMap<string, number>,
  zoneIsHealthy: (zone: string) => boolean,
): { readonly place: Place } | { readonly refused: Hold } {
  if (zones.size === 0) return { place: {} };
  const healthy = [...zones].filter(([id]) => zoneIsHealthy(id));
  if (healthy.length === 0) return refused("noHealthyZone", unhealthy("zone", ground));
  const best = healthy
    .filter(([, { left }]) => fits(left, need))
    .sort(([a, x], [b, y]) => (inZone.get(a) ?? 0) - (inZone.get(b) ?? 0) || x.prior - y.prior || compareText(a, b))[0];
  if (!best) return refused("noRoom", `no healthy zone is known to have ${describeNeed(need)} left`);
  return { place: { zone: best[0] } };
}

function keptAwayFrom(host: HostRoom, service: string, replicas: readonly Instance[], ground: Ground): string | null {
  const wishes = ground.inventory?.services.find((s) => s.id === service);
  const away = keptAway(wishes, host);
  if (away !== null || wishes?.apart === undefined) return away;
  const by = wishes.apart;
  // The one that leaves counts too: it is there until the other serves.
  const other = replicas.find((r) =>
    by === "host" ? r.host === host.id : r.zone !== undefined && r.zone === host.zone,
  );
  return other ? `${host.id} is in the ${by} of ${other.id}, and replicas of ${service} share none` : null;
}

function fitsZone(zone: string | undefined, need: Need, { zones }: Occupancy): boolean {
  return zone === undefined || fits(zones.get(zone)?.left ?? {}, need);
}

function countBy(nodes: readonly Instance[], key: (node: Instance) => string | undefined) {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const at = key(node);
    if (at !== undefined) counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return counts;
}

function refused(reason: Hold["reason"], detail: string): { refused: Hold } {
  return { refused: { reason, detail } };
}

function unhealthy(kind: string, ground: Ground): string {
  return `every other ${kind} fails by itself with more than ${ground.threshold}, or stands in a zone that does`;
}
