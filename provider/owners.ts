import { readOptOut, strongerHold } from "../planner/optOut.js";
import type { Hold } from "../planner/types.js";
import { ask, type Cluster } from "./cluster.js";
import { describeOwner, isPulumi, ownersOf } from "./fieldOwners.js";
import { itemsOf, type LiveObject, type ObjectRef, readObject } from "./liveObject.js";
import { type NamespaceNotes, readNamespaceNotes } from "./namespaceNotes.js";
import { type TargetKind, targetKinds } from "./targets/index.js";

/** Who sets the value of a live object that a change would set. */
export interface Ownership {
  /** Field manager, as the API server knows it; null where no one owns the field. */
  readonly owner: string | null;
  /** Why the field must be left alone, or null. */
  readonly hold: Hold | null;
  /** The kill switch of its namespace, where it is set: what is in force stays, nothing is added or taken back. */
  readonly stopped?: Hold;
}

/** A resource whose value may change; `backend` says which of several weights. */
export interface Owned extends ObjectRef {
  readonly name: string;
  readonly urn?: string;
  readonly backend?: string;
}

/** What scales an object without being seen in its managed fields until it acts. */
interface Scaler {
  readonly kind: "HorizontalPodAutoscaler" | "ScaledObject";
  readonly metadata: { readonly name: string };
  readonly spec: { readonly scaleTargetRef: { readonly kind?: string; readonly name: string } };
}

type Scalers = readonly Scaler[] | { readonly unreadable: string };

/**
 * Reads for each target who owns its value on the live cluster, and what its annotations and its namespace's say. Keys
 * are `keyOf` the targets; a target whose object does not exist yet has no owner. Where the API server refuses to show an
 * object, its owner is unknown and so it is held.
 *
 * @param now unix seconds
 * @throws UnreachableError where the cluster does not answer.
 */
export async function readOwners(
  cluster: Cluster,
  targets: readonly Owned[],
  now = Date.now() / 1000,
): Promise<Map<string, Ownership>> {
  const scalers = new Map<string, Promise<Scalers>>();
  const notes = new Map<string, Promise<NamespaceNotes>>();
  const owners = new Map<string, Ownership>();
  for (const target of targets.filter(({ type }) => type.startsWith("kubernetes:"))) {
    const namespace = target.namespace ?? "default";
    const inNamespace = once(scalers, namespace, () => readScalers(cluster, namespace));
    const { killSwitch, optOut } = await once(notes, namespace, () => readNamespaceNotes(cluster, namespace, now));
    const found = await ownershipOf(cluster, target, await inNamespace, now);
    const hold = strongerHold(found.hold, optOut);
    owners.set(keyOf(target), { ...found, hold, ...(killSwitch && { stopped: killSwitch }) });
  }
  return owners;
}

/** Reads who owns the replicas of one Deployment. @throws UnreachableError */
export async function readOwner(cluster: Cluster, namespace: string, objectName: string): Promise<Ownership> {
  const target = { type: "kubernetes:apps/v1:Deployment", name: objectName, namespace, objectName };
  return (await readOwners(cluster, [target])).get(keyOf(target)) ?? { owner: null, hold: null };
}

/** The targets with what the live cluster adds: the owner of the field, and a hold where the state had none. */
export function withOwners<T extends Owned & { readonly hold: Hold | null; readonly owner?: string | null }>(
  targets: readonly T[],
  owners: ReadonlyMap<string, Ownership>,
): T[] {
  return targets.map((target) => {
    const found = owners.get(keyOf(target));
    if (found === undefined) return target;
    const hold = strongerHold(strongerHold(target.hold, found.hold), found.stopped ?? null);
    return { ...target, owner: found.owner, hold };
  });
}

/** How a target is named in the answer of `readOwners`: its URN, else type and name; a weight by its backend too. */
export function keyOf({ urn, type, name, backend }: Omit<Owned, keyof ObjectRef> & Pick<Owned, "type">): string {
  return [urn ?? `${type}::${name}`, ...(backend === undefined ? [] : [backend])].join("::");
}

async function ownershipOf(cluster: Cluster, target: Owned, scalers: Scalers, now: number): Promise<Ownership> {
  const kind = targetKinds.find(({ types }) => types.test(target.type));
  const live = await readObject(cluster, target);
  if (live === null || kind === undefined) return { owner: null, hold: null };
  const field = kind.field(target.backend);
  if ("unreadable" in live) return { owner: null, hold: unknownOwner(field, live.unreadable) };

  const entries = fieldOwners(kind, live, target.backend);
  const foreign = entries.find((m) => !isPulumi(m.manager ?? ""));
  const owner = (foreign ?? entries[0])?.manager ?? null;
  const optOut = readOptOut(live.metadata.annotations, now);
  if (optOut !== null) return { owner, hold: optOut };
  const other = controllerOf(kind, target, live, scalers, field);
  if (other !== null) return { owner, hold: other };
  if (foreign === undefined) return { owner, hold: null };
  return { owner, hold: { reason: "ownedByOther", detail: describeOwner(field, foreign) } };
}

function fieldOwners(kind: TargetKind, live: LiveObject, backend: string | undefined) {
  const entries = live.metadata.managedFields ?? [];
  const paths = kind.placesIn(live as unknown as Readonly<Record<string, unknown>>, backend);
  return [...new Set(paths.flatMap(({ path }) => ownersOf(entries, path)))];
}

/** What sets the number by itself: an autoscaler of a workload, or what made the autoscaler. */
function controllerOf(kind: TargetKind, target: Owned, live: LiveObject, scalers: Scalers, field: string): Hold | null {
  if (kind.change !== "replicas") return null;
  if (kind.identityOf === undefined) {
    const controller = live.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (controller === undefined) return null;
    return { reason: "ownedByOther", detail: `${field} is set by ${controller.kind} ${controller.name}` };
  }
  if ("unreadable" in scalers) return unknownOwner(field, scalers.unreadable);
  const workload = target.type.split(":")[2] ?? "Deployment";
  const scaler = scalers.find(
    ({ spec: { scaleTargetRef: ref } }) => (ref.kind ?? "Deployment") === workload && ref.name === target.objectName,
  );
  if (scaler === undefined) return null;
  return { reason: "ownedByOther", detail: `${field} is set by ${scaler.kind} ${scaler.metadata.name}` };
}

function unknownOwner(field: string, why: string): Hold {
  return { reason: "ownedByOther", detail: `who owns ${field} cannot be read: ${why}` };
}

async function readScalers(cluster: Cluster, namespace: string): Promise<Scalers> {
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

function once<T>(cache: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const found = cache.get(key) ?? read();
  cache.set(key, found);
  return found;
}
