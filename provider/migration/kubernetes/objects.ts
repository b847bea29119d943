import type { LabelSelector, Labels, Metadata, OwnerReference, Pod } from "../../inventory/kubernetes/objects.js";
import type { PodSpec } from "../../workload.js";

export type { LabelSelector, Labels, Node, OwnerReference } from "../../inventory/kubernetes/objects.js";

/** The parts of Kubernetes' objects that a migration looks at and makes, as the API server writes them. */
export interface LiveMetadata extends Metadata {
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
}

export interface LivePod extends Pod {
  readonly metadata: LiveMetadata;
  readonly spec: FullPodSpec;
  readonly status?: Pod["status"] & { readonly conditions?: readonly Condition[] };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export type FullPodSpec = PodSpec & {
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  readonly nodeSelector?: Labels;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: Affinity;
  readonly volumes?: readonly Volume[];
  readonly terminationGracePeriodSeconds?: number;
};

export interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly ephemeral?: unknown;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface NodeRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NodeTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
}

export interface PodTerm {
  readonly topologyKey: string;
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
}

export interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms: readonly NodeTerm[] };
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number;
      readonly preference: NodeTerm;
    }[];
  };
  readonly podAffinity?: unknown;
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodTerm[] };
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
  readonly spec: FullPodSpec;
}

export interface ReplicaSet {
  readonly metadata: LiveMetadata;
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status?: { readonly replicas?: number; readonly observedGeneration?: number };
}

export interface Deployment {
  readonly metadata: LiveMetadata;
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: number | string };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
  };
}

/** A PodDisruptionBudget. */
export interface DisruptionBudget {
  readonly metadata: LiveMetadata;
  readonly spec?: { readonly selector?: LabelSelector };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

export interface NetworkPolicy {
  readonly metadata: LiveMetadata;
  readonly spec?: { readonly podSelector?: LabelSelector };
}

export interface VolumeClaim {
  readonly metadata: LiveMetadata;
  readonly spec?: { readonly accessModes?: readonly string[] };
}

/** A Lease of `coordination.k8s.io`. */
export interface LeaseObject {
  readonly metadata: LiveMetadata;
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** The controller that owns an object, if any. */
export function controllerOf({ metadata }: { readonly metadata: Metadata }): OwnerReference | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** Whether the pod is on its way out, or has ended: no controller counts on it any more. */
export function isLeaving({ metadata, status }: LivePod): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Whether the pod is Ready, and stays. */
export function isReady(pod: LivePod): boolean {
  return !isLeaving(pod) && conditionOf(pod, "Ready")?.status === "True";
}

export function conditionOf({ status }: LivePod, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
