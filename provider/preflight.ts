import type { Change, RefusalReason } from "../planner/types.js";
import { ask, type Cluster, reasonOf, type Unreachable, UnreachableError } from "./cluster.js";
import { type DryRunRefusal, dryRunNumber } from "./dryRun.js";
import { itemsOf, type LiveObject, type ObjectRef, readObject } from "./liveObject.js";
import { objectFor } from "./namedObjects.js";
import type { Owned } from "./owners.js";
import { valueAt } from "./propertyValue.js";
import { type AddedPods, findShortage, type ResourceQuota } from "./quota.js";
import { findSlotShortage } from "./reservation/room.js";
import type { ReservationSettings } from "./reservation/settings.js";
import { targetKindOf, type ValueChange } from "./targets/index.js";
import type { Workload } from "./workload.js";

/** What stands against a change, found before anything is changed. */
export interface Finding {
  /** The change; null where the finding concerns them all. */
  readonly change: Change | null;
  readonly reason: RefusalReason | "forbidden" | "unreachable" | "rejected";
  readonly detail: string;
}

export interface Preflight {
  /** False where at least one finding stands. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** Pods that the changes up to now add, by namespace. */
type Added = Map<string, AddedPods[]>;

/** How reservations are declared, and where the replicas are that they are for. */
export interface Reserving {
  readonly settings: ReservationSettings;
  /** Namespace of a service's replicas, where it is known. */
  namespaceOf(service: string): string | undefined;
}

/**
 * Tries every change of replicas, a weight or a reservation on the live cluster without writing anything: a server-side
 * dry run of each patch (field conflicts, admission, permission), and the room that the namespaces' quotas leave for the
 * added pods, changes counted in their order. An object that does not exist yet has nothing to conflict with and is left
 * to the engine.
 */
export async function preflight(
  cluster: Cluster | Unreachable,
  changes: readonly Change[],
  targets: readonly Owned[],
  reserving?: Reserving,
): Promise<Preflight> {
  if (changes.length === 0) return { ok: true, findings: [] };
  if ("unreachable" in cluster) return failed(cluster.unreachable);
  const findings: Finding[] = [];
  const added: Added = new Map();
  try {
    for (const change of changes) {
      const found = await findAgainst(cluster, change, targets, added, reserving);
      if (found !== null) findings.push({ change, ...found });
    }
  } catch (error) {
    if (error instanceof UnreachableError) return failed(error.message);
    throw error;
  }
  return { ok: findings.length === 0, findings };
}

async function findAgainst(
  cluster: Cluster,
  change: Change,
  targets: readonly Owned[],
  added: Added,
  reserving: Reserving | undefined,
): Promise<DryRunRefusal | null> {
  if (change.kind === "replicas" || change.kind === "dnsWeight") {
    const target = objectFor(change.target, targets);
    return target === undefined ? null : tryChange(cluster, change, target, added);
  }
  if (change.kind !== "reservation" || reserving === undefined) return null;
  const { settings, namespaceOf } = reserving;
  return findSlotShortage(cluster, change, settings, namespaceOf(change.service));
}

async function tryChange(
  cluster: Cluster,
  change: ValueChange,
  target: Owned,
  added: Added,
): Promise<DryRunRefusal | null> {
  const kind = targetKindOf(target.type, change.kind);
  const live = await readObject(cluster, target);
  if (live === null || kind === undefined) return null;
  if ("unreadable" in live) return { reason: "forbidden", detail: live.unreadable };
  const part = change.kind === "dnsWeight" ? change.backend : undefined;
  const places = kind.placesIn(live as unknown as Readonly<Record<string, unknown>>, part);
  if (places.length === 0) return { reason: "noTarget", detail: `it has no ${kind.field(part)} any more` };
  const refused = await dryRunNumber(cluster, target, live, places, change.to, kind.field(part));
  if (refused !== null || change.kind !== "replicas") return refused;
  const workload = await workloadOf(cluster, target, live);
  return workload === null ? null : checkQuota(cluster, change.to, workload, added);
}

/** What runs the replicas: the object itself, or what it scales. */
async function workloadOf(cluster: Cluster, target: ObjectRef, live: LiveObject): Promise<Workload | null> {
  const scaled = valueAt(live, ["spec", "scaleTargetRef", "name"]);
  if (typeof scaled !== "string") return live as Workload;
  const type = `kubernetes:apps/v1:${valueAt(live, ["spec", "scaleTargetRef", "kind"]) ?? "Deployment"}`;
  const found = await readObject(cluster, { ...target, type, objectName: scaled });
  return found === null || "unreadable" in found ? null : (found as Workload);
}

async function checkQuota(
  cluster: Cluster,
  to: number,
  workload: Workload,
  added: Added,
): Promise<DryRunRefusal | null> {
  const { namespace = "default" } = workload.metadata;
  const more = { count: Math.max(0, to - (workload.spec.replicas ?? 1)), pod: workload.spec.template.spec };
  const pods = [...(added.get(namespace) ?? []), more];
  const answer = await ask(cluster, { path: `/api/v1/namespaces/${namespace}/resourcequotas` });
  if (answer.status === 403) return { reason: "forbidden", detail: reasonOf(answer) };
  const shortage = findShortage(itemsOf<ResourceQuota>(answer), pods);
  if (shortage !== null) return { reason: "noRoom", detail: shortage };
  added.set(namespace, pods);
  return null;
}

/**
 * Asks whether a pod may be evicted now, without evicting it. Returns null where it may, else why not (for example a
 * PodDisruptionBudget). The UID makes sure that it is this pod and not one of the same name that came later.
 * @throws UnreachableError
 */
export async function dryRunEviction(
  cluster: Cluster,
  pod: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<string | null> {
  const answer = await ask(cluster, {
    method: "POST",
    path: `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/eviction`,
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: pod.name, namespace: pod.namespace },
      deleteOptions: { dryRun: ["All"], preconditions: { uid: pod.uid } },
    },
  });
  return answer.status < 300 ? null : reasonOf(answer);
}

function failed(detail: string): Preflight {
  return { ok: false, findings: [{ change: null, reason: "unreachable", detail }] };
}
