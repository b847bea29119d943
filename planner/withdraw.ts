import { compareText } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import { type Costs, replicaCostPerDay, slotCostPerDay, weightCost } from "./costs.js";
import { riskOf, type Scored } from "./excess.js";
import type { Ground } from "./ground.js";
import type { InForce } from "./inForce.js";
import { type Circumstances, changeKey, refusalOf, type Taken, type Wish, withTaken } from "./limits.js";
import { replicasOf, withoutReplica } from "./replicaSet.js";
import { withSlots } from "./slots.js";
import type { Change, Refusal } from "./types.js";
import { shareOf, type Weight, withScaledShares } from "./weights.js";

/** A change in force that is taken back by a step: to what it goes. */
export interface StepBack {
  readonly kind: Change["kind"];
  readonly service: string;
  readonly backend?: string;
  readonly to: number;
  /** Cost a day that it saves. */
  readonly saves: number;
}

export interface Withdrawn {
  readonly scored: Scored;
  /** By `changeKey`. */
  readonly steps: ReadonlyMap<string, StepBack>;
  /** Changes in force (`changeKey`) that cannot be done without now. */
  readonly needed: ReadonlySet<string>;
  readonly refusals: readonly Refusal[];
  readonly taken: Taken;
}

export interface WithdrawSetting {
  readonly ground: Ground;
  readonly costs: Costs;
  readonly threshold: number;
  readonly circumstances: Circumstances;
  score(topology: Topology): Scored;
}

/** Steps by which one change could be taken back: the whole way, or where that is too much at once, a part of it. */
interface Option extends Omit<StepBack, "to" | "saves"> {
  readonly from: number;
  /** Cost a day that the first step saves. */
  readonly saves: number;
  readonly neededAt?: string;
  readonly steps: readonly { readonly to: number; apply(topology: Topology): Topology }[];
  /** Instances whose traffic a step moves. */
  touches?(before: Topology, after: Topology): number;
}

/**
 * Takes back what earlier decisions changed and nothing needs any more: of each service one replica and one slot a plan,
 * and of a weight the whole way or half of it, the dearest first. Only where in the same worlds every instance ends at or
 * under `threshold` × `hysteresis`, or is not touched by the step at all, and `limits` permits. What stays is no refusal;
 * what could go but may not is.
 */
export function withdraw(start: Scored, force: InForce, setting: WithdrawSetting): Withdrawn {
  const { circumstances, threshold } = setting;
  const limit = threshold * circumstances.limits.hysteresis;
  let scored = start;
  let taken: Taken = { changed: new Set(), migrations: 0, costPerDay: 0 };
  const steps = new Map<string, StepBack>();
  const needed = new Set<string>();
  const refusals: Refusal[] = [];
  for (const option of optionsOf(force, setting)) {
    const { kind, service, backend, from, saves } = option;
    const key = changeKey(option);
    let refusal: Refusal | undefined;
    for (const [i, { to, apply }] of option.steps.entries()) {
      const topology = apply(scored.topology);
      const less = topology === scored.topology ? scored : setting.score(topology);
      if (!isSafe(less, scored, limit)) {
        needed.add(key);
        continue;
      }
      const wish = wishOf(option, scored.topology, topology);
      const refused = refusalOf(wish, taken, circumstances);
      if (refused) {
        refusal ??= { kind, service, ...(backend !== undefined && { backend }), from, to, ...refused };
        continue;
      }
      scored = less;
      taken = withTaken(taken, wish, new Set([...taken.changed, key]));
      steps.set(key, { kind, service, ...(backend !== undefined && { backend }), to, saves: i === 0 ? saves : 0 });
      refusal = undefined;
      break;
    }
    if (refusal) refusals.push(refusal);
  }
  return { scored, steps, needed, refusals, taken };
}

function wishOf(option: Option, before: Topology, after: Topology): Wish {
  const { kind, service, backend, neededAt } = option;
  return {
    kind,
    service,
    costPerDay: 0,
    withdrawal: true,
    of: replicasOf(before, service).length,
    ...(backend !== undefined && { backend }),
    ...(neededAt !== undefined && { neededAt: Date.parse(neededAt) / 1000 }),
    ...(option.touches && { touches: option.touches(before, after) }),
  };
}

function optionsOf(force: InForce, { ground, costs, circumstances }: WithdrawSetting): Option[] {
  const { inventory } = ground;
  const options: Option[] = [];
  for (const { service, live, current, from, to, applied } of force.declared.values()) {
    if (!applied || live === 0 || to <= from) continue;
    // What an autoscaler holds above its minimum stays where the minimum falls.
    const apply = (topology: Topology) => (current > to ? topology : withoutReplica(topology, service));
    const saves = replicaCostPerDay(service, inventory, costs);
    options.push({
      kind: "replicas",
      service,
      from: to,
      saves,
      neededAt: applied.neededAt,
      steps: [{ to: to - 1, apply }],
    });
  }
  for (const slots of force.slots.values()) {
    const { service, inForce, applied } = slots;
    const isSeen = (force.declared.get(service)?.live ?? 0) > 0;
    if (!applied || inForce === 0 || (!isSeen && circumstances.targets.has(service))) continue;
    const apply = (topology: Topology) => withSlots(topology, slots, inForce - 1);
    const saves = slotCostPerDay(service, inventory, costs);
    const steps = [{ to: inForce - 1, apply }];
    options.push({ kind: "reservation", service, from: inForce, saves, neededAt: applied.neededAt, steps });
  }
  for (const weight of force.weights.values()) if (weight.applied) options.push(weightOption(weight, costs));
  return options.sort((a, b) => b.saves - a.saves || compareText(changeKey(a), changeKey(b)));
}

function weightOption(weight: Weight, costs: Costs): Option {
  const { service, backend, written, current, instances, applied } = weight;
  const own = new Set(instances);
  const halfway = Math.round((current + written) / 2);
  const values = [written, halfway].filter((to, i) => to !== current && (i === 0 || to !== written));
  return {
    kind: "dnsWeight",
    service,
    backend,
    from: current,
    saves: weightCost(costs),
    neededAt: applied?.neededAt,
    steps: values.map((to) => ({
      to,
      apply: (topology) => withScaledShares(topology, service, instances, to / current),
    })),
    touches: (before, after) =>
      Math.abs(shareOf(after, service, own) - shareOf(before, service, own)) * replicasOf(before, service).length,
  };
}

function isSafe(after: Scored, before: Scored, limit: number): boolean {
  return after.topology.nodes.every(({ id }) => {
    const risk = riskOf(after.risks, id);
    return risk <= limit || after.failures.get(id) === before.failures.get(id);
  });
}
