import { compareText } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { occupancyOf } from "./occupancy.js";
import { keptAway } from "./schedulable.js";
import { type Amounts, describeNeed, fits, less } from "./size.js";
import { slotNeed, slotsIn } from "./slots.js";

/**
 * Puts every reserved slot on a healthy host of its zones, beside the instances: of the zone with the fewest slots of
 * that service the host with the most room. Placeholders make way for instances, so they are placed last, wherever they
 * are now. Machines of a cloud are not looked at: their slots are no part of the hosts that are known.
 * @returns for each slot without a place why it has none; empty where no host's room is known
 */
export function unplacedSlots(topology: Topology, ground: Ground): string[] {
  if (!topology.services.some((s) => s.reserved !== (ground.slots?.get(s.id)?.base ?? s.reserved))) return [];
  const { hosts, zones } = occupancyOf(topology, ground);
  if (!hosts.some((h) => h.left)) return [];
  const unplaced: string[] = [];
  const left = new Map<string, Amounts>(hosts.flatMap((h) => (h.left ? [[h.id, h.left]] : [])));
  const leftIn = new Map<string, Amounts>([...zones].map(([id, zone]) => [id, zone.left]));
  const open = hosts.filter(
    (h) => h.left && h.prior <= ground.threshold && (zones.get(h.zone ?? "")?.prior ?? 0) <= ground.threshold,
  );
  for (const slots of ground.slots?.values() ?? []) {
    const count = slotsIn(topology, slots);
    if (count === 0 || (!("reason" in slots.slot) && slots.slot.machine)) continue;
    const need = slotNeed(slots, ground);
    const allowed = "reason" in slots.slot ? (slots.applied?.slot.zones ?? []) : slots.slot.zones;
    const inZone = new Map<string, number>();
    for (let n = 0; n < count; n++) {
      const best = open
        .filter((h) => keptAway(undefined, h) === null && (allowed.length === 0 || allowed.includes(h.zone ?? "")))
        .filter((h) => fits(left.get(h.id) ?? {}, need) && fits(leftIn.get(h.zone ?? "") ?? {}, need))
        .sort(
          (a, b) =>
            (inZone.get(a.zone ?? "") ?? 0) - (inZone.get(b.zone ?? "") ?? 0) ||
            (left.get(b.id)?.cpu ?? 0) - (left.get(a.id)?.cpu ?? 0) ||
            (left.get(b.id)?.memory ?? 0) - (left.get(a.id)?.memory ?? 0) ||
            compareText(a.id, b.id),
        )[0];
      if (!best) {
        unplaced.push(
          `no healthy host is known to have ${describeNeed(need)} left for reserved slot ${n + 1} of ${slots.service}`,
        );
        continue;
      }
      const zone = best.zone ?? "";
      inZone.set(zone, (inZone.get(zone) ?? 0) + 1);
      left.set(best.id, less(left.get(best.id) ?? {}, need));
      leftIn.set(zone, less(leftIn.get(zone) ?? {}, need));
    }
  }
  return unplaced;
}
