import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import { type Circumstances, changeKey, refusalOf, type Taken, type Wish, withTaken } from "./limits.js";
import type { Candidate } from "./moves/index.js";
import { replicasOf } from "./replicaSet.js";
import type { Hold } from "./types.js";

/** The steps one after the other in the order of their keys, or why one of them cannot be taken. */
export function compose(start: Topology, steps: readonly Candidate[]): Topology | Hold {
  if (excludeEachOther(steps)) return { reason: "alreadySatisfied", detail: "another step does the same otherwise" };
  let topology = start;
  for (const step of sortBy(steps, (s) => s.key)) {
    const next = step.apply(topology);
    if ("reason" in next) return next;
    topology = next;
  }
  return topology;
}

/** Asks `limits` for each step in turn, given what is taken already: null when all are permitted. */
export function refusalOfSteps(
  start: Topology,
  steps: readonly Candidate[],
  base: Taken,
  circumstances: Circumstances,
): Hold | null {
  const counts = new Map<string, number>();
  const changed = new Set(base.changed);
  let taken: Taken = { ...base, changed };
  for (const step of steps) {
    const seen = replicasOf(start, step.service).length;
    const counted = `${step.kind} ${step.service}`;
    const before = step.kind === "replicas" ? seen : (circumstances.slots?.get(step.service) ?? 0);
    const more = (counts.get(counted) ?? before) + 1;
    const wish: Wish = {
      kind: step.kind,
      service: step.service,
      instance: step.instance,
      backend: step.backend,
      costPerDay: step.costPerDay,
      ...(step.kind === "replicas" && { replicas: more }),
      ...(step.kind === "reservation" && { slots: more }),
      ...(step.touches !== undefined && { touches: step.touches }),
      of: seen,
    };
    const refused = refusalOf(wish, taken, circumstances);
    if (refused) return refused;
    counts.set(counted, more);
    changed.add(changeKey(step));
    taken = withTaken(taken, wish, changed);
  }
  return null;
}

/** Whether two of the steps are the same change otherwise: two places of one instance, two values of one weight. */
function excludeEachOther(steps: readonly Candidate[]): boolean {
  const once = steps.filter((s) => !s.repeats).map(changeKey);
  return new Set(once).size < once.length;
}

/** Cost of the steps for a day. */
export function costOf(steps: readonly Candidate[]): number {
  return steps.reduce((sum, step) => sum + step.costPerDay, 0);
}
