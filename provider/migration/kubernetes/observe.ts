import type { Hold } from "../../../planner/types.js";
import type { ResourceQuota } from "../../quota.js";
import { migrationLabel, notes, pairOf, replacementName } from "./names.js";
import {
  controllerOf,
  type Deployment,
  type DisruptionBudget,
  type LivePod,
  type NetworkPolicy,
  type Node,
  type ReplicaSet,
  type VolumeClaim,
} from "./objects.js";
import type { Api } from "./requests.js";
import { ForbiddenError } from "./requests.js";
import type { Ground } from "./vetoes.js";
import type { View } from "./view.js";

/** Which pod a migration is about. */
export interface Subject {
  readonly namespace: string;
  /** Pod name and UID. */
  readonly name: string;
  readonly uid: string;
  readonly key: string;
}

/**
 * Reads what the next step depends on.
 * @param before what this run saw last: where the pod is gone and its replacement carries no mark any more, it alone
 * tells which that was
 * @throws UnreachableError, ForbiddenError
 */
export async function observe(api: Api, subject: Subject, stopped: Hold | null, before?: View): Promise<View> {
  const { namespace, name, uid, key } = subject;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const found = await api.get<LivePod>(`${pods}/${name}`);
  const old = found?.metadata.uid === uid ? found : null;
  const owner = old === null ? undefined : controllerOf(old);
  const known = owner?.kind === "ReplicaSet" ? owner : before?.replicaSet?.metadata;
  // Where the pod is gone, its replacement tells by its label and notes whose it is.
  const traced = known === undefined ? await traceReplacement(api, pods, key) : null;
  const set = known === undefined ? setOf(traced) : { name: known.name, uid: known.uid ?? "" };
  if (set.name === "") {
    return { old, replacement: traced, replicaSet: null, deployment: null, members: [], stopped };
  }
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const [replacement, live] = await Promise.all([
    traced ?? api.get<LivePod>(`${pods}/${replacementName(set.name, key)}`),
    api.get<ReplicaSet>(`${apps}/replicasets/${set.name}`),
  ]);
  const replicaSet = live?.metadata.uid === set.uid ? live : null;
  const above = replicaSet === null ? undefined : controllerOf(replicaSet);
  const [deployment, members] = await Promise.all([
    above?.kind === "Deployment" ? api.get<Deployment>(`${apps}/deployments/${above.name}`) : null,
    replicaSet === null ? [] : membersOf(api, pods, replicaSet),
  ]);
  return { old, replacement, replicaSet, deployment, members, stopped };
}

/** Reads what the vetoes look at, once, before anything is made. @throws UnreachableError, ForbiddenError */
export async function survey(api: Api, old: LivePod): Promise<Ground> {
  const namespace = old.metadata.namespace ?? "default";
  const core = `/api/v1/namespaces/${namespace}`;
  const named = (old.spec.volumes ?? []).flatMap((v) => v.persistentVolumeClaim?.claimName ?? []);
  const [budgets, policies, quotas, claims, nodes, pods] = await Promise.all([
    api.list<DisruptionBudget>(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`),
    api.list<NetworkPolicy>(`/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`),
    api.list<ResourceQuota>(`${core}/resourcequotas`),
    Promise.all(named.map((claim) => api.get<VolumeClaim>(`${core}/persistentvolumeclaims/${claim}`))),
    listIfAllowed<Node>(api, "/api/v1/nodes"),
    listIfAllowed<LivePod>(api, "/api/v1/pods", { fieldSelector: "status.phase!=Succeeded,status.phase!=Failed" }),
  ]);
  return { budgets, policies, quotas, claims: claims.filter((claim) => claim !== null), nodes, pods };
}

async function traceReplacement(api: Api, pods: string, key: string): Promise<LivePod | null> {
  const ours = await api.list<LivePod>(pods, { labelSelector: `${migrationLabel}=${key}` });
  return ours.find((pod) => pod.metadata.annotations?.[notes.replaces] !== undefined) ?? null;
}

function setOf(replacement: LivePod | null): { readonly name: string; readonly uid: string } {
  return pairOf(replacement?.metadata.annotations?.[notes.replicaSet]);
}

async function membersOf(api: Api, pods: string, set: ReplicaSet): Promise<readonly LivePod[]> {
  const labelSelector = Object.entries(set.spec.selector.matchLabels ?? {})
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
  const selected = await api.list<LivePod>(pods, { labelSelector });
  return selected.filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
}

async function listIfAllowed<T>(
  api: Api,
  path: string,
  query?: Readonly<Record<string, string>>,
): Promise<readonly T[] | null> {
  try {
    return await api.list<T>(path, query);
  } catch (error) {
    if (error instanceof ForbiddenError) return null;
    throw error;
  }
}
