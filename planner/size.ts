import { groupBy } from "../graph/groups.js";
import type { Inventory, InventoryInstance } from "../graph/types.js";

/** CPU in cores, memory in bytes. */
export interface Size {
  readonly cpu: number;
  readonly memory: number;
}

/** Bandwidth in bits per second. */
export interface Need extends Size {
  readonly bandwidth: number;
}

/** What is offered or left; what is not known is left out. */
export type Amounts = Partial<Need>;

export const resources = ["cpu", "memory", "bandwidth"] as const;

/** A replica whose size nobody gave is taken as this: never as free. */
export const assumedSize: Size = { cpu: 1, memory: 2 ** 30 };

const byInventory = new WeakMap<Inventory, ReadonlyMap<string, readonly InventoryInstance[]>>();

function instancesOf(service: string, inventory: Inventory | undefined): readonly InventoryInstance[] {
  if (inventory === undefined) return [];
  let found = byInventory.get(inventory);
  if (found === undefined) {
    found = groupBy(inventory.instances, (i) => i.service);
    byInventory.set(inventory, found);
  }
  return found.get(service) ?? [];
}

/** What one replica of a service takes: the largest in the inventory, or undefined where it names no size. */
export function sizeOf(service: string, inventory: Inventory | undefined): Size | undefined {
  const sized = instancesOf(service, inventory).filter((i) => i.cpu !== undefined || i.memory !== undefined);
  return sized.length === 0 ? undefined : { cpu: largest(sized, "cpu"), memory: largest(sized, "memory") };
}

/** What one more replica of a service needs of a host; what the inventory does not name counts as nothing. */
export function needOf(service: string, inventory: Inventory | undefined): Need {
  const all = instancesOf(service, inventory);
  return { cpu: largest(all, "cpu"), memory: largest(all, "memory"), bandwidth: largest(all, "bandwidth") };
}

/** The namespace of a service's replicas, where the inventory tells it. */
export function namespaceOf(service: string, inventory: Inventory | undefined): string | undefined {
  return instancesOf(service, inventory).find((i) => i.namespace !== undefined)?.namespace;
}

/** Whether a need fits into what is left; sums of doubles compare with a little slack. */
export function fits(left: Amounts, need: Amounts): boolean {
  return resources.every((r) => left[r] === undefined || left[r] >= (need[r] ?? 0) - 1e-9 * Math.max(1, need[r] ?? 0));
}

/** What is left of an amount once a need is taken. */
export function less(left: Amounts, need: Amounts): Amounts {
  const take = (r: keyof Need) => (left[r] === undefined ? {} : { [r]: left[r] - (need[r] ?? 0) });
  return { ...take("cpu"), ...take("memory"), ...take("bandwidth") };
}

/** A need as people read it. */
export function describeNeed({ cpu = 0, memory = 0, bandwidth = 0 }: Amounts): string {
  const size = `${Number(cpu.toPrecision(6))} cores and ${(memory / 2 ** 30).toFixed(2)} GiB`;
  return bandwidth > 0 ? `${size} and ${Number((bandwidth / 1e6).toPrecision(6))} Mbit/s` : size;
}

function largest(instances: readonly InventoryInstance[], resource: keyof Need): number {
  return instances.reduce((most, i) => Math.max(most, i[resource] ?? 0), 0);
}
