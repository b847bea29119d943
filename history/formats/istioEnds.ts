import type { Series } from "../prometheus.js";

/** What Istio calls a thing that it does not know, and clusters of its proxies for what leaves the mesh unknown. */
const unknown: ReadonlySet<string> = new Set([
  "",
  "unknown",
  "PassthroughCluster",
  "BlackHoleCluster",
  "InboundPassthroughCluster",
]);

const known = (name: string | undefined) => (name === undefined || unknown.has(name) ? undefined : name);

interface Named {
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Workloads, since an inventory's services are workloads; the service where a request never reached one. */
const sourceOf = ({ labels }: Series) => named(labels.source_workload, labels.source_workload_namespace);
const destinationOf = ({ labels }: Series) =>
  named(labels.destination_workload, labels.destination_workload_namespace) ??
  named(labels.destination_service_name, labels.destination_service_namespace);

function named(name: string | undefined, namespace: string | undefined): Named | undefined {
  const found = known(name);
  return found === undefined ? undefined : { name: found, namespace: known(namespace) };
}

/**
 * How the series of one response name their ends, client and server: by workload, and as `NAMESPACE/NAME` where workloads of several
 * namespaces have one name. Null is outside.
 */
export function istioEnds(
  series: readonly Series[],
): (s: Series) => readonly [client: string | null, server: string | null] {
  const namespaces = new Map<string, Set<string | undefined>>();
  for (const end of series.flatMap((s) => [sourceOf(s), destinationOf(s)])) {
    if (end !== undefined) namespaces.set(end.name, (namespaces.get(end.name) ?? new Set()).add(end.namespace));
  }
  const nameOf = (end: Named | undefined) => {
    if (end === undefined) return null;
    const isShared = (namespaces.get(end.name)?.size ?? 0) > 1;
    return isShared && end.namespace !== undefined ? `${end.namespace}/${end.name}` : end.name;
  };
  return (s) => [nameOf(sourceOf(s)), nameOf(destinationOf(s))];
}
