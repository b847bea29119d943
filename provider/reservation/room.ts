import type { Hold } from "../../planner/types.js";
import { ask, type Cluster, reasonOf } from "../cluster.js";
import { itemsOf, readObject } from "../liveObject.js";
import { findShortage, type ResourceQuota } from "../quota.js";
import type { ReservationStackChange } from "../stackChange.js";
import type { PodSpec } from "../workload.js";
import { slotPod, slotsName } from "./objects.js";
import type { ReservationSettings } from "./settings.js";

/**
 * Why the added slots of a reservation must not be declared, or null: the quotas of their namespace leave no room, or
 * those of the service's own for the replicas that they are kept free for; or the API server would not take such a pod (a
 * server-side dry run: limits, pod security). A namespace that does not exist yet has none of these. Slots that are there
 * already are not asked about.
 * @param home namespace of the service's replicas, where it is known
 * @throws UnreachableError
 */
export async function findSlotShortage(
  cluster: Cluster,
  change: Pick<ReservationStackChange, "service" | "slot" | "to" | "target">,
  settings: ReservationSettings,
  home?: string,
): Promise<Hold | null> {
  const { namespace } = settings;
  const { service, slot, to } = change;
  const objectName = slotsName(service);
  const live = await readObject(cluster, { type: change.target.type, namespace, objectName });
  const there = live === null || "unreadable" in live ? 0 : Number(live.spec?.replicas ?? 0);
  if (to <= there || !change.target.type.startsWith("kubernetes:")) return null;
  const pod = slotPod(slot, service, settings);
  const spec = pod.spec as unknown as PodSpec;
  return (
    (await quotaHold(cluster, namespace, to - there, spec)) ??
    (home === undefined ? null : await quotaHold(cluster, home, to, spec)) ??
    (await admissionHold(cluster, namespace, objectName, pod))
  );
}

/** Why a namespace's quotas leave no room for so many more pods, or null. @throws UnreachableError */
async function quotaHold(cluster: Cluster, namespace: string, count: number, pod: PodSpec): Promise<Hold | null> {
  const answer = await ask(cluster, { path: `/api/v1/namespaces/${namespace}/resourcequotas` });
  if (answer.status === 403) {
    return { reason: "quota", detail: `the quotas of namespace ${namespace} cannot be read: ${reasonOf(answer)}` };
  }
  const shortage = findShortage(itemsOf<ResourceQuota>(answer), [{ count, pod }]);
  return shortage === null ? null : { reason: "quota", detail: `in namespace ${namespace}, ${shortage}` };
}

async function admissionHold(
  cluster: Cluster,
  namespace: string,
  name: string,
  { metadata, spec }: ReturnType<typeof slotPod>,
): Promise<Hold | null> {
  const answer = await ask(cluster, {
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/pods`,
    query: { dryRun: "All" },
    body: { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: `${name}-try` }, spec },
  });
  if (answer.status < 300 || answer.status === 404) return null;
  const said = reasonOf(answer);
  // Before the first slot there is no priority class, and who deploys may be no one who makes pods.
  if (/no PriorityClass with name|cannot create resource "pods"/.test(said)) return null;
  return { reason: /exceeded quota/.test(said) ? "quota" : "notSchedulable", detail: said };
}
