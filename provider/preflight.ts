import type { Change, RefusalReason, ReplicasChange, Target } from "../planner/types.js";
import { type Answer, ask, type Cluster, reasonOf, type Unreachable, UnreachableError } from "./cluster.js";
import { isPulumi } from "./owners.js";
import { type AddedPods, findShortage, type ResourceQuota } from "./quota.js";
import { itemsOf, pathOf, readWorkload, type Workload } from "./workload.js";

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

/**
 * Tries every replica change on the live cluster without writing anything: a server-side dry run of each patch (field
 * conflicts, admission, permission), and the room that the namespace's quotas leave for the added pods, changes counted
 * in their order. An object that does not exist yet has nothing to conflict with and is left to the engine.
 */
export async function preflight(
  cluster: Cluster | Unreachable,
  changes: readonly Change[],
  targets: readonly Target[],
): Promise<Preflight> {
  if (changes.length === 0) return { ok: true, findings: [] };
  if ("unreachable" in cluster) return failed(cluster.unreachable);
  const findings: Finding[] = [];
  const added = new Map<string, AddedPods[]>();
  try {
    for (const change of changes) {
      if (change.kind !== "replicas") continue;
      const target = targets.find((t) => t.service === change.service && t.type === change.target.type);
      if (target?.objectName === undefined) continue;
      findings.push(...(await tryChange(cluster, change, target, added)));
    }
  } catch (error) {
    if (error instanceof UnreachableError) return failed(error.message);
    throw error;
  }
  return { ok: findings.length === 0, findings };
}

async function tryChange(
  cluster: Cluster,
  change: ReplicasChange,
  target: Target,
  added: Map<string, AddedPods[]>,
): Promise<Finding[]> {
  const live = await readWorkload(cluster, target);
  if (live === null) return [];
  if ("unreadable" in live) return [{ change, reason: "forbidden", detail: live.unreadable }];
  const refused = await dryRunReplicas(cluster, target, live, change.to);
  if (refused !== null) return [{ change, ...refused }];
  return checkQuota(cluster, change, live, added);
}

/**
 * Applies `replicas` as a dry run: first without force, where every owner but Pulumi counts as a conflict, then with
 * force, so that validation and admission judge the change as Pulumi will send it.
 */
async function dryRunReplicas(
  cluster: Cluster,
  target: Target,
  live: Workload,
  replicas: number,
): Promise<Omit<Finding, "change"> | null> {
  const { name, namespace } = live.metadata;
  const patch = (force: boolean) =>
    ask(cluster, {
      method: "PATCH",
      path: pathOf(target),
      query: { fieldManager: "firebreak-preflight", dryRun: "All", force: String(force) },
      contentType: "application/apply-patch+yaml",
      body: {
        apiVersion: "apps/v1",
        kind: target.type.split(":")[2],
        metadata: { name, namespace },
        spec: { replicas },
      },
    });
  let answer = await patch(false);
  const foreign = conflictsOf(answer).filter((manager) => !isPulumi(manager));
  if (foreign.length > 0) {
    return { reason: "ownedByOther", detail: `spec.replicas is owned by ${[...new Set(foreign)].join(", ")}` };
  }
  if (answer.status === 409) answer = await patch(true);
  if (answer.status < 300) return null;
  return { reason: answer.status === 403 ? "forbidden" : "rejected", detail: reasonOf(answer) };
}

/** Managers that a refused server-side apply names, such as `kubectl`. */
function conflictsOf({ status, body }: Answer): string[] {
  if (status !== 409) return [];
  const details = (body as { details?: { causes?: readonly { reason?: string; message?: string }[] } }).details;
  return (details?.causes ?? [])
    .filter((cause) => cause.reason === "FieldManagerConflict")
    .map((cause) => /conflict with "([^"]+)"/.exec(cause.message ?? "")?.[1] ?? "an unnamed manager");
}

async function checkQuota(
  cluster: Cluster,
  change: ReplicasChange,
  live: Workload,
  added: Map<string, AddedPods[]>,
): Promise<Finding[]> {
  const { namespace } = live.metadata;
  const pods = [
    ...(added.get(namespace) ?? []),
    { count: change.to - (live.spec.replicas ?? 1), pod: live.spec.template.spec },
  ];
  const answer = await ask(cluster, { path: `/api/v1/namespaces/${namespace}/resourcequotas` });
  if (answer.status === 403) return [{ change, reason: "forbidden", detail: reasonOf(answer) }];
  const shortage = findShortage(itemsOf<ResourceQuota>(answer), pods);
  if (shortage !== null) return [{ change, reason: "noRoom", detail: shortage }];
  added.set(namespace, pods);
  return [];
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
