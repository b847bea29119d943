import { sortBy } from "../../graph/order.js";
import { slotCostPerDay } from "../costs.js";
import { accepted } from "../room.js";
import { slotsIn, withSlots } from "../slots.js";
import type { Move } from "./move.js";

/** One more reserved slot for each service in focus that has a load to carry. */
export const reservation: Move = {
  kind: "reservation",
  propose(topology, focus, { ground, costs }) {
    return sortBy(focus.services, (s) => s).flatMap((service) => {
      const slots = ground.slots?.get(service);
      if (slots === undefined || !topology.services.some((s) => s.id === service && s.load !== undefined)) return [];
      const count = slotsIn(topology, slots);
      return {
        key: `reservation:${service}`,
        kind: "reservation" as const,
        service,
        from: count,
        to: count + 1,
        costPerDay: slotCostPerDay(service, ground.inventory, costs),
        repeats: true,
        apply(before) {
          if ("reason" in slots.slot) return slots.slot;
          return accepted(before, withSlots(before, slots, slotsIn(before, slots) + 1), ground);
        },
      };
    });
  },
};
