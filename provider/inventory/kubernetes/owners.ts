import type { KubernetesObjects, Metadata, Owned, OwnerReference, Pod } from "./objects.js";

/** What a pod is a replica of. */
export interface Owner {
  readonly namespace: string;
  /** `Pod` where nothing owns it. */
  readonly kind: string;
  readonly name: string;
}

/** One text for each owner. */
export const keyOf = ({ namespace, kind, name }: Owner) => `${namespace}/${kind}/${name}`;

export const namespaceOf = ({ namespace }: Metadata) => namespace ?? "default";

/**
 * Tells what each pod is a replica of: its controller, or for a ReplicaSet or Job the controller of that, where it has
 * one. A pod that a kubelet runs from a file (`etcd-NODE`) is a replica of what it is called on every node.
 */
export function ownerFinder({ replicaSets, jobs }: KubernetesObjects): (pod: Pod) => Owner {
  const between = new Map([...replicaSets, ...jobs].map((object) => [object.metadata.uid, object]));
  return (pod) => {
    const namespace = namespaceOf(pod.metadata);
    const controller = controllerOf(pod);
    if (controller === undefined) return { namespace, kind: "Pod", name: pod.metadata.name };
    if (controller.kind === "Node") return { namespace, kind: "Pod", name: staticName(pod) };
    const object = between.get(controller.uid);
    const { kind, name } = (object === undefined ? guessOwner(pod, controller) : controllerOf(object)) ?? controller;
    return { namespace, kind, name };
  };
}

function controllerOf({ metadata }: Owned): OwnerReference | undefined {
  return metadata.ownerReferences?.find((o) => o.controller === true);
}

/** The kubelet adds the node's name to that of the pod in the file. */
function staticName({ metadata: { name }, spec: { nodeName } }: Pod): string {
  return nodeName !== undefined && name.endsWith(`-${nodeName}`) ? name.slice(0, -nodeName.length - 1) : name;
}

/**
 * The owner of a ReplicaSet or Job that cannot be read, by its name: a Deployment adds the hash of its template to its
 * own, a CronJob the minute of the run.
 */
function guessOwner({ metadata }: Pod, { kind, name }: OwnerReference): OwnerReference | undefined {
  const hash = metadata.labels?.["pod-template-hash"];
  if (kind === "ReplicaSet" && hash !== undefined && name.endsWith(`-${hash}`)) {
    return { kind: "Deployment", name: name.slice(0, -hash.length - 1) };
  }
  const run = kind === "Job" ? /^(.+)-\d{8,}$/.exec(name)?.[1] : undefined;
  return run === undefined ? undefined : { kind: "CronJob", name: run };
}
