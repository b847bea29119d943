import { groupBy } from "../graph/groups.js";
import type { Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { type Amounts, needOf } from "./size.js";
import { slotNeed, slotsIn } from "./slots.js";
import type { Hold } from "./types.js";

/** The namespace of reserved slots, unless the configuration names another. */
export const reservationNamespace = "firebreak-reservations";

/**
 * The quota of a namespace that the topology is over, or null. Counted is what the plan adds to what stood before:
 * replicas, the replacement of each that moves, which exists beside it for a time, and reserved slots.
 */
export function overQuota(topology: Topology, ground: Ground): Hold | null {
  const quotas = ground.inventory?.quotas ?? [];
  if (quotas.length === 0 || ground.standing === undefined) return null;
  const added = addedTo(topology, ground, ground.standing);
  for (const quota of quotas) {
    const pods = added.get(quota.namespace) ?? [];
    if (pods.length === 0) continue;
    const sum = (r: "cpu" | "memory") => pods.reduce((total, { need }) => total + (need[r] ?? 0), 0);
    const asked = { cpu: sum("cpu"), memory: sum("memory"), pods: pods.length };
    for (const resource of ["cpu", "memory", "pods"] as const) {
      const left = quota[resource];
      if (left === undefined || asked[resource] <= left * (1 + 1e-9) + 1e-9) continue;
      const detail = `the quota of namespace ${quota.namespace} leaves ${describe(resource, left)}, and this takes ${describe(resource, asked[resource])}`;
      return { reason: "quota", detail };
    }
  }
  return null;
}

function addedTo(
  topology: Topology,
  ground: Ground,
  standing: NonNullable<Ground["standing"]>,
): Map<string, { readonly namespace: string; readonly need: Amounts }[]> {
  const instances = topology.nodes.flatMap(({ id, service, host }) => {
    const namespace = ground.namespaces?.get(service);
    const before = standing.get(id);
    const isNew = before === undefined || (before.host !== undefined && before.host !== host);
    return namespace !== undefined && isNew ? { namespace, need: needOf(service, ground.inventory) } : [];
  });
  const slots = [...(ground.slots?.values() ?? [])].flatMap((of) =>
    Array.from({ length: Math.max(0, slotsIn(topology, of) - of.inForce) }, () => ({
      namespace: reservationNamespace,
      need: slotNeed(of, ground),
    })),
  );
  return groupBy([...instances, ...slots], (pod) => pod.namespace);
}

function describe(resource: "cpu" | "memory" | "pods", amount: number): string {
  if (resource === "memory") return `${(amount / 2 ** 30).toFixed(2)} GiB`;
  return `${Number(amount.toPrecision(6))} ${resource === "cpu" ? "cores" : "pods"}`;
}
