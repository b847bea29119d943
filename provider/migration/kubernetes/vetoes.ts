import type { Hold, RefusalReason } from "../../../planner/types.js";
import { matches } from "../../inventory/kubernetes/selector.js";
import { findShortage, type ResourceQuota } from "../../quota.js";
import type { VolumeClaim } from "./objects.js";
import {
  controllerOf,
  type DisruptionBudget,
  isReady,
  type LivePod,
  type NetworkPolicy,
  type Node,
} from "./objects.js";
import { placeOf } from "./placement.js";
import type { PodManifest } from "./replacement.js";
import { unready, unrest, type View } from "./view.js";

/** What surrounds a pod before it is touched. */
export interface Ground {
  readonly budgets: readonly DisruptionBudget[];
  readonly policies: readonly NetworkPolicy[];
  readonly quotas: readonly ResourceQuota[];
  /** Claims that the pod's volumes name. */
  readonly claims: readonly VolumeClaim[];
  /** Null where they may not be listed: the scheduler alone then says whether there is room. */
  readonly nodes: readonly Node[] | null;
  /** Pods of every namespace, or null. */
  readonly pods: readonly LivePod[] | null;
}

type Veto = (view: View, old: LivePod, ground: Ground, replacement: PodManifest | null) => Hold | null;

/** In this order; the first that stands is told. */
const vetoes: readonly Veto[] = [
  (view) => view.stopped,
  ownedBySet,
  optedOut,
  boundToVolume,
  withoutSurge,
  (view) => said("notReady", unrest(view)),
  (view) => said("notReady", unready(view)),
  belowBudget,
  outsidePolicy,
  overQuota,
  withoutRoom,
];

/**
 * Why a pod must not be replaced, or null. Pure; judged before anything is made, in the preview as in the run.
 * @param from node that the decision wants it off
 */
export function vetoOf(view: View, from: string, ground: Ground, replacement: PodManifest | null): Hold | null {
  const { old } = view;
  if (old === null) return null;
  if (old.spec.nodeName !== from) {
    return { reason: "gone", detail: `the pod runs on ${old.spec.nodeName ?? "no node yet"}, not on ${from}` };
  }
  for (const veto of vetoes) {
    const hold = veto(view, old, ground, replacement);
    if (hold !== null) return hold;
  }
  return null;
}

function ownedBySet({ replicaSet }: View, old: LivePod): Hold | null {
  const owner = controllerOf(old);
  if (owner === undefined) return { reason: "notSupported", detail: "no controller owns the pod" };
  if (owner.kind === "StatefulSet") {
    return { reason: "identityBound", detail: `StatefulSet ${owner.name} gives its pods an identity each` };
  }
  if (owner.kind !== "ReplicaSet") {
    return { reason: "notSupported", detail: `a ${owner.kind} owns the pod, and only ReplicaSets adopt one` };
  }
  const above = replicaSet === null ? undefined : controllerOf(replicaSet);
  if (above === undefined || above.kind === "Deployment") return null;
  return { reason: "notSupported", detail: `${above.kind} ${above.name} owns its ReplicaSet` };
}

function optedOut({ deployment, replicaSet }: View, old: LivePod): Hold | null {
  const ignored = [old, replicaSet, deployment].some(
    (object) => object?.metadata.annotations?.["firebreak.dev/ignore"] === "true",
  );
  return ignored ? { reason: "optedOut", detail: "carries the annotation firebreak.dev/ignore" } : null;
}

/** A claim that one node alone may mount cannot be had twice at once. */
function boundToVolume(_: View, { spec }: LivePod, { claims }: Ground): Hold | null {
  for (const { persistentVolumeClaim: volume } of spec.volumes ?? []) {
    if (volume === undefined) continue;
    const modes = claims.find((c) => c.metadata.name === volume.claimName)?.spec?.accessModes ?? [];
    const shared = modes.length > 0 && modes.every((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
    if (!shared)
      return { reason: "identityBound", detail: `its volume claim ${volume.claimName} is bound to one place` };
  }
  return null;
}

/** Where the Deployment wants no pod beyond its count, two at once may do harm. */
function withoutSurge({ deployment }: View): Hold | null {
  const { type, rollingUpdate } = deployment?.spec.strategy ?? {};
  if (type === "Recreate") return { reason: "maxSurge", detail: "strategy Recreate: never two generations at once" };
  return Number.parseFloat(String(rollingUpdate?.maxSurge ?? 1)) > 0
    ? null
    : { reason: "maxSurge", detail: "maxSurge is 0: the Deployment wants no pod beyond its replicas" };
}

function belowBudget(_: View, old: LivePod, { budgets }: Ground): Hold | null {
  for (const { metadata, spec, status } of budgets) {
    if (!matches(spec?.selector, old.metadata.labels)) continue;
    const healthy = (status?.currentHealthy ?? 0) + (isReady(old) ? 0 : 1);
    const unseen = (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);
    if (!unseen && healthy >= (status?.desiredHealthy ?? 0)) continue;
    const state = unseen ? "was not judged yet" : `has ${status?.currentHealthy} of ${status?.desiredHealthy} healthy`;
    return { reason: "disruptionBudget", detail: `PodDisruptionBudget ${metadata.name} ${state}` };
  }
  return null;
}

/** Until it is adopted the replacement lacks labels, and no policy that selects by these would hold it. */
function outsidePolicy(_: View, old: LivePod, { policies }: Ground, replacement: PodManifest | null): Hold | null {
  const lost = policies.find(
    ({ spec }) =>
      matches(spec?.podSelector, old.metadata.labels) && !matches(spec?.podSelector, replacement?.metadata.labels),
  );
  return said(
    "notSupported",
    lost === undefined
      ? null
      : `NetworkPolicy ${lost.metadata.name} would not hold the replacement before it is adopted; let it select by a label that the Deployment does not select by`,
  );
}

function overQuota(_: View, __: LivePod, { quotas }: Ground, replacement: PodManifest | null): Hold | null {
  return said("quota", replacement === null ? null : findShortage(quotas, [{ count: 1, pod: replacement.spec }]));
}

function withoutRoom(_: View, __: LivePod, { nodes, pods }: Ground, replacement: PodManifest | null): Hold | null {
  if (replacement === null || nodes === null || pods === null) return null;
  const place = placeOf(replacement, nodes, pods);
  return "node" in place ? null : place;
}

function said(reason: RefusalReason, detail: string | null): Hold | null {
  return detail === null ? null : { reason, detail };
}
