import type { Target } from "../planner/types.js";
import { type Answer, ask, type Cluster, reasonOf } from "./cluster.js";

/** The parts of a live Deployment or StatefulSet that are read here. */
export interface Workload {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec: { readonly replicas?: number; readonly template: { readonly spec: PodSpec } };
}

/** One entry of `metadata.managedFields`: who owns which fields. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: { readonly "f:spec"?: Readonly<Record<string, unknown>> };
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly (Container & { readonly restartPolicy?: string })[];
  readonly overhead?: Readonly<Record<string, string>>;
  /** What the pod as a whole asks for, in place of the sum over its containers. */
  readonly resources?: Container["resources"];
  readonly activeDeadlineSeconds?: number;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly {
    readonly key?: string;
    readonly operator?: "Equal" | "Exists";
    readonly value?: string;
    readonly effect?: string;
  }[];
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly {
          readonly matchExpressions?: readonly Requirement[];
          readonly matchFields?: readonly Requirement[];
        }[];
      };
    };
    readonly podAntiAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[];
    };
  };
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Pods that a pod is kept away from (or near), within what the topology key names. */
export interface PodAffinityTerm {
  readonly topologyKey: string;
  readonly labelSelector?: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly Requirement[];
  };
}

export interface Container {
  readonly name?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
}

/** Where the API server keeps the object of a target. */
export function pathOf(target: Pick<Target, "type" | "namespace" | "objectName">): string {
  const plural = target.type.endsWith(":StatefulSet") ? "statefulsets" : "deployments";
  return `/apis/apps/v1/namespaces/${target.namespace ?? "default"}/${plural}/${target.objectName ?? ""}`;
}

/** The live object of a target; null where there is none (yet), `unreadable` where the API server refuses to show it. */
export async function readWorkload(
  cluster: Cluster,
  target: Pick<Target, "type" | "namespace" | "objectName">,
): Promise<Workload | null | { readonly unreadable: string }> {
  if (target.objectName === undefined) return null;
  const answer = await ask(cluster, { path: pathOf(target) });
  if (answer.status === 200) return answer.body as Workload;
  return answer.status === 404 ? null : { unreadable: reasonOf(answer) };
}

/** Items of a list; none where the API server does not know the kind. @throws Error where it refuses. */
export function itemsOf<T>(answer: Answer): readonly T[] {
  if (answer.status === 404) return [];
  if (answer.status !== 200) throw new Error(reasonOf(answer));
  return (answer.body as { items: readonly T[] }).items;
}
