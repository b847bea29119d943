import type { StackResource } from "../deployment.js";
import { isUnread, valueAt } from "../propertyValue.js";
import { metadataReads, notesIn, objectOf } from "./kubernetes.js";
import type { Backend, Place, Props, WeightTarget } from "./target.js";

const rules = ["spec", "rules"] as const;

/**
 * `weight` of the backendRefs of a Gateway API HTTPRoute, in every rule that splits its traffic: 0 to 1,000,000, and 1
 * where it is left out (gateway-api.sigs.k8s.io/reference/spec, HTTPBackendRef). A rule of one backend sends all to it.
 */
export const httpRoute: WeightTarget = {
  change: "dnsWeight",
  types: /^kubernetes:gateway\.networking\.k8s\.io\/v1(?:beta1)?:HTTPRoute$/,
  unit: "weight",
  most: 1_000_000,
  reads: [
    ...metadataReads,
    ...["name", "namespace", "kind", "group", "weight"].map((key) => [...rules, "*", "backendRefs", "*", key]),
  ],
  hold: null,
  field: (part) => `spec.rules[*].backendRefs[name=${part}].weight`,
  placesIn: (props, part) =>
    refsOf(props).flatMap(({ path, ref }): Place[] => {
      if (isUnread(ref)) return [{ path, byDefault: 1 }];
      const hidden = ["name", "namespace", "kind", "group"].find((key) => isUnread(valueAt(ref, [key])));
      if (hidden !== undefined) return [{ path: [...path, hidden], byDefault: 1 }];
      return nameOf(ref, props) === part ? [{ path: [...path, "weight"], byDefault: 1 }] : [];
    }),
  notesIn,
  veto: (props, { to, backend }) =>
    to > 0 || splitsOf(props).every(({ refs }) => !Array.isArray(refs) || refs.some(takesTraffic))
      ? null
      : {
          reason: "lastHealthyTarget",
          detail: `no other backend of a rule takes traffic once ${backend} has weight 0`,
        },
  objectOf,
  backendsIn,
};

function backendsIn(resource: StackResource): Backend[] {
  const found = new Map<string, Backend>();
  for (const { ref } of refsOf(resource.inputs)) {
    const name = nameOf(ref, resource.inputs);
    if (name === undefined) continue;
    const namespace = valueAt(ref, ["namespace"]) ?? objectOf(resource).namespace;
    found.set(name, { name, ...(typeof namespace === "string" && { namespace }), addresses: [] });
  }
  return [...found.values()];
}

/** The Service that a reference names, with its namespace where it is not the route's own. */
function nameOf(ref: unknown, props: Props): string | undefined {
  const of = (key: string) => valueAt(ref, [key]);
  const name = of("name");
  if ((of("kind") ?? "Service") !== "Service" || (of("group") ?? "") !== "" || typeof name !== "string")
    return undefined;
  const namespace = of("namespace");
  if (isUnread(name) || isUnread(namespace)) return undefined;
  const own = valueAt(props, ["metadata", "namespace"]);
  return namespace === undefined || namespace === own ? name : `${namespace}/${name}`;
}

function refsOf(props: Props): { readonly path: readonly string[]; readonly ref: unknown }[] {
  return splitsOf(props).flatMap(({ path, refs }) =>
    Array.isArray(refs) ? refs.map((ref, i) => ({ path: [...path, String(i)], ref })) : [{ path, ref: refs }],
  );
}

/** The lists of backends of the rules that have several; what cannot be read is given as it is. */
function splitsOf(props: Props): { readonly path: readonly string[]; readonly refs: unknown }[] {
  const list = valueAt(props, rules);
  if (isUnread(list)) return [{ path: rules, refs: list }];
  if (!Array.isArray(list)) return [];
  return list.flatMap((rule, i) => {
    const path = [...rules, String(i), "backendRefs"];
    const refs = valueAt(rule, ["backendRefs"]);
    return isUnread(refs) || (Array.isArray(refs) && refs.length > 1) ? [{ path, refs }] : [];
  });
}

function takesTraffic(ref: unknown): boolean {
  return (valueAt(ref, ["weight"]) ?? 1) !== 0;
}
