import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import { type Circumstances, changeKey, refusalOf, type Taken } from "./limits.js";
import type { Candidate } from "./moves/index.js";
import { replicasOf } from "./replicaSet.js";
import type { Hold } from "./types.js";

/** The steps one after the other in the order of their keys, or why one of them cannot be taken. */
export function compose(start: Topology, steps: readonly Candidate[]): Topology | Hold {
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
    const replicas = (counts.get(step.service) ?? replicasOf(start, step.service).length) + 1;
    const wish = {
      kind: step.kind,
      service: step.service,
      instance: step.instance,
      costPerDay: step.costPerDay,
      replicas,
    };
    const refused = refusalOf(step.kind === "replicas" ? wish : { ...wish, replicas: undefined }, taken, circumstances);
    if (refused) return refused;
    if (step.kind === "replicas") counts.set(step.service, replicas);
    changed.add(changeKey(step));
    taken = {
      changed,
      migrations: taken.migrations + (step.kind === "migration" ? 1 : 0),
      costPerDay: taken.costPerDay + step.costPerDay,
    };
  }
  return null;
}

/** Cost of the steps for a day. */
export function costOf(steps: readonly Candidate[]): number {
  return steps.reduce((sum, step) => sum + step.costPerDay, 0);
}
