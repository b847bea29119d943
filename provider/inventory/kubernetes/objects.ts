import type { ResourceQuota } from "../../quota.js";
import type { PodSpec } from "../../workload.js";

/** The parts of Kubernetes' objects that an inventory is made of, as the API server writes them. */
export interface KubernetesObjects {
  /** Of all namespaces where they can be read, else of those asked for. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly workloads: readonly Workload[];
  /** Both stand between a pod and its workload. */
  readonly replicaSets: readonly Owned[];
  readonly jobs: readonly Owned[];
  readonly autoscalers: readonly Autoscaler[];
  readonly budgets: readonly Budget[];
  readonly quotas: readonly Quota[];
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly deletionTimestamp?: string;
}

export type Labels = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

export interface Owned {
  readonly metadata: Metadata;
}

/** A Deployment, StatefulSet, DaemonSet or CronJob. */
export interface Workload extends Owned {
  readonly kind: string;
  readonly spec?: {
    readonly replicas?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: number | string };
    };
    readonly template?: { readonly metadata?: Partial<Metadata>; readonly spec?: PodSpec };
  };
}

export interface Pod extends Owned {
  readonly spec: PodSpec & { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly startTime?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode?: number; readonly finishedAt?: string };
}

export interface Node extends Owned {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly allocatable?: Labels;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface Service extends Owned {
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Labels;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

export interface Autoscaler extends Owned {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}

/** A PodDisruptionBudget. */
export interface Budget extends Owned {
  readonly spec?: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: { readonly desiredHealthy?: number; readonly expectedPods?: number };
}

/** A ResourceQuota. */
export type Quota = Owned & ResourceQuota;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}
