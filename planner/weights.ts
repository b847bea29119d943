import { groupBy } from "../graph/groups.js";
import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import { weightKey } from "./limits.js";
import { replicasOf } from "./replicaSet.js";
import type { Change, DnsWeightChange, Hold, WeightedTarget } from "./types.js";

/** A weight with what is in force of it. */
export interface Weight extends WeightedTarget {
  /** As the program writes it, and as it is with the changes in force. */
  readonly written: number;
  readonly current: number;
  readonly applied?: DnsWeightChange;
}

/**
 * The weights of a stack by service and backend (`weightKey`). One is held where its value, its replicas or its part in
 * the service's traffic is not known. What the program writes as it was decided is no change any more.
 */
export function weightsOf(targets: readonly WeightedTarget[], applied: readonly Change[]): Map<string, Weight> {
  const inForce = new Map<string, DnsWeightChange>();
  for (const change of applied) if (change.kind === "dnsWeight") inForce.set(weightKey(change), change);
  const weights = new Map<string, Weight>();
  const byService = groupBy(
    sortBy(
      targets,
      (t) => t.service,
      (t) => t.backend,
      (t) => t.type,
      (t) => t.name,
    ),
    (t) => t.service,
  );
  for (const [service, all] of byService) {
    for (const target of all) {
      const key = weightKey(target);
      if (weights.has(key)) continue;
      const change = inForce.get(key);
      const written = target.weight ?? change?.from ?? 0;
      const isInForce = change !== undefined && change.to !== written;
      weights.set(key, {
        ...target,
        written,
        current: isInForce ? change.to : written,
        hold: target.hold ?? doubtAbout(target, all, service),
        ...(isInForce && { applied: { ...change, from: written } }),
      });
    }
  }
  return weights;
}

/** Scales what every client sends to these instances of a service, and the rest so that the shares sum to 1 again. */
export function withScaledShares(
  topology: Topology,
  service: string,
  instances: readonly string[],
  factor: number,
): Topology {
  if (factor === 1) return topology;
  const scaled = new Set(instances);
  const replicas = new Set(replicasOf(topology, service).map((r) => r.id));
  const weighed = (link: { readonly target: string; readonly share: number }) =>
    link.share * (scaled.has(link.target) ? factor : 1);
  const sums = new Map<string, number>();
  for (const link of topology.links) {
    if (replicas.has(link.target)) sums.set(link.source, (sums.get(link.source) ?? 0) + weighed(link));
  }
  return {
    ...topology,
    links: topology.links.map((link) => {
      const sum = replicas.has(link.target) ? (sums.get(link.source) ?? 0) : 0;
      return sum > 0 ? { ...link, share: weighed(link) / sum } : link;
    }),
  };
}

/** Part of the traffic of a service's clients that goes to these instances, each client counted alike; 0…1. */
export function shareOf(topology: Topology, service: string, instances: ReadonlySet<string>): number {
  const replicas = new Set(replicasOf(topology, service).map((r) => r.id));
  const clients = new Set<string>();
  let sum = 0;
  for (const { source, target, share } of topology.links) {
    if (!replicas.has(target)) continue;
    clients.add(source);
    if (instances.has(target)) sum += share;
  }
  return clients.size === 0 ? 0 : sum / clients.size;
}

/** Why it cannot be told what another weight would do, or null. */
function doubtAbout(target: WeightedTarget, all: readonly WeightedTarget[], service: string): Hold | null {
  const doubt = (detail: string): Hold => ({ reason: "unknownValue", detail });
  if (target.weight === null) return doubt(`the weight of ${target.backend} in ${target.name} is not known`);
  if (target.weight === 0) {
    return { reason: "optedOut", detail: `the program sends nothing to ${target.backend}: it is off on purpose` };
  }
  if (target.instances.length === 0)
    return doubt(`which replicas of ${service} ${target.backend} leads to is not known`);
  // Weighted records of Route 53 are one resource each, and share a name; every other resource holds all of its weights.
  const recordOf = ({ type, name }: WeightedTarget) => (type.startsWith("aws:") ? type : `${type} ${name}`);
  if (new Set(all.map(recordOf)).size > 1) {
    return doubt(`several routes lead to ${service}, and which part of its traffic comes by each is not known`);
  }
  const own = new Set(target.instances);
  const other = all.find((t) => t !== target && t.instances.some((i) => own.has(i)));
  return other ? doubt(`${target.backend} and ${other.backend} lead to the same replicas of ${service}`) : null;
}
