import { sortBy } from "../graph/order.js";
import type { Inventory, Topology } from "../graph/types.js";
import type { FailurePath } from "../simulator/types.js";
import { type Costs, replicaCostPerDay, slotCostPerDay, weightCost } from "./costs.js";
import { highestRisk, type Scored } from "./excess.js";
import type { InForce } from "./inForce.js";
import { changeKey } from "./limits.js";
import type { Candidate } from "./moves/index.js";
import { explainChange } from "./reasons.js";
import { replicasOf, withInstanceAt, withoutReplica } from "./replicaSet.js";
import { reservationTarget } from "./reservationName.js";
import { slotsIn, withSlots } from "./slots.js";
import type {
  Change,
  DnsWeightChange,
  MigrationChange,
  ReplicasChange,
  ReservationChange,
  Target,
  WeightedTarget,
} from "./types.js";
import { targetRef } from "./verdicts.js";
import { withScaledShares } from "./weights.js";
import type { Withdrawn } from "./withdraw.js";

export interface ChangeSetting {
  readonly force: InForce;
  /** Before the plan, with the changes in force. */
  readonly current: Scored;
  readonly planned: Scored;
  /** What the plan takes back, and what it adds. */
  readonly withdrawn: Pick<Withdrawn, "steps" | "needed">;
  readonly steps: readonly Candidate[];
  readonly targets: ReadonlyMap<string, Target>;
  readonly inventory: Inventory | undefined;
  readonly costs: Costs;
  readonly threshold: number;
  /** ISO 8601. */
  readonly now: string;
  readonly expiresAt: string;
  score(topology: Topology): Scored;
  pathsTo(topology: Topology, instance: string): readonly FailurePath[];
}

/**
 * Every change that is to be in force after the plan, kept ones included: `from` as the program writes it, `to` what
 * shall be. Replicas, slots and weights by service, then migrations by instance. Each is judged by the plan's result
 * without it.
 */
export function changesOf(setting: ChangeSetting): Change[] {
  return [
    ...replicasChanges(setting),
    ...reservationChanges(setting),
    ...weightChanges(setting),
    ...migrationChanges(setting),
  ];
}

function replicasChanges(setting: ChangeSetting): ReplicasChange[] {
  const { force, planned, targets, inventory, costs, withdrawn } = setting;
  return [...force.declared.values()].flatMap((d): ReplicasChange[] => {
    const target = targets.get(d.service);
    const price = replicaCostPerDay(d.service, inventory, costs);
    const planCount = replicasOf(planned.topology, d.service).length;
    const step = withdrawn.steps.get(changeKey({ kind: "replicas", service: d.service }));
    // Where the count is not the program's, or nothing was seen of the service, what is in force stays as it is.
    const stays = d.live === 0 || d.from === d.to;
    if (d.applied && stays && planCount <= d.current) return [carriedOn(d.applied, target, price, setting)];
    const to = planCount > d.current ? planCount : (step?.to ?? d.to);
    if (!target || to <= d.from) return [];
    let without = planned.topology;
    const least = Math.max(1, Math.min(planCount, d.written));
    for (let n = planCount; n > least; n--) without = withoutReplica(without, d.service);
    return [
      {
        kind: "replicas",
        service: d.service,
        target: targetRef(target),
        owner: target.owner ?? null,
        from: d.from,
        to,
        costPerDay: (to - d.from) * price,
        ...judged(without, d.service, setting),
        ...neededAt(d.applied, { kind: "replicas", service: d.service }, to > d.to, setting),
      },
    ];
  });
}

function reservationChanges(setting: ChangeSetting): ReservationChange[] {
  const { force, planned, targets, inventory, costs, withdrawn } = setting;
  return [...force.slots.values()].flatMap((slots): ReservationChange[] => {
    const { service, inForce, slot, applied } = slots;
    const step = withdrawn.steps.get(changeKey({ kind: "reservation", service }));
    const count = Math.max(slotsIn(planned.topology, slots), 0);
    const to = count > inForce ? count : (step?.to ?? inForce);
    if (to === 0) return [];
    const price = slotCostPerDay(service, inventory, costs);
    if ((force.declared.get(service)?.live ?? 0) === 0 && applied) {
      return [{ ...carriedOn(applied, undefined, price, setting), to }];
    }
    const made = to > inForce || !applied ? slot : applied.slot;
    if ("reason" in made) return [];
    return [
      {
        kind: "reservation",
        service,
        target: applied?.target ?? reservationTarget(service, targets.get(service)?.type),
        owner: targets.get(service)?.owner ?? null,
        from: 0,
        to,
        slot: made,
        costPerDay: to * price,
        ...judged(withSlots(planned.topology, slots, 0), service, setting),
        ...neededAt(applied, { kind: "reservation", service }, to > inForce, setting),
      },
    ];
  });
}

function weightChanges(setting: ChangeSetting): DnsWeightChange[] {
  const { force, planned, costs, withdrawn, steps } = setting;
  const asked = new Map(steps.filter((s) => s.kind === "dnsWeight").map((s) => [changeKey(s), Number(s.to)]));
  return sortBy(
    force.weights.values(),
    (w) => w.service,
    (w) => w.backend,
  ).flatMap((weight): DnsWeightChange[] => {
    const { service, backend, written, current, instances, applied } = weight;
    const about = { kind: "dnsWeight" as const, service, backend };
    const to = asked.get(changeKey(about)) ?? withdrawn.steps.get(changeKey(about))?.to ?? current;
    if (to === written) return [];
    return [
      {
        ...about,
        target: targetRef(weight),
        owner: weight.owner ?? null,
        from: written,
        to,
        costPerDay: weightCost(costs),
        ...judged(withScaledShares(planned.topology, service, instances, written / to), service, setting),
        ...neededAt(applied, about, asked.has(changeKey(about)), setting),
      },
    ];
  });
}

function migrationChanges(setting: ChangeSetting): MigrationChange[] {
  const { current, planned, targets, inventory, costs } = setting;
  const before = new Map(current.topology.nodes.map((n) => [n.id, n]));
  const listed = new Map((inventory?.instances ?? []).map((i) => [i.id, i]));
  return sortBy(planned.topology.nodes, (n) => n.id).flatMap((node): MigrationChange[] => {
    const old = before.get(node.id);
    const target = targets.get(node.service);
    if (!old || !target || old.host === node.host || old.host === undefined || node.host === undefined) return [];
    const { namespace = target.namespace, uid } = listed.get(node.id) ?? {};
    const without = withInstanceAt(planned.topology, node.id, {
      host: old.host,
      ...(old.zone !== undefined && { zone: old.zone }),
    });
    return [
      {
        kind: "migration",
        service: node.service,
        instance: node.id,
        target: targetRef(target.workload ?? target),
        owner: target.owner ?? null,
        from: old.host,
        to: node.host,
        ...(old.zone !== undefined && { fromZone: old.zone }),
        ...(node.zone !== undefined && { toZone: node.zone }),
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        costPerDay: costs.migration,
        ...judged(without, node.service, setting),
        neededAt: setting.now,
      },
    ];
  });
}

/** A change of what shows no traffic, or is not ours to set any more, as it is. */
function carriedOn<C extends ReplicasChange | ReservationChange>(
  change: C,
  target: Target | WeightedTarget | undefined,
  price: number,
  { expiresAt }: ChangeSetting,
): C {
  const costPerDay = Math.max(0, (change.to - change.from) * price);
  return { ...change, target: target ? targetRef(target) : change.target, costPerDay, expiresAt };
}

function judged(topology: Topology, service: string, setting: ChangeSetting) {
  const without = setting.score(topology);
  const { sentence, path } = explainChange(setting.planned, without, service, setting.threshold, setting.pathsTo);
  return { reason: sentence, path, riskWithout: highestRisk(without.risks), expiresAt: setting.expiresAt };
}

function neededAt(
  applied: Change | undefined,
  about: Pick<Candidate, "kind" | "service" | "backend">,
  isMore: boolean,
  { withdrawn, now }: ChangeSetting,
): { neededAt?: string } {
  if (!applied || isMore || withdrawn.needed.has(changeKey(about))) return { neededAt: now };
  return applied.neededAt === undefined ? {} : { neededAt: applied.neededAt };
}
