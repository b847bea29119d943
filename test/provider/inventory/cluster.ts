import { readInventory } from "../../../graph/inventory.js";
import { writeInventory } from "../../../graph/inventoryDocument.js";
import { describeCluster } from "../../../provider/inventory/kubernetes/describe.js";
import type {
  ContainerStatus,
  KubernetesObjects,
  Labels,
  Metadata,
  Node,
  OwnerReference,
  Pod,
  Service,
  Workload,
} from "../../../provider/inventory/kubernetes/objects.js";

/** When the tests' clusters are looked at, and when their pods were started. */
export const time = Date.parse("2026-11-25T12:00:00Z") / 1000;
export const started = Date.parse("2026-11-25T10:00:00Z") / 1000;

export const clusterOf = (objects: Partial<KubernetesObjects>): KubernetesObjects => ({
  pods: [],
  nodes: [],
  services: [],
  workloads: [],
  replicaSets: [],
  jobs: [],
  autoscalers: [],
  budgets: [],
  quotas: [],
  ...objects,
});

export const ownedBy = (kind: string, name: string): { readonly ownerReferences: readonly OwnerReference[] } => ({
  ownerReferences: [
    { kind: "Note", name: "not-the-controller", uid: "note" },
    { kind, name, uid: `${kind}/${name}`, controller: true },
  ],
});

/** An object that stands between pods and their workload. */
export const between = (kind: string, name: string, owner?: ReturnType<typeof ownedBy>) => ({
  metadata: { name, namespace: "shop", uid: `${kind}/${name}`, ...owner },
});

interface PodParts {
  readonly metadata?: Partial<Metadata>;
  readonly spec?: Partial<Pod["spec"]>;
  readonly status?: Pod["status"];
}

/** A running pod of one container at `ip` on node `n1`. */
export function podOf(name: string, ip: string, { metadata, spec, status }: PodParts = {}): Pod {
  return {
    metadata: { name, namespace: "shop", uid: `Pod/${name}`, ...metadata },
    spec: { nodeName: "n1", containers: [{ name: "main" }], ...spec },
    status: {
      phase: "Running",
      startTime: "2026-11-25T10:00:00Z",
      podIP: ip,
      podIPs: [{ ip }],
      containerStatuses: [up("main")],
      ...status,
    },
  };
}

/** The status of a container that runs, after `restarts`. */
export const up = (name: string, restarts = 0): ContainerStatus => ({
  name,
  restartCount: restarts,
  state: { running: { startedAt: "2026-11-25T10:00:01Z" } },
});

/** A Deployment `name` with its ReplicaSet and a pod at each address, labelled `app: name`. */
export function deploymentOf(name: string, ips: readonly string[], metadata: Partial<Metadata> = {}) {
  const set = `${name}-5d4f8`;
  const labels = { app: name, "pod-template-hash": "5d4f8" };
  const workload: Workload = {
    kind: "Deployment",
    metadata: { name, namespace: "shop", ...metadata },
    spec: { template: { metadata: { labels } } },
  };
  return {
    workload,
    replicaSet: between("ReplicaSet", set, ownedBy("Deployment", name)),
    pods: ips.map((ip, i) => podOf(`${set}-${i}`, ip, { metadata: { labels, ...ownedBy("ReplicaSet", set) } })),
  };
}

export const serviceOf = (name: string, selector: Labels | undefined, spec: Service["spec"] = {}): Service => ({
  metadata: { name, namespace: "shop" },
  spec: { selector, ...spec },
});

export const nodeOf = (name: string, zone: string | undefined, more: Partial<Node> = {}): Node => ({
  metadata: { name, labels: zone === undefined ? {} : { "topology.kubernetes.io/zone": zone } },
  status: {
    allocatable: { cpu: "3920m", memory: "8Gi" },
    addresses: [{ type: "InternalIP", address: "192.168.0.1" }],
    conditions: [{ type: "Ready", status: "True" }],
  },
  ...more,
});

/** What is found in the namespace `shop`; the document is one that Firebreak reads. */
export function look(objects: Partial<KubernetesObjects>, namespaces: readonly string[] = ["shop"]) {
  const found = describeCluster(clusterOf(objects), { namespaces, time });
  readInventory(writeInventory(found.inventory));
  return found;
}
export const servicesOf = (objects: Partial<KubernetesObjects>, namespaces?: readonly string[]) =>
  Object.fromEntries(look(objects, namespaces).inventory.instances.map((i) => [i.id, i.service]));
export const front = (objects: Partial<KubernetesObjects>, id: string, namespaces?: readonly string[]) =>
  look(objects, namespaces).inventory.services.find((s) => s.id === id);
