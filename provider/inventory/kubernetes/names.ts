import { compareText, sortBy } from "../../../graph/order.js";
import { keyOf, type Owner } from "./owners.js";

/** How things of a cluster are called in its inventory. */
export interface Names {
  /** Id of the service that an owner's pods are replicas of. */
  readonly serviceOf: (owner: Owner) => string;
  /** An id by namespace and name: the name alone where one namespace is asked for. */
  readonly scoped: (namespace: string, name: string) => string;
  readonly isScoped: boolean;
}

/** Of several owners of one name the first of these kinds has it alone, then others by their kind's name. */
const kinds = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "CronJob", "Job"];

/**
 * Names services by their owners: `NAME` where one namespace is asked for, else `NAMESPACE/NAME`, whatever else there is
 * in the cluster, so that an id stays the same from run to run. Where a Deployment and, say, a StatefulSet of one
 * namespace have one name, the latter is called `statefulset/NAME`.
 */
export function nameOwners(owners: readonly Owner[], namespaces: readonly string[]): Names {
  const isScoped = namespaces.length !== 1;
  const scoped = (namespace: string, name: string) => (isScoped ? `${namespace}/${name}` : name);
  const rank = ({ kind }: Owner) => (kinds.includes(kind) ? kinds.indexOf(kind) : kind === "Pod" ? 99 : kinds.length);
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  const byRank = sortBy(owners, keyOf).sort((a, b) => rank(a) - rank(b) || compareText(a.kind, b.kind));
  for (const owner of byRank) {
    if (ids.has(keyOf(owner))) continue;
    const plain = scoped(owner.namespace, owner.name);
    const id = taken.has(plain) ? scoped(owner.namespace, `${owner.kind.toLowerCase()}/${owner.name}`) : plain;
    taken.add(id);
    ids.set(keyOf(owner), id);
  }
  return { serviceOf: (owner) => ids.get(keyOf(owner)) ?? scoped(owner.namespace, owner.name), scoped, isScoped };
}

/**
 * Of other names for things, those that mean one thing only and are no id: traffic told by names (spans, a mesh)
 * mostly leaves the namespace out.
 * @param claims each name with the id that it would stand for
 */
export function grantAliases(
  claims: readonly (readonly [alias: string, id: string])[],
  ids: ReadonlySet<string>,
): Map<string, string[]> {
  const claimants = new Map<string, Set<string>>();
  for (const [alias, id] of claims) claimants.set(alias, (claimants.get(alias) ?? new Set()).add(id));
  const granted = new Map<string, string[]>();
  for (const [alias, [id = "", ...others]] of sortBy(claimants, ([a]) => a).map(([a, all]) => [a, [...all]] as const)) {
    if (others.length > 0 || ids.has(alias)) continue;
    granted.set(id, [...(granted.get(id) ?? []), alias]);
  }
  return granted;
}
