import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { occupancyOf } from "./occupancy.js";
import { replicasOf } from "./replicaSet.js";
import { type Amounts, assumedSize, needOf, sizeOf } from "./size.js";
import type { Change, Hold, ReservationChange, ReservedSlot, Target } from "./types.js";

/** Room kept free for a service: places of one replica's size each. */
export interface Slots {
  readonly service: string;
  /** Spare capacity of the service that is no slot of ours. */
  readonly base: number;
  /** How many are in force, and what each of these is worth by now, in the service's unit. */
  readonly inForce: number;
  readonly worth: number;
  /** What one more would be, and then all of them; or why there can be none. */
  readonly slot: ReservedSlot | Hold;
  readonly applied?: ReservationChange;
}

/**
 * The slots of every service that has a load to carry, or has slots in force. What is in force counts in part where some
 * of its zones are not healthy any more, and never for more than a slot made today.
 */
export function slotsOf(
  topology: Topology,
  targets: ReadonlyMap<string, Target>,
  applied: readonly Change[],
  ground: Ground,
): Map<string, Slots> {
  const inForce = new Map<string, ReservationChange>();
  for (const change of applied) if (change.kind === "reservation") inForce.set(change.service, change);
  const healthy = healthyZones(topology, ground);
  const gone = [...inForce.keys()].filter((id) => !topology.services.some((s) => s.id === id));
  const services = [...topology.services, ...gone.map((id) => ({ id, load: undefined, reserved: 0 }))];
  return new Map(
    sortBy(services, (s) => s.id).flatMap(({ id: service, load, reserved }): [string, Slots][] => {
      const change = inForce.get(service);
      if (load === undefined && change === undefined) return [];
      const slot = slotOf(service, topology, targets.get(service), healthy, ground);
      const slots = { service, base: reserved, inForce: change?.to ?? 0, worth: worthOf(change, slot, healthy), slot };
      return [[service, change ? { ...slots, applied: change } : slots]];
    }),
  );
}

/** The topology with `count` slots of a service. */
export function withSlots(topology: Topology, slots: Slots, count: number): Topology {
  return {
    ...topology,
    services: topology.services.map((s) => (s.id === slots.service ? { ...s, reserved: capacityOf(slots, count) } : s)),
  };
}

/** How many slots of a service a topology holds: the inverse of `withSlots`. */
export function slotsIn(topology: Topology, slots: Slots): number {
  const reserved = topology.services.find((s) => s.id === slots.service)?.reserved ?? slots.base;
  const near = (count: number) => Math.abs(capacityOf(slots, count) - reserved) <= 1e-9 * Math.max(1, reserved);
  for (let count = slots.inForce; count >= 0; count--) if (near(count)) return count;
  if ("reason" in slots.slot) return slots.inForce;
  return Math.round((reserved - slots.base) / slots.slot.capacity);
}

/** What one slot takes of a host: the bandwidth of a replica too, which a placeholder cannot ask for. */
export function slotNeed(slots: Slots, { inventory }: Ground): Amounts {
  const size = "reason" in slots.slot ? (slots.applied?.slot ?? assumedSize) : slots.slot;
  return { cpu: size.cpu, memory: size.memory, bandwidth: needOf(slots.service, inventory).bandwidth };
}

/** Zones of the topology that do not fail by themselves more often than the threshold, sorted. */
function healthyZones(topology: Topology, ground: Ground): string[] {
  const { zones } = occupancyOf(topology, ground);
  return [...zones].flatMap(([id, { prior }]) => (prior <= ground.threshold ? id : [])).sort();
}

/** In force they keep what they are; with one more all are made anew. */
function capacityOf({ base, inForce, worth, slot }: Slots, count: number): number {
  return base + (count <= inForce || "reason" in slot ? count * worth : count * slot.capacity);
}

function slotOf(
  service: string,
  topology: Topology,
  target: Target | undefined,
  healthy: readonly string[],
  { inventory, threshold }: Ground,
): ReservedSlot | Hold {
  const capacities = replicasOf(topology, service).flatMap(({ capacity = 0 }) => (capacity > 0 ? capacity : []));
  if (capacities.length === 0) {
    return { reason: "notSupported", detail: `what a replica of ${service} can carry is not known` };
  }
  const isKnown = topology.nodes.some((n) => n.zone !== undefined);
  if (isKnown && healthy.length === 0) {
    return { reason: "noHealthyZone", detail: `every zone fails by itself with more than ${threshold}` };
  }
  const wishes = inventory?.services.find((s) => s.id === service);
  if (wishes?.nodeSelector !== undefined || wishes?.nodeAffinity !== undefined) {
    const detail = `replicas of ${service} ask for particular hosts, and a placeholder would keep room on any`;
    return { reason: "notSupported", detail };
  }
  const slot = {
    ...(sizeOf(service, inventory) ?? assumedSize),
    capacity: Math.min(...capacities),
    zones: [...healthy],
  };
  if (!target?.type.startsWith("aws:")) return slot;
  if (target.machine) return { ...slot, machine: target.machine };
  return {
    reason: "notSupported",
    detail: `which machines ${target.name} runs on is not known, so none can be reserved`,
  };
}

function worthOf(change: ReservationChange | undefined, slot: ReservedSlot | Hold, healthy: readonly string[]): number {
  if (change === undefined) return "reason" in slot ? 0 : slot.capacity;
  const { capacity, zones } = change.slot;
  const part = zones.length === 0 ? 1 : zones.filter((z) => healthy.includes(z)).length / zones.length;
  return Math.min(capacity, "reason" in slot ? capacity : slot.capacity) * part;
}
