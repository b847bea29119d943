import { sortBy } from "../../graph/order.js";
import type { Topology } from "../../graph/types.js";
import type { FailurePath } from "../../simulator/types.js";
import { addedNumber, withInstanceAt } from "../replicaSet.js";
import { accepted, findPlace } from "../room.js";
import type { Hold } from "../types.js";
import type { Candidate, Move } from "./move.js";

/** Each instance that the failure paths show going down with its host or zone, to a healthier host with room. */
export const migration: Move = {
  kind: "migration",
  propose(topology, focus, { ground, costs }) {
    return sortBy(endangered(topology, focus.paths), ([id]) => id).flatMap(([id, cause]): Candidate[] => {
      const node = topology.nodes.find((n) => n.id === id);
      if (!node || node.host === undefined || addedNumber(id, node.service) > 0) return [];
      const source = node.host;
      const apply = (before: Topology): Topology | Hold => {
        const avoid = cause.kind === "zone" ? { zone: cause.id, instance: id } : { host: cause.id, instance: id };
        const found = findPlace(before, node.service, ground, avoid);
        if ("refused" in found) return found.refused;
        if (found.place.host === undefined || found.place.host === source) {
          return { reason: "noRoom", detail: `no other host is known for ${id}` };
        }
        return accepted(before, withInstanceAt(before, id, found.place), ground);
      };
      const moved = apply(topology);
      const to = "reason" in moved ? "" : (moved.nodes.find((n) => n.id === id)?.host ?? "");
      return [
        {
          key: `migration:${id}:${cause.kind}/${cause.id}`,
          kind: "migration",
          service: node.service,
          instance: id,
          from: source,
          to,
          costPerDay: costs.migration,
          repeats: false,
          touches: 1,
          apply,
        },
      ];
    });
  },
};

/** Instances that a host or zone takes with it, with that host or zone; a zone counts before a host. */
function endangered(topology: Topology, paths: readonly FailurePath[]) {
  const known = new Set(topology.nodes.map((n) => n.id));
  const found = new Map<string, { kind: "host" | "zone"; id: string }>();
  for (const path of paths) {
    for (let i = 1; i < path.steps.length; i++) {
      const [cause, step] = [path.steps[i - 1], path.steps[i]];
      if (!cause || !step || step.rule !== "domain" || !known.has(step.id)) continue;
      const [kind, ...id] = cause.id.split("/");
      if (kind !== "host" && kind !== "zone") continue;
      if (found.get(step.id)?.kind !== "zone") found.set(step.id, { kind, id: id.join("/") });
    }
  }
  return found;
}
