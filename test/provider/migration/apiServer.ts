import type { Request } from "../../../provider/cluster.js";
import type { LivePod, ReplicaSet } from "../../../provider/migration/kubernetes/objects.js";
import type { Api, Written } from "../../../provider/migration/kubernetes/requests.js";

interface Stored {
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    ownerReferences?: { kind: string; name: string; uid: string; controller: boolean }[];
  };
}

/**
 * The rules of a Kubernetes API server that a migration leans on, in memory: names are taken once, versions count up,
 * UID and resourceVersion are preconditions, a deleted pod lingers. Everything else is for the test to play.
 */
export class ApiServer implements Api {
  readonly objects = new Map<string, Stored>();
  /** Every write that took effect, with the object before it. */
  readonly writes: { readonly request: Request; readonly before: Stored | null }[] = [];
  /** Pods that the ReplicaSet has made. */
  made = 0;
  private version = 0;

  put(path: string, object: object): void {
    const { metadata } = object as Stored;
    this.version += 1;
    const kept = { uid: metadata.uid ?? `uid-${this.version}`, ...metadata, resourceVersion: String(this.version) };
    this.objects.set(path, { ...object, metadata: kept } as Stored);
  }

  remove(path: string): void {
    this.objects.delete(path);
  }

  at<T>(path: string): T | null {
    return (this.objects.get(path) as T | undefined) ?? null;
  }

  async get<T>(path: string): Promise<T | null> {
    return structuredClone(this.at<T>(path));
  }

  async list<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<readonly T[]> {
    const wanted = (query.labelSelector ?? "").split(",").filter(Boolean);
    const found = [...this.objects].filter(
      ([key, { metadata }]) =>
        key.slice(0, key.lastIndexOf("/")) === path &&
        wanted.every((term) => {
          const [label = "", value] = term.split("=");
          const has = metadata.labels?.[label];
          return value === undefined ? has !== undefined : has === value;
        }),
    );
    return structuredClone(found.map(([, object]) => object as T));
  }

  async write(request: Request, permit: () => Promise<void>): Promise<Written> {
    await permit();
    return this.take(request);
  }

  /** What the API server does with a write. */
  take(request: Request): Written {
    const body = (request.body ?? {}) as Stored & { preconditions?: { uid?: string; resourceVersion?: string } };
    const path = request.method === "POST" ? `${request.path}/${body.metadata.name}` : request.path;
    const live = this.objects.get(path) ?? null;
    if (request.query?.dryRun !== undefined) return { done: body };
    if ((request.method === "POST") !== (live === null)) return "stale";
    const held = request.method === "DELETE" ? body.preconditions : body.metadata;
    if (live !== null && held?.uid !== undefined && held.uid !== live.metadata.uid) return "stale";
    if (
      live !== null &&
      held?.resourceVersion !== undefined &&
      held.resourceVersion !== live.metadata.resourceVersion
    ) {
      return "stale";
    }
    this.writes.push({ request, before: structuredClone(live) });
    if (request.method === "DELETE") {
      if (path.includes("/pods/") && live !== null) {
        this.put(path, { ...live, metadata: { ...live.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
      } else this.remove(path);
      return { done: {} };
    }
    this.put(path, request.method === "PATCH" ? (merge(live, body) as object) : body);
    return { done: structuredClone(this.objects.get(path)) };
  }
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(typeof target === "object" ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

/** Names and places of the one Deployment of a test. */
export const web = {
  namespace: "shop",
  pods: "/api/v1/namespaces/shop/pods",
  set: "/apis/apps/v1/namespaces/shop/replicasets/web-1",
  deployment: "/apis/apps/v1/namespaces/shop/deployments/web",
  labels: { app: "web", "pod-template-hash": "1" },
};

/** A pod of the ReplicaSet, as it is while Pending. */
export function podOf(name: string, node: string, more: object = {}): object {
  return {
    metadata: {
      name,
      namespace: web.namespace,
      labels: { ...web.labels },
      ownerReferences: [{ kind: "ReplicaSet", name: "web-1", uid: "set", controller: true }],
    },
    spec: { nodeName: node, containers: [{ name: "app" }], terminationGracePeriodSeconds: 30 },
    status: { phase: "Pending" },
    ...more,
  };
}

/** A Deployment of `replicas` Ready pods `web-1-a`, `web-1-b`, … on `node-0`, `node-1`, …, with what is around it. */
export function startCluster(replicas: number): ApiServer {
  const api = new ApiServer();
  const template = { metadata: { labels: { ...web.labels } }, spec: { containers: [{ name: "app" }] } };
  api.put(web.deployment, {
    metadata: { name: "web", namespace: web.namespace, generation: 1 },
    spec: { replicas },
    status: { observedGeneration: 1, replicas, updatedReplicas: replicas },
  });
  api.put(web.set, {
    metadata: {
      name: "web-1",
      namespace: web.namespace,
      uid: "set",
      ownerReferences: [{ kind: "Deployment", name: "web", uid: "dep", controller: true }],
    },
    spec: { replicas, selector: { matchLabels: { ...web.labels } }, template },
  });
  for (let i = 0; i < replicas; i += 1) {
    const name = `web-1-${"abcdefgh"[i]}`;
    api.put(`${web.pods}/${name}`, podOf(name, `node-${i}`));
    setReady(api, name, true);
  }
  for (let i = 0; i < replicas + 2; i += 1) {
    api.put(`/api/v1/nodes/node-${i}`, {
      metadata: { name: `node-${i}` },
      status: { allocatable: { cpu: "4", pods: "10" }, conditions: [{ type: "Ready", status: "True" }] },
    });
  }
  return api;
}

export function setReady(api: ApiServer, name: string, ready: boolean): void {
  const pod = api.at<LivePod>(`${web.pods}/${name}`);
  if (pod === null) return;
  const conditions = [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  api.put(`${web.pods}/${name}`, { ...pod, status: { phase: "Running", conditions } });
}

export const podsIn = (api: ApiServer): LivePod[] =>
  [...api.objects].flatMap(([path, object]) => (path.startsWith(`${web.pods}/`) ? [object as unknown as LivePod] : []));

/**
 * One round of the ReplicaSet controller, as `pkg/controller/replicaset` does it: adopts who matches, releases who does
 * not, then makes or deletes the difference; of those to delete the unassigned, unready and cheap ones first.
 */
export function syncReplicaSet(api: ApiServer): void {
  const set = api.at<ReplicaSet>(web.set);
  if (set === null) return;
  for (const pod of podsIn(api)) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const fits = Object.entries(web.labels).every(([label, value]) => pod.metadata.labels?.[label] === value);
    const owner = pod.metadata.ownerReferences?.[0];
    if (fits === (owner !== undefined)) continue;
    const ownerReferences = fits ? [{ kind: "ReplicaSet", name: "web-1", uid: "set", controller: true }] : undefined;
    api.put(`${web.pods}/${pod.metadata.name}`, { ...pod, metadata: { ...pod.metadata, ownerReferences } });
  }
  const active = podsIn(api).filter(
    (p) => p.metadata.ownerReferences?.[0]?.uid === "set" && p.metadata.deletionTimestamp === undefined,
  );
  const wanted = set.spec.replicas ?? 1;
  for (let i = active.length; i < wanted; i += 1) {
    api.made += 1;
    api.put(`${web.pods}/web-1-n${api.made}`, podOf(`web-1-n${api.made}`, "node-9"));
  }
  const rank = (pod: LivePod) => {
    const ready = pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ? 1 : 0;
    return [ready, Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0)] as const;
  };
  const ordered = active.sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x[0] - y[0] || x[1] - y[1] || (a.metadata.name < b.metadata.name ? -1 : 1);
  });
  for (const pod of ordered.slice(0, Math.max(0, active.length - wanted))) {
    const metadata = { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    api.put(`${web.pods}/${pod.metadata.name}`, { ...pod, metadata });
  }
}

/** The kubelets: pods on their way out are gone, and, where `start` says so, those that are Pending become Ready. */
export function syncKubelets(api: ApiServer, start: (pod: LivePod) => boolean): void {
  for (const pod of podsIn(api)) {
    if (pod.metadata.deletionTimestamp !== undefined) api.remove(`${web.pods}/${pod.metadata.name}`);
    else if (pod.status?.phase !== "Running" && start(pod)) {
      const spec = { ...pod.spec, nodeName: pod.spec.nodeName ?? "node-4" };
      api.put(`${web.pods}/${pod.metadata.name}`, { ...pod, spec });
      setReady(api, pod.metadata.name, true);
    }
  }
}
