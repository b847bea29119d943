import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import type { Ground } from "./ground.js";
import { replicasOf, withoutReplica, withReplica } from "./replicaSet.js";
import { findPlace } from "./room.js";
import type { Change, ReplicasChange, Target } from "./types.js";

/** Replica counts of a service in the three states that matter, and the property that sets them. */
export interface Declared {
  readonly service: string;
  /** Instances in the topology. */
  readonly live: number;
  /** As the program writes it, without any decision. */
  readonly written: number;
  /** With the changes in force. */
  readonly current: number;
  /** The property as the program writes it and as it is in force: the count, or an autoscaler's minimum. */
  readonly from: number;
  readonly to: number;
  /** The change in force, where there is one that still raises the service. */
  readonly applied?: ReplicasChange;
}

/** Reasons for which the program's count is not what runs: there, what is seen counts. */
const liveCounts: ReadonlySet<string> = new Set(["ownedByOther", "ignoreChanges", "unknownValue"]);

/** Targets by service. A service that two resources claim is held: which of them to change is not known. */
export function targetsByService(targets: readonly Target[]): Map<string, Target> {
  const found = new Map<string, Target>();
  for (const target of sortBy(targets, (t) => `${t.service} ${t.type} ${t.name}`)) {
    const other = found.get(target.service);
    if (!other) found.set(target.service, target);
    else if (!other.hold) {
      const detail = `both ${other.name} and ${target.name} run ${target.service}; name one service for each in the inventory`;
      found.set(target.service, { ...other, hold: { reason: "unknownValue", detail } });
    }
  }
  return found;
}

/** Counts of every service that has instances or a change in force, by id. */
export function declaredCounts(
  topology: Topology,
  targets: ReadonlyMap<string, Target>,
  applied: readonly Change[],
): Map<string, Declared> {
  const inForce = new Map<string, ReplicasChange>();
  for (const change of applied) if (change.kind === "replicas") inForce.set(change.service, change);
  const services = new Set([...topology.nodes.map((n) => n.service), ...inForce.keys()]);
  return new Map(
    sortBy(services, (s) => s).map((service) => {
      const live = replicasOf(topology, service).length;
      const target = targets.get(service);
      const change = inForce.get(service);
      const program = target?.replicas ?? (target?.workload ? 1 : (change?.from ?? live));
      if (!target || (target.hold && liveCounts.has(target.hold.reason))) {
        const held = { service, live, written: live, current: live, from: live, to: live };
        return [service, { ...held, applied: change && { ...change, from: program } }];
      }
      const from = Math.max(program, 1);
      const kept = change && change.to > from ? { ...change, from } : undefined;
      const to = kept?.to ?? from;
      if (!target.workload) return [service, { service, live, written: from, current: to, from, to, applied: kept }];
      // An autoscaler goes above its minimum by itself: what it has added is not the program's, nor a decision's.
      const written = live > to || !kept ? Math.max(live, from) : from;
      return [service, { service, live, written, current: Math.max(live, to), from, to, applied: kept }];
    }),
  );
}

/**
 * The topology with as many replicas of each service as `counts` says; a service without instances stays without.
 * Replicas that exist but were not seen in the traffic are placed like new ones, or nowhere if there is no room.
 */
export function withCounts(topology: Topology, counts: ReadonlyMap<string, number>, ground: Ground): Topology {
  let result = topology;
  for (const [service, count] of sortBy(counts, ([id]) => id)) {
    let live = replicasOf(result, service).length;
    if (live === 0) continue;
    for (; live > Math.max(1, count); live--) result = withoutReplica(result, service);
    for (; live < count; live++) {
      const found = findPlace(result, service, ground);
      result = withReplica(result, service, "place" in found ? found.place : {});
    }
  }
  return result;
}
