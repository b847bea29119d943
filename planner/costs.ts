import type { Inventory } from "../graph/types.js";
import { assumedSize, sizeOf } from "./size.js";

/** Prices of `firebreak.yaml`, in one currency of the user's choice. */
export interface Costs {
  /** Of one core for an hour. */
  readonly cpuHour: number;
  readonly memoryGiBHour: number;
  /** Of one migration. */
  readonly migration: number;
  /** Part of a replica's price that a reserved slot of its size costs; 1 unless said. */
  readonly reservedShare?: number;
  /** Of one weight that is not as written; 0.1 unless said. */
  readonly weight?: number;
}

/** Cost of one more replica of a service for a day. */
export function replicaCostPerDay(service: string, inventory: Inventory | undefined, costs: Costs): number {
  const size = sizeOf(service, inventory) ?? assumedSize;
  return 24 * (size.cpu * costs.cpuHour + (size.memory / 2 ** 30) * costs.memoryGiBHour);
}

/** Cost of one more reserved slot of a service for a day. */
export function slotCostPerDay(service: string, inventory: Inventory | undefined, costs: Costs): number {
  return replicaCostPerDay(service, inventory, costs) * (costs.reservedShare ?? 1);
}

/** Cost of one weight that is not as written. Small, but not free: of two plans the one with fewer changes is taken. */
export function weightCost(costs: Costs): number {
  return costs.weight ?? 0.1;
}
