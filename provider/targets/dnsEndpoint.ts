import type { StackResource } from "../deployment.js";
import { isUnread, valueAt } from "../propertyValue.js";
import { metadataReads, notesIn, objectOf } from "./kubernetes.js";
import type { Backend, Place, Props, WeightTarget } from "./target.js";

const endpoints = ["spec", "endpoints"] as const;

/**
 * The `aws/weight` of the endpoints of an external-dns DNSEndpoint that have a `setIdentifier`: 0 to 255, written as text
 * (kubernetes-sigs.github.io/external-dns, AWS routing policies).
 */
export const dnsEndpoint: WeightTarget = {
  change: "dnsWeight",
  types: /^kubernetes:externaldns\.k8s\.io\/v1alpha1:DNSEndpoint$/,
  unit: "weight",
  most: 255,
  as: "text",
  reads: [
    ...metadataReads,
    ...["dnsName", "recordType", "setIdentifier"].map((key) => [...endpoints, "*", key]),
    ...["name", "value"].map((key) => [...endpoints, "*", "providerSpecific", "*", key]),
  ],
  hold: null,
  field: (part) => `spec.endpoints[setIdentifier=${part}].providerSpecific[name=aws/weight].value`,
  placesIn: (props, part) =>
    endpointsOf(props).flatMap(({ path, endpoint }): Place[] => {
      const place = (at: readonly string[]): Place => ({ path: at, byDefault: 0, as: "text" });
      if (isUnread(endpoint)) return [place(path)];
      const identifier = valueAt(endpoint, ["setIdentifier"]);
      if (isUnread(identifier)) return [place([...path, "setIdentifier"])];
      const at = weightIn(endpoint);
      return identifier === part && at !== null ? [place([...path, ...at])] : [];
    }),
  notesIn,
  veto: (props, { to, backend }) =>
    to > 0 || sets(props, backend).every((set) => set.length < 2 || set.some(takesTraffic))
      ? null
      : {
          reason: "lastHealthyTarget",
          detail: `no other endpoint of the name takes traffic once ${backend} has weight 0`,
        },
  objectOf,
  backendsIn,
};

function backendsIn(resource: StackResource): Backend[] {
  const addresses = new Map<string, Set<string>>();
  for (const { endpoint } of endpointsOf(resource.inputs)) {
    const name = valueAt(endpoint, ["setIdentifier"]);
    if (typeof name !== "string" || isUnread(name) || weightIn(endpoint) === null) continue;
    const targets = valueAt(endpoint, ["targets"]);
    const known = Array.isArray(targets) ? targets.filter((t) => typeof t === "string" && !isUnread(t)) : [];
    addresses.set(name, new Set([...(addresses.get(name) ?? []), ...known]));
  }
  return [...addresses].map(([name, found]) => ({ name, addresses: [...found] }));
}

function endpointsOf(props: Props): { readonly path: readonly string[]; readonly endpoint: unknown }[] {
  const list = valueAt(props, endpoints);
  if (isUnread(list)) return [{ path: endpoints, endpoint: list }];
  if (!Array.isArray(list)) return [];
  return list.map((endpoint, i) => ({ path: [...endpoints, String(i)], endpoint }));
}

/** Where an endpoint keeps its weight, or what hides it; null for one that has none. */
function weightIn(endpoint: unknown): readonly string[] | null {
  const specifics = valueAt(endpoint, ["providerSpecific"]);
  if (isUnread(specifics)) return ["providerSpecific"];
  if (!Array.isArray(specifics)) return null;
  const at = specifics.findIndex((item) => valueAt(item, ["name"]) === "aws/weight");
  if (at >= 0) return ["providerSpecific", String(at), "value"];
  const hidden = specifics.findIndex((item) => isUnread(valueAt(item, ["name"])));
  return hidden >= 0 ? ["providerSpecific", String(hidden), "name"] : null;
}

/** The weighted endpoints of each name and record type that the backend belongs to. */
function sets(props: Props, backend: string): unknown[][] {
  const found = new Map<string, unknown[]>();
  for (const { endpoint } of endpointsOf(props)) {
    if (isUnread(endpoint) || weightIn(endpoint) === null) continue;
    const key = JSON.stringify([valueAt(endpoint, ["dnsName"]), valueAt(endpoint, ["recordType"])]);
    found.set(key, [...(found.get(key) ?? []), endpoint]);
  }
  return [...found.values()].filter((set) => set.some((e) => valueAt(e, ["setIdentifier"]) === backend));
}

function takesTraffic(endpoint: unknown): boolean {
  const at = weightIn(endpoint);
  return at === null || Number(valueAt(endpoint, at)) !== 0;
}
