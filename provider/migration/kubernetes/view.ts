import type { Hold } from "../../../planner/types.js";
import { deletionCost, lowestCost, migrationLabel } from "./names.js";
import { controllerOf, type Deployment, isLeaving, isReady, type LivePod, type ReplicaSet } from "./objects.js";
import { isMember } from "./replacement.js";

/** All that a migration's next step depends on, as the API server shows it now: nothing is remembered between runs. */
export interface View {
  /** The pod that is to leave, by its UID; null where it is gone. */
  readonly old: LivePod | null;
  readonly replacement: LivePod | null;
  /** Null where it is gone. */
  readonly replicaSet: ReplicaSet | null;
  readonly deployment: Deployment | null;
  /** Pods that the ReplicaSet owns, those on their way out included. */
  readonly members: readonly LivePod[];
  /** Why nothing new may be begun now, or null. */
  readonly stopped: Hold | null;
}

/** Whether the pod that leaves carries our deletion cost. */
export function isMarked({ metadata }: LivePod, key: string): boolean {
  return metadata.labels?.[migrationLabel] === key && metadata.annotations?.[deletionCost] === lowestCost;
}

/** Whether the pod carries the migration's label. */
export function isOurs({ metadata }: LivePod, key: string): boolean {
  return metadata.labels?.[migrationLabel] === key;
}

/** Members that stay and are Ready, those of `except` left out. */
export function readyMembers({ members }: Pick<View, "members">, except?: string): readonly LivePod[] {
  return members.filter((pod) => isReady(pod) && pod.metadata.uid !== except);
}

/** Why the ReplicaSet is not the one that the Deployment keeps, whole and at rest, or null. */
export function unrest({ replicaSet, deployment }: Pick<View, "replicaSet" | "deployment">): string | null {
  if (replicaSet === null) return "its ReplicaSet is gone";
  const { name } = replicaSet.metadata;
  if (replicaSet.metadata.deletionTimestamp !== undefined) return `ReplicaSet ${name} is being deleted`;
  if ((replicaSet.spec.replicas ?? 1) === 0) return `ReplicaSet ${name} is scaled to 0`;
  if (deployment === null) return controllerOf(replicaSet) === undefined ? null : "its Deployment is gone";
  const { metadata, spec, status } = deployment;
  if (metadata.deletionTimestamp !== undefined) return `Deployment ${metadata.name} is being deleted`;
  const rollingOut = `Deployment ${metadata.name} is in the middle of a rollout`;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return rollingOut;
  if ((replicaSet.spec.replicas ?? 1) !== (spec.replicas ?? 1)) return rollingOut;
  const replicas = status?.replicas ?? 0;
  return replicas === (status?.updatedReplicas ?? 0) ? null : rollingOut;
}

/** Why a pod of the ReplicaSet cannot be spared now, that which leaves aside, or null. */
export function unready(view: View): string | null {
  const { old, replicaSet } = view;
  if (replicaSet === null) return null;
  const wanted = replicaSet.spec.replicas ?? 1;
  const staying = view.members.filter((pod) => !isLeaving(pod) && pod.metadata.uid !== old?.metadata.uid);
  const ready = staying.filter(isReady).length;
  const others = wanted - (old !== null && !isLeaving(old) && isMember(old, replicaSet) ? 1 : 0);
  if (ready >= others && staying.length === others) return null;
  return `of the ${others} other pods of ${replicaSet.metadata.name}, ${ready} are Ready`;
}
