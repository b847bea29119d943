import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import type { FailurePath } from "../simulator/types.js";
import type { Declared } from "./declared.js";
import { highestRisk, type Scored } from "./excess.js";
import { explainChange } from "./reasons.js";
import { replicasOf, withInstanceAt, withoutReplica } from "./replicaSet.js";
import type { Change, MigrationChange, ReplicasChange, Target } from "./types.js";
import { targetRef } from "./verdicts.js";

export interface ChangeSetting {
  readonly declared: ReadonlyMap<string, Declared>;
  /** Before the plan, with the changes in force. */
  readonly current: Scored;
  readonly planned: Scored;
  readonly targets: ReadonlyMap<string, Target>;
  readonly threshold: number;
  readonly expiresAt: string;
  /** Cost of one more replica of a service for a day. */
  price(service: string): number;
  readonly migrationCost: number;
  score(topology: Topology): Scored;
  pathsTo(topology: Topology, instance: string): readonly FailurePath[];
}

/**
 * Every change that is to be in force after the plan, kept ones included: `from` as the program writes it, `to` what
 * shall be. Replicas by service, then migrations by instance. Each is judged by the plan's result without it.
 */
export function changesOf(setting: ChangeSetting): Change[] {
  return [...replicasChanges(setting), ...migrationChanges(setting)];
}

function replicasChanges(setting: ChangeSetting): ReplicasChange[] {
  const { declared, planned, targets, price, expiresAt } = setting;
  return [...declared.values()].flatMap((d): ReplicasChange[] => {
    const target = targets.get(d.service);
    const planCount = replicasOf(planned.topology, d.service).length;
    // Where the count is not the program's, or nothing was seen of the service, what is in force stays as it is.
    const stays = d.live === 0 || d.written === d.current;
    if (d.applied && stays && planCount <= d.current) {
      const costPerDay = (d.applied.to - d.applied.from) * price(d.service);
      return [
        {
          ...d.applied,
          target: target ? targetRef(target) : d.applied.target,
          costPerDay: Math.max(0, costPerDay),
          expiresAt,
        },
      ];
    }
    if (!target || planCount <= d.written) return [];
    let without = planned.topology;
    for (let n = planCount; n > d.written; n--) without = withoutReplica(without, d.service);
    return [
      {
        kind: "replicas",
        service: d.service,
        from: d.written,
        to: planCount,
        costPerDay: (planCount - d.written) * price(d.service),
        ...judged(without, d.service, target, setting),
      },
    ];
  });
}

function migrationChanges(setting: ChangeSetting): MigrationChange[] {
  const { current, planned, targets } = setting;
  const before = new Map(current.topology.nodes.map((n) => [n.id, n]));
  return sortBy(planned.topology.nodes, (n) => n.id).flatMap((node): MigrationChange[] => {
    const old = before.get(node.id);
    const target = targets.get(node.service);
    if (!old || !target || old.host === node.host || old.host === undefined || node.host === undefined) return [];
    const without = withInstanceAt(planned.topology, node.id, {
      host: old.host,
      ...(old.zone !== undefined && { zone: old.zone }),
    });
    return [
      {
        kind: "migration",
        service: node.service,
        instance: node.id,
        from: old.host,
        to: node.host,
        ...(old.zone !== undefined && { fromZone: old.zone }),
        ...(node.zone !== undefined && { toZone: node.zone }),
        costPerDay: setting.migrationCost,
        ...judged(without, node.service, target, setting),
      },
    ];
  });
}

function judged(topology: Topology, service: string, target: Target, setting: ChangeSetting) {
  const without = setting.score(topology);
  const { sentence, path } = explainChange(setting.planned, without, service, setting.threshold, setting.pathsTo);
  return {
    target: targetRef(target),
    reason: sentence,
    path,
    owner: target.owner ?? null,
    riskWithout: highestRisk(without.risks),
    expiresAt: setting.expiresAt,
  };
}
