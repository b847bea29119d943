import { sortBy } from "../../graph/order.js";
import { replicaCostPerDay } from "../costs.js";
import { replicasOf, withReplica } from "../replicaSet.js";
import { accepted, findPlace } from "../room.js";
import type { Move } from "./move.js";

/** One more replica of each service in focus, in the healthy zone that has the fewest of it. */
export const replicas: Move = {
  kind: "replicas",
  propose(topology, focus, { ground, costs }) {
    return sortBy(focus.services, (s) => s).flatMap((service) => {
      const count = replicasOf(topology, service).length;
      if (count === 0) return [];
      return {
        key: `replicas:${service}`,
        kind: "replicas" as const,
        service,
        from: count,
        to: count + 1,
        costPerDay: replicaCostPerDay(service, ground.inventory, costs),
        repeats: true,
        apply(before) {
          const found = findPlace(before, service, ground);
          if ("refused" in found) return found.refused;
          return accepted(before, withReplica(before, service, found.place), ground);
        },
      };
    });
  },
};
