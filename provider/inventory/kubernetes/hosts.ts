import type { InventoryDomain } from "../../../graph/types.js";
import { podAmount } from "../../podAmount.js";
import { readQuantity } from "../../quantity.js";
import type { Node, Pod } from "./objects.js";
import { hasEnded } from "./pods.js";

const zoneLabels = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/** The zone that a node stands in, by its well-known label. */
export function zoneOf({ metadata }: Node): string | undefined {
  return zoneLabels.map((label) => metadata.labels?.[label]).find((zone) => zone !== undefined && zone !== "");
}

/** Addresses that nodes have: traffic of all that shares a node's network carries them. */
export function nodeAddresses(nodes: readonly Node[]): Set<string> {
  return new Set(nodes.flatMap((n) => n.status?.addresses?.map((a) => a.address) ?? []));
}

/**
 * Nodes and their zones. What a node offers is what its kubelet lets pods have, without what pods take that are no
 * instances of the inventory. Of a node that takes no new pod (cordoned, not ready, tainted) nothing is said to be
 * offered, so that nothing is planned onto it.
 */
export function describeHosts(
  nodes: readonly Node[],
  pods: readonly Pod[],
  isInstance: (pod: Pod) => boolean,
): InventoryDomain[] {
  const taken = new Map<string, { cpu: number; memory: number }>();
  for (const pod of pods) {
    const host = pod.spec.nodeName;
    if (host === undefined || hasEnded(pod) || isInstance(pod)) continue;
    const sum = taken.get(host) ?? { cpu: 0, memory: 0 };
    taken.set(host, {
      cpu: sum.cpu + podAmount(pod.spec, "requests", "cpu"),
      memory: sum.memory + podAmount(pod.spec, "requests", "memory"),
    });
  }
  const hosts = nodes.map((node): InventoryDomain => {
    const id = node.metadata.name;
    const left = (resource: "cpu" | "memory") => {
      const offered = node.status?.allocatable?.[resource];
      if (offered === undefined || !takesPods(node)) return undefined;
      return Math.max(0, readQuantity(offered) - (taken.get(id)?.[resource] ?? 0));
    };
    return { kind: "host", id, zone: zoneOf(node), cpu: left("cpu"), memory: left("memory") };
  });
  const zones = new Set(hosts.flatMap((h) => h.zone ?? []));
  return [...hosts, ...[...zones].map((id): InventoryDomain => ({ kind: "zone", id }))];
}

function takesPods({ spec, status }: Node): boolean {
  if (spec?.unschedulable === true) return false;
  if (spec?.taints?.some((t) => t.effect === "NoSchedule" || t.effect === "NoExecute")) return false;
  return status?.conditions?.find((c) => c.type === "Ready")?.status !== "False";
}
