import type { Topology } from "../graph/types.js";
import { type Costs, replicaCostPerDay, slotCostPerDay, weightCost } from "./costs.js";
import { type Declared, declaredCounts, withCounts } from "./declared.js";
import type { Ground } from "./ground.js";
import { type Slots, slotsOf, withSlots } from "./slots.js";
import type { Change, Target, WeightedTarget } from "./types.js";
import { type Weight, weightsOf, withScaledShares } from "./weights.js";

/**
 * What earlier decisions changed and is so still: replica counts, reserved slots and weights. A migration is done once
 * and for all: where it was carried out the traffic shows it, where it was not it is planned again.
 */
export interface InForce {
  readonly declared: ReadonlyMap<string, Declared>;
  readonly slots: ReadonlyMap<string, Slots>;
  readonly weights: ReadonlyMap<string, Weight>;
}

/** @param topology what the traffic shows */
export function inForceOf(
  topology: Topology,
  targets: ReadonlyMap<string, Target>,
  weights: readonly WeightedTarget[],
  applied: readonly Change[],
  ground: Ground,
): InForce {
  return {
    declared: declaredCounts(topology, targets, applied),
    slots: slotsOf(topology, targets, applied, ground),
    weights: weightsOf(weights, applied),
  };
}

/**
 * The topology with what is in force (`current`), or as the program alone would have it (`written`). Shares are taken as
 * seen with the weights in force: the traffic of the window came by them, most of all the latest, which weighs most.
 */
export function withInForce(
  topology: Topology,
  force: InForce,
  which: "current" | "written",
  ground: Ground,
): Topology {
  const counts = new Map([...force.declared.values()].map((d) => [d.service, d[which]]));
  let result = withCounts(topology, counts, ground);
  for (const slots of force.slots.values()) {
    result = withSlots(result, slots, which === "current" ? slots.inForce : 0);
  }
  if (which === "current") return result;
  for (const { service, instances, written, current, applied } of force.weights.values()) {
    if (applied && current > 0) result = withScaledShares(result, service, instances, written / current);
  }
  return result;
}

/** Whether the program alone would have what is in force. */
export function isAsWritten({ declared, slots, weights }: InForce): boolean {
  return (
    [...declared.values()].every((d) => d.current === d.written) &&
    [...slots.values()].every((s) => s.inForce === 0) &&
    [...weights.values()].every((w) => w.applied === undefined)
  );
}

/** Cost a day of what is in force. */
export function costInForce({ declared, slots, weights }: InForce, { inventory }: Ground, costs: Costs): number {
  let sum = 0;
  for (const { service, current, written, applied } of declared.values()) {
    if (applied) sum += Math.max(0, current - written) * replicaCostPerDay(service, inventory, costs);
  }
  for (const { service, inForce } of slots.values()) sum += inForce * slotCostPerDay(service, inventory, costs);
  for (const { applied } of weights.values()) if (applied) sum += weightCost(costs);
  return sum;
}
