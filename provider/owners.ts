import type { Hold, Target } from "../planner/types.js";
import { ask, type Cluster } from "./cluster.js";
import { itemsOf, type ManagedFields, readWorkload } from "./workload.js";

/** Who sets `spec.replicas` of a live object now. */
export interface Ownership {
  /** Field manager, as the API server knows it; null where no one owns the field. */
  readonly owner: string | null;
  /** Why the field must be left alone, or null. */
  readonly hold: Hold | null;
}

/** What scales an object without being seen in its managed fields until it acts. */
interface Scaler {
  readonly kind: "HorizontalPodAutoscaler" | "ScaledObject";
  readonly metadata: { readonly name: string };
  readonly spec: { readonly scaleTargetRef: { readonly kind?: string; readonly name: string } };
}

/**
 * Reads for each target who owns its replicas on the live cluster. Keys are `keyOf` the targets; a target whose object
 * does not exist yet has no owner and no hold. Where the API server refuses to show an object, its owner is unknown and
 * so it is held.
 *
 * @throws UnreachableError where the cluster does not answer.
 */
export async function readOwners(cluster: Cluster, targets: readonly Target[]): Promise<Map<string, Ownership>> {
  const scalers = new Map<string, Promise<readonly Scaler[] | { readonly unreadable: string }>>();
  const owners = new Map<string, Ownership>();
  for (const target of targets) {
    const namespace = target.namespace ?? "default";
    let inNamespace = scalers.get(namespace);
    if (inNamespace === undefined) {
      inNamespace = readScalers(cluster, namespace);
      scalers.set(namespace, inNamespace);
    }
    owners.set(keyOf(target), await ownershipOf(cluster, target, await inNamespace));
  }
  return owners;
}

/** Reads who owns the replicas of one Deployment. @throws UnreachableError */
export async function readOwner(cluster: Cluster, namespace: string, objectName: string): Promise<Ownership> {
  const target = { type: "kubernetes:apps/v1:Deployment", namespace, objectName };
  return ownershipOf(cluster, target, await readScalers(cluster, namespace));
}

/** The targets with what the live cluster adds: the owner of the field, and a hold where the state had none. */
export function withOwners(targets: readonly Target[], owners: ReadonlyMap<string, Ownership>): Target[] {
  return targets.map((target) => {
    const found = owners.get(keyOf(target));
    return found === undefined ? target : { ...target, owner: found.owner, hold: target.hold ?? found.hold };
  });
}

/** How a target is named in the answer of `readOwners`: its URN, else type and name. */
export function keyOf({ urn, type, name }: Pick<Target, "urn" | "type" | "name">): string {
  return urn ?? `${type}::${name}`;
}

async function ownershipOf(
  cluster: Cluster,
  target: Pick<Target, "type" | "namespace" | "objectName">,
  scalers: readonly Scaler[] | { readonly unreadable: string },
): Promise<Ownership> {
  const live = await readWorkload(cluster, target);
  if (live === null) return { owner: null, hold: null };
  if ("unreadable" in live) return { owner: null, hold: unknownOwner(live.unreadable) };

  const entries = (live.metadata.managedFields ?? []).filter(
    (m) => m.fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
  );
  const foreign = entries.find((m) => !isPulumi(m.manager ?? ""));
  const owner = (foreign ?? entries[0])?.manager ?? null;

  if (live.metadata.annotations?.["firebreak.dev/ignore"] === "true") {
    return { owner, hold: { reason: "optedOut", detail: "carries the annotation firebreak.dev/ignore" } };
  }
  if ("unreadable" in scalers) return { owner, hold: unknownOwner(scalers.unreadable) };
  const kind = target.type.split(":")[2] ?? "Deployment";
  const scaler = scalers.find(
    ({ spec: { scaleTargetRef: ref } }) => (ref.kind ?? "Deployment") === kind && ref.name === target.objectName,
  );
  if (scaler !== undefined) {
    const detail = `spec.replicas is set by ${scaler.kind} ${scaler.metadata.name}`;
    return { owner, hold: { reason: "ownedByOther", detail } };
  }
  if (foreign !== undefined) return { owner, hold: { reason: "ownedByOther", detail: describeOwner(foreign) } };
  return { owner, hold: null };
}

/** Whether a field manager is Pulumi's Kubernetes provider: `pulumi-kubernetes-` and a random end, one a resource. */
export function isPulumi(manager: string): boolean {
  return /^pulumi-(?:resource-)?kubernetes(?:-|$)/.test(manager);
}

/** A sentence such as `spec.replicas is owned by kubectl (through /scale)`. */
export function describeOwner({ manager, subresource, time }: ManagedFields): string {
  const since = time === undefined ? "" : ` since ${time}`;
  return `spec.replicas is owned by ${manager || "an unnamed manager"}${subresource ? ` (through /${subresource})` : ""}${since}`;
}

function unknownOwner(why: string): Hold {
  return { reason: "ownedByOther", detail: `who owns spec.replicas cannot be read: ${why}` };
}

async function readScalers(
  cluster: Cluster,
  namespace: string,
): Promise<readonly Scaler[] | { readonly unreadable: string }> {
  const sources = [
    ["HorizontalPodAutoscaler", `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`],
    ["ScaledObject", `/apis/keda.sh/v1alpha1/namespaces/${namespace}/scaledobjects`],
  ] as const;
  const found: Scaler[] = [];
  for (const [kind, path] of sources) {
    const answer = await ask(cluster, { path });
    // A narrow role gets 403 even where KEDA is not installed; KEDA works through an HPA, which was read above.
    if (kind === "ScaledObject" && answer.status === 403) continue;
    try {
      found.push(...itemsOf<Omit<Scaler, "kind">>(answer).map((item) => ({ ...item, kind })));
    } catch (error) {
      return { unreadable: error instanceof Error ? error.message : String(error) };
    }
  }
  return found;
}
