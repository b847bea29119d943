import type { Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { type InForce, inForceOf } from "./inForce.js";
import { type Circumstances, defaultLimits } from "./limits.js";
import type { PlanInput } from "./plan.js";
import { namespaceOf } from "./size.js";
import type { Target } from "./types.js";

/** What is in force, and what places are judged by. */
export function groundOf(
  topology: Topology,
  targets: ReadonlyMap<string, Target>,
  { inventory, threshold, weights = [], applied, leftHosts = [], limits, now }: PlanInput,
): { readonly ground: Ground; readonly force: InForce } {
  const force = inForceOf(topology, targets, weights, applied, { inventory, threshold });
  const holdTime = limits.holdTime ?? defaultLimits.holdTime;
  const left = new Map<string, Set<string>>();
  for (const { service, host, at } of leftHosts) {
    if (now < at + holdTime) left.set(service, (left.get(service) ?? new Set()).add(host));
  }
  const namespaces = new Map<string, string>();
  for (const { id } of topology.services) {
    const namespace = namespaceOf(id, inventory) ?? targets.get(id)?.namespace;
    if (namespace !== undefined) namespaces.set(id, namespace);
  }
  const standing = new Map(
    topology.nodes.map(({ id, host, zone }) => [
      id,
      { ...(host !== undefined && { host }), ...(zone !== undefined && { zone }) },
    ]),
  );
  const ground = { inventory, threshold, standing, slots: force.slots, weights: force.weights, namespaces, left };
  return { ground, force };
}

/** What `limits` looks at beside the wish itself. */
export function circumstancesOf(
  { inventory, limits, now, lastChangedAt }: PlanInput,
  targets: ReadonlyMap<string, Target>,
  { slots, weights }: InForce,
): Circumstances {
  return {
    limits: { ...defaultLimits, ...limits },
    now,
    targets,
    weights,
    lastChangedAt,
    slots: new Map([...slots.values()].map((s) => [s.service, s.inForce])),
    services: new Map((inventory?.services ?? []).map((s) => [s.id, s])),
  };
}
