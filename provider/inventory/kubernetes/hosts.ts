import type { InventoryDomain } from "../../../graph/types.js";
import { podAmount } from "../../podAmount.js";
import { readQuantity } from "../../quantity.js";
import type { Node, Pod } from "./objects.js";
import { hasEnded, isPlaceholder } from "./pods.js";
import { isUnschedulable, taintsOf } from "./scheduling.js";

const zoneLabels = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/** The zone that a node stands in, by its well-known label. */
export function zoneOf({ metadata }: Node): string | undefined {
  return zoneLabels.map((label) => metadata.labels?.[label]).find((zone) => zone !== undefined && zone !== "");
}

/** Addresses that nodes have: traffic of all that shares a node's network carries them. */
export function nodeAddresses(nodes: readonly Node[]): Set<string> {
  return new Set(nodes.flatMap((n) => n.status?.addresses?.map((a) => a.address) ?? []));
}

/** What a node's outgoing traffic may come to, in bits per second: an extended resource, or an annotation or label. */
const bandwidthName = "firebreak.dev/bandwidth";

/**
 * Nodes and their zones. What a node offers is what its kubelet lets pods have, without what pods take that are no
 * instances of the inventory. Placeholders take nothing: they make way for any pod.
 * @param labels keys of the labels to list: those that somebody asks for
 */
export function describeHosts(
  nodes: readonly Node[],
  pods: readonly Pod[],
  isInstance: (pod: Pod) => boolean,
  labels: ReadonlySet<string>,
): InventoryDomain[] {
  const taken = new Map<string, { cpu: number; memory: number }>();
  for (const pod of pods) {
    const host = pod.spec.nodeName;
    if (host === undefined || hasEnded(pod) || isInstance(pod) || isPlaceholder(pod)) continue;
    const sum = taken.get(host) ?? { cpu: 0, memory: 0 };
    taken.set(host, {
      cpu: sum.cpu + podAmount(pod.spec, "requests", "cpu"),
      memory: sum.memory + podAmount(pod.spec, "requests", "memory"),
    });
  }
  const hosts = nodes.map((node): InventoryDomain => {
    const { name: id, labels: all = {}, annotations = {} } = node.metadata;
    const left = (resource: "cpu" | "memory") => {
      const offered = node.status?.allocatable?.[resource];
      return offered === undefined ? undefined : Math.max(0, readQuantity(offered) - (taken.get(id)?.[resource] ?? 0));
    };
    const said = node.status?.allocatable?.[bandwidthName] ?? annotations[bandwidthName] ?? all[bandwidthName];
    const bandwidth = said === undefined ? Number.NaN : readQuantity(said);
    const taints = taintsOf(node);
    return {
      kind: "host",
      id,
      zone: zoneOf(node),
      cpu: left("cpu"),
      memory: left("memory"),
      ...(bandwidth >= 0 && { bandwidth }),
      ...(labels.size > 0 && { labels: Object.fromEntries(Object.entries(all).filter(([key]) => labels.has(key))) }),
      ...(taints.length > 0 && { taints }),
      ...(isUnschedulable(node) && { unschedulable: true }),
    };
  });
  const zones = new Set(hosts.flatMap((h) => h.zone ?? []));
  return [...hosts, ...[...zones].map((id): InventoryDomain => ({ kind: "zone", id }))];
}
