import type { HostRequirement, InventoryService, Taint, Toleration } from "../../../graph/types.js";
import type { PodAffinityTerm, PodSpec } from "../../workload.js";
import type { Labels, Node, Workload } from "./objects.js";
import { matches } from "./selector.js";

/** What a service's replicas ask of a host, as the scheduler holds them to it. */
export type Scheduling = Pick<InventoryService, "nodeSelector" | "nodeAffinity" | "tolerations" | "apart">;

/** Taints that keep a pod away; the others only advise. */
export function taintsOf({ spec }: Node): Taint[] {
  return (spec?.taints ?? []).flatMap(({ key, value, effect }): Taint[] =>
    effect === "NoSchedule" || effect === "NoExecute" ? [{ key, ...(value ? { value } : {}), effect }] : [],
  );
}

/** Whether a node takes new pods at all. */
export function isUnschedulable({ spec, status }: Node): boolean {
  return spec?.unschedulable === true || status?.conditions?.find((c) => c.type === "Ready")?.status === "False";
}

/**
 * What a pod asks of a node. Preferences are left out: they do not keep it from running elsewhere.
 * @param labels the pod's own, which its anti-affinity may select
 */
export function schedulingOf(spec: PodSpec | undefined, labels: Labels): Scheduling {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const nodeAffinity = required?.nodeSelectorTerms?.map((term) => [
    ...(term.matchExpressions ?? []),
    ...(term.matchFields ?? []),
  ]);
  const found: Scheduling = {
    nodeSelector: spec?.nodeSelector,
    nodeAffinity: nodeAffinity as readonly (readonly HostRequirement[])[] | undefined,
    tolerations: spec?.tolerations?.map(({ key, operator, value, effect }): Toleration => {
      return Object.fromEntries(
        Object.entries({ key, operator, value, effect }).filter(([, v]) => v !== undefined && v !== ""),
      );
    }),
    apart: apartOf(spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [], labels),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined && !isEmpty(value)));
}

/** Keys of the labels that any of these looks at. */
export function labelsAskedFor(all: readonly Scheduling[]): Set<string> {
  return new Set(
    all.flatMap(({ nodeSelector = {}, nodeAffinity = [] }) => [
      ...Object.keys(nodeSelector),
      ...nodeAffinity.flat().map((r) => r.key),
    ]),
  );
}

/**
 * Pods that a Deployment may have beyond its replicas while some take the place of others: its `maxSurge`, a percentage
 * rounded up, and none where its strategy is Recreate. Undefined for what is no Deployment.
 */
export function maxSurgeOf({ kind, spec }: Workload): number | undefined {
  if (kind !== "Deployment" || spec?.replicas === undefined) return undefined;
  if (spec.strategy?.type === "Recreate") return 0;
  const surge = spec.strategy?.rollingUpdate?.maxSurge ?? "25%";
  return typeof surge === "number" ? surge : Math.ceil((Number.parseFloat(surge) * spec.replicas) / 100) || 0;
}

/** The narrowest part of the cluster that no two of the pods may share, by an anti-affinity that selects them themselves. */
function apartOf(terms: readonly PodAffinityTerm[], labels: Labels): "host" | "zone" | undefined {
  const keys = terms.filter((term) => matches(term.labelSelector, labels)).map((term) => term.topologyKey);
  if (keys.some((key) => key.endsWith("/zone"))) return "zone";
  return keys.includes("kubernetes.io/hostname") ? "host" : undefined;
}

function isEmpty(value: object | string): boolean {
  return typeof value === "object" && Object.keys(value).length === 0;
}
