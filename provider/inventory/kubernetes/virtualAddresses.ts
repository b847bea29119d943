import { plainAddress } from "../../../graph/address.js";
import { compareText, sortBy } from "../../../graph/order.js";
import type { Names } from "./names.js";
import type { Service, Workload } from "./objects.js";
import { namespaceOf } from "./owners.js";
import type { Replica } from "./scaling.js";
import { selects } from "./selector.js";

/** A Service with the id of the service of the inventory that it stands in front of. */
export interface Front {
  readonly service: string;
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

/**
 * Finds what each Service stands in front of: the workload whose pods it selects; where it selects pods of several, the
 * one with the most, with a warning; where it selects none yet, the workload whose template it would. A Service without
 * a selector is a service of its own, or that of its name. The others lead nowhere and are left out.
 */
export function findFronts(
  services: readonly Service[],
  replicas: readonly Replica[],
  workloads: readonly (Workload & { readonly service: string })[],
  names: Names,
  warn: (warning: string) => void,
): Front[] {
  return services.flatMap((object): Front[] => {
    const { name } = object.metadata;
    const namespace = namespaceOf(object.metadata);
    const selector = object.spec?.selector;
    const front = { namespace, name, addresses: virtualAddresses(object) };
    if (object.spec?.type === "ExternalName") return [];
    if (Object.keys(selector ?? {}).length === 0) {
      return front.addresses.length === 0 ? [] : [{ ...front, service: names.scoped(namespace, name) }];
    }
    const counts = new Map<string, number>();
    for (const replica of replicas) {
      if (replica.namespace !== namespace || !selects(selector, replica.labels)) continue;
      counts.set(replica.service, (counts.get(replica.service) ?? 0) + 1);
    }
    if (counts.size === 0) {
      for (const workload of workloads) {
        const labels = workload.spec?.template?.metadata?.labels;
        if (namespaceOf(workload.metadata) === namespace && selects(selector, labels)) counts.set(workload.service, 0);
      }
    }
    const [most, ...others] = [...counts].sort(([a, m], [b, n]) => n - m || compareText(a, b)).map(([id]) => id);
    if (most === undefined) return [];
    if (others.length > 0) {
      warn(
        `Service ${names.scoped(namespace, name)} selects pods of ${[most, ...others].join(", ")}; its address stands for ${most}, which has the most`,
      );
    }
    return [{ ...front, service: most }];
  });
}

/** Addresses that lead to a Service from inside or outside the cluster. */
function virtualAddresses({ spec, status }: Service): string[] {
  const cluster = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]);
  const balancers = status?.loadBalancer?.ingress?.flatMap(({ ip, hostname }) => [ip ?? "", hostname ?? ""]) ?? [];
  return [...cluster, ...(spec?.externalIPs ?? []), ...balancers].filter((a) => a !== "" && a !== "None");
}

/** The names that the cluster's DNS knows a Service by; the name alone is known in its own namespace only. */
export function dnsNames({ namespace, name }: Front): string[] {
  return ["", ".svc", ".svc.cluster.local"].map((end) => `${name}.${namespace}${end}`);
}

/**
 * The virtual addresses of each service: those that lead to it alone. One that is a node's, or leads to several
 * services by its port, has no holder.
 */
export function assignAddresses(
  fronts: readonly Front[],
  taken: ReadonlySet<string>,
  warn: (warning: string) => void,
): Map<string, string[]> {
  const claimants = new Map<string, Set<string>>();
  for (const { service, addresses } of fronts) {
    for (const address of addresses) {
      const key = plainAddress(address);
      claimants.set(key, (claimants.get(key) ?? new Set()).add(service));
    }
  }
  const assigned = new Map<string, string[]>();
  for (const [address, services] of sortBy(claimants, ([a]) => a)) {
    const [only = "", ...others] = [...services].sort(compareText);
    if (taken.has(address)) continue;
    if (others.length > 0) warn(`address ${address} leads to ${[only, ...others].join(", ")}; it is left out`);
    else assigned.set(only, [...(assigned.get(only) ?? []), address]);
  }
  return assigned;
}
