import { sortBy } from "../../../graph/order.js";
import type { HeldAddress, Inventory, InventoryInstance, InventoryService } from "../../../graph/types.js";
import { reservationPrefix } from "../../../planner/reservationName.js";
import type { FoundInventory } from "../found.js";
import { describeHosts, nodeAddresses, zoneOf } from "./hosts.js";
import { grantAliases, type Names, nameOwners } from "./names.js";
import type { KubernetesObjects, Pod, Workload } from "./objects.js";
import { keyOf, namespaceOf, ownerFinder } from "./owners.js";
import { describePod, factsOf, hasEnded, isPlaceholder, isReplica, pastAddresses, podId } from "./pods.js";
import { remainders } from "./quotas.js";
import { boundsOf, countAvailable } from "./scaling.js";
import { labelsAskedFor, maxSurgeOf, type Scheduling, schedulingOf } from "./scheduling.js";
import { backendsOf } from "./selector.js";
import { assignAddresses, dnsNames, type Front, findFronts } from "./virtualAddresses.js";

/** A pod with the service that it is a replica of, and what it is called. */
interface NamedPod {
  readonly pod: Pod;
  readonly id: string;
  readonly service: string;
  readonly namespace: string;
  readonly workload: Workload | undefined;
}

/**
 * The inventory of a cluster (`docs/inventory.md`).
 * @param namespaces those to list; none for all. With exactly one, ids are names alone
 * @param time when the objects were read, unix seconds
 */
export function describeCluster(
  objects: KubernetesObjects,
  { namespaces, time }: { readonly namespaces: readonly string[]; readonly time: number },
): FoundInventory {
  const warnings = new Set<string>();
  const warn = (warning: string) => void warnings.add(warning);
  const within = ({ metadata }: Pick<Pod, "metadata">) =>
    namespaces.length === 0 || namespaces.includes(namespaceOf(metadata));

  const ownerOf = ownerFinder(objects);
  const pods = objects.pods.filter((pod) => within(pod) && !isPlaceholder(pod));
  const listed = objects.workloads
    .filter((w) => within(w) && !w.metadata.name.startsWith(reservationPrefix))
    .map((w) => ({ ...w, owner: { namespace: namespaceOf(w.metadata), kind: w.kind, name: w.metadata.name } }));
  const names = nameOwners([...pods.map(ownerOf), ...listed.map((w) => w.owner)], namespaces);
  const workloads = listed.map((w) => ({ ...w, service: names.serviceOf(w.owner) }));
  const byOwner = new Map(workloads.map((w) => [keyOf(w.owner), w]));
  const serviceIds = new Set([...pods.map((p) => names.serviceOf(ownerOf(p))), ...workloads.map((w) => w.service)]);
  const named = pods.map((pod): NamedPod => {
    const owner = ownerOf(pod);
    const service = names.serviceOf(owner);
    const id = podId(names.scoped(owner.namespace, pod.metadata.name), service, serviceIds);
    return { pod, id, service, namespace: owner.namespace, workload: byOwner.get(keyOf(owner)) };
  });
  const replicas = named.filter(({ pod }) => isReplica(pod));
  const seen = replicas.map(({ pod, service, namespace }) => ({
    namespace,
    service,
    labels: pod.metadata.labels ?? {},
  }));
  const fronts = findFronts(objects.services.filter(within), seen, workloads, names, warn);
  warnOfPods(named, warn);

  const zones = new Map(objects.nodes.map((n) => [n.metadata.name, zoneOf(n)]));
  const instances = replicas.map(({ pod, id, service, workload }): InventoryInstance => {
    const facts = factsOf(pod.metadata, workload?.metadata, `Pod ${id}`, warn);
    const backends = backendsOf(pod.metadata, objects.services);
    return describePod(pod, { id, service, zone: zones.get(pod.spec.nodeName ?? ""), backends }, facts, time);
  });
  const scheduling = schedulingByService(replicas, workloads);
  const scaled = objects.autoscalers.filter(within).map(boundsOf);
  const inventory = {
    instances,
    services: describeServices(
      new Set([...seen.map((r) => r.service), ...workloads.map((w) => w.service), ...fronts.map((f) => f.service)]),
      {
        addresses: assignAddresses(fronts, nodeAddresses(objects.nodes), warn),
        past: pastOf(named, time),
        bounds: new Map(scaled.map(({ owner, min, max }) => [names.serviceOf(owner), { min, max }])),
        available: countAvailable(objects.budgets.filter(within), seen),
        surge: new Map(workloads.map((w) => [w.service, maxSurgeOf(w)])),
        scheduling,
      },
    ),
    domains: describeHosts(
      objects.nodes,
      objects.pods,
      (pod) => within(pod) && isReplica(pod),
      labelsAskedFor([...scheduling.values()]),
    ),
    quotas: remainders(objects.quotas.filter(within)),
  };
  return { inventory: addAliases(inventory, replicas, fronts, workloads, names), warnings: [...warnings] };
}

interface ServiceParts {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly past: ReadonlyMap<string, readonly HeldAddress[]>;
  readonly bounds: ReadonlyMap<string, { readonly min: number; readonly max: number }>;
  readonly available: ReadonlyMap<string, number>;
  readonly surge: ReadonlyMap<string, number | undefined>;
  readonly scheduling: ReadonlyMap<string, Scheduling>;
}

function describeServices(ids: ReadonlySet<string>, parts: ServiceParts): InventoryService[] {
  return [...ids].map((id) => {
    const minAvailable = parts.available.get(id);
    return {
      id,
      addresses: parts.addresses.get(id) ?? [],
      held: parts.past.get(id),
      autoscaler: parts.bounds.get(id),
      disruptionBudget: minAvailable === undefined ? undefined : { minAvailable },
      maxSurge: parts.surge.get(id),
      ...parts.scheduling.get(id),
    };
  });
}

/** What the pods of each service ask of a node: by its workload's template, else by one of them. */
function schedulingByService(
  replicas: readonly NamedPod[],
  workloads: readonly (Workload & { readonly service: string })[],
): Map<string, Scheduling> {
  const found = new Map<string, Scheduling>();
  for (const { pod, service } of sortBy(replicas, (r) => r.id)) {
    if (!found.has(service)) found.set(service, schedulingOf(pod.spec, pod.metadata.labels ?? {}));
  }
  for (const { service, spec } of workloads) {
    if (spec?.template?.spec)
      found.set(service, schedulingOf(spec.template.spec, spec.template.metadata?.labels ?? {}));
  }
  return found;
}

function pastOf(named: readonly NamedPod[], time: number): Map<string, HeldAddress[]> {
  const past = new Map<string, HeldAddress[]>();
  for (const { pod, service } of named) {
    const held = pastAddresses(pod, time);
    if (held.length > 0) past.set(service, [...(past.get(service) ?? []), ...held]);
  }
  return past;
}

function addAliases(
  inventory: Inventory,
  replicas: readonly NamedPod[],
  fronts: readonly Front[],
  workloads: readonly { readonly service: string; readonly metadata: { readonly name: string } }[],
  names: Names,
): Inventory {
  const ids = new Set([...inventory.instances, ...inventory.services].map((x) => x.id));
  const granted = grantAliases(
    [
      ...replicas.map(({ pod, id }) => [pod.metadata.name, `instance ${id}`] as const),
      ...workloads.map(({ service, metadata }) => [metadata.name, `service ${service}`] as const),
      ...fronts.map(({ service, name }) => [name, `service ${service}`] as const),
      ...fronts.flatMap((front) => dnsNames(front).map((dns) => [dns, `service ${front.service}`] as const)),
    ],
    ids,
  );
  const add = <T extends { readonly id: string; readonly addresses: readonly string[] }>(kind: string, item: T): T => ({
    ...item,
    addresses: [...item.addresses, ...(granted.get(`${kind} ${item.id}`) ?? [])],
  });
  return {
    instances: sortBy(inventory.instances, (i) => i.id).map((i) => (names.isScoped ? add("instance", i) : i)),
    services: sortBy(inventory.services, (s) => s.id).map((s) => add("service", s)),
    domains: inventory.domains,
    ...(inventory.quotas?.length ? { quotas: inventory.quotas } : {}),
  };
}

function warnOfPods(named: readonly NamedPod[], warn: (warning: string) => void): void {
  const shared = named.filter(({ pod }) => isReplica(pod) && pod.spec.hostNetwork === true);
  if (shared.length > 0) {
    warn(
      `${countPods(shared)} on the network of a node (${some(shared)}); traffic cannot tell them apart, so they hold no address`,
    );
  }
  const waiting = named.filter(({ pod }) => !isReplica(pod) && !hasEnded(pod));
  if (waiting.length > 0) {
    warn(`${countPods(waiting)} pending, ending or lost (${some(waiting)}); they are no instances`);
  }
}

const countPods = ({ length }: readonly NamedPod[]) => (length === 1 ? "1 pod is" : `${length} pods are`);

function some(pods: readonly NamedPod[]): string {
  const shown = pods.slice(0, 3).map((p) => p.id);
  return pods.length > 3 ? `${shown.join(", ")}, …` : shown.join(", ");
}
