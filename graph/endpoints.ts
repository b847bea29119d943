import type { TrafficEdge } from "../history/traffic.js";
import { isAddress, plainAddress } from "./address.js";
import { isInstanceId } from "./fields.js";
import { groupBy } from "./groups.js";
import { sortBy } from "./order.js";
import type { Inventory, InventoryInstance } from "./types.js";

/** An instance that an endpoint stands for, and the part of the endpoint's traffic that is its own; parts sum to 1. */
export interface Part {
  readonly instance: string;
  readonly part: number;
}

/** Every instance of the graph, and what each endpoint seen in traffic stands for. */
export interface Endpoints {
  /** Sorted by id: the inventory's, and those that only traffic names. */
  readonly instances: readonly InventoryInstance[];
  /** Endpoint as the traffic writes it → its instances. An endpoint that is missing is external. */
  readonly parts: ReadonlyMap<string, readonly Part[]>;
  readonly warnings: readonly string[];
}

/**
 * Who answers for an address or name: address, instance id or service id → service. The history groups its peaks by it.
 * An address is listed as written and in its plain spelling.
 */
export function addressOwners(inventory: Inventory): Map<string, string> {
  const owners = new Map<string, string>();
  for (const service of inventory.services) owners.set(service.id, service.id);
  for (const instance of inventory.instances) owners.set(instance.service, instance.service);
  for (const instance of inventory.instances) owners.set(instance.id, instance.service);
  const holders = [
    ...inventory.services.map(({ id, addresses }) => ({ service: id, addresses })),
    ...inventory.instances,
  ];
  for (const { service, addresses } of holders) {
    for (const address of addresses) owners.set(address, service).set(plainAddress(address), service);
  }
  return owners;
}

/**
 * Finds what every endpoint of `edges` stands for, in this order: an address of the inventory, an instance id, a service
 * id, an address that no one knows (external), a name (a new instance of a service of the same name).
 */
export function resolveEndpoints(inventory: Inventory, edges: readonly TrafficEdge[]): Endpoints {
  const instances = new Map(inventory.instances.map((i) => [i.id, i]));
  const replicas = groupBy(
    sortBy(inventory.instances, (i) => i.id),
    (i) => i.service,
  );
  const instanceAt = new Map(inventory.instances.flatMap((i) => i.addresses.map((a) => [plainAddress(a), i.id])));
  const serviceAt = new Map(inventory.services.flatMap((s) => s.addresses.map((a) => [plainAddress(a), s.id])));
  const services = new Set([...inventory.services.map((s) => s.id), ...replicas.keys()]);
  const parts = new Map<string, readonly Part[]>();
  const warnings: string[] = [];

  const addStandIn = (service: string, endpoint: string): readonly Part[] | undefined => {
    const known = instances.get(service);
    if (known !== undefined && known.service !== service) {
      warnings.push(
        `service ${service} has no instance, and its id is that of an instance of ${known.service}; ${endpoint} counts as external`,
      );
      return undefined;
    }
    if (!isInstanceId(service)) {
      warnings.push(`the name ${JSON.stringify(service)} in the traffic cannot be an id; it counts as external`);
      return undefined;
    }
    if (known === undefined) {
      instances.set(service, { id: service, service, addresses: [] });
      if (services.has(service))
        warnings.push(`service ${service} has traffic and no instance; one instance of its name stands for it`);
    }
    return [{ instance: service, part: 1 }];
  };

  const resolve = (endpoint: string): readonly Part[] | undefined => {
    const address = plainAddress(endpoint);
    const instance = instanceAt.get(address);
    if (instance !== undefined) return [{ instance, part: 1 }];
    const virtual = serviceAt.get(address);
    if (virtual === undefined && instances.has(endpoint)) return [{ instance: endpoint, part: 1 }];
    const service = virtual ?? (services.has(endpoint) ? endpoint : undefined);
    if (service !== undefined) return partsOf(replicas.get(service)) ?? addStandIn(service, endpoint);
    return isAddress(endpoint) ? undefined : addStandIn(endpoint, endpoint);
  };

  const seen = new Set(edges.flatMap(({ client, server }) => [client, server]).filter((e) => e !== null));
  for (const endpoint of sortBy(seen, (e) => e)) {
    const found = resolve(endpoint);
    if (found !== undefined) parts.set(endpoint, found);
  }
  return { instances: sortBy(instances.values(), (i) => i.id), parts, warnings };
}

/** Replicas by share of capacity; equal parts unless the capacity of every one is known. */
function partsOf(replicas: readonly InventoryInstance[] | undefined): readonly Part[] | undefined {
  if (replicas === undefined) return undefined;
  const total = replicas.reduce((sum, r) => sum + (r.capacity ?? Number.NaN), 0);
  return replicas.map(({ id, capacity }) => ({
    instance: id,
    part: total > 0 && capacity !== undefined ? capacity / total : 1 / replicas.length,
  }));
}
