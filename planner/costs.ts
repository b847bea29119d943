import type { Inventory } from "../graph/types.js";
import { type Size, sizeOf } from "./room.js";

/** Prices of `firebreak.yaml`, in one currency of the user's choice. */
export interface Costs {
  /** Of one core for an hour. */
  readonly cpuHour: number;
  readonly memoryGiBHour: number;
  /** Of one migration. */
  readonly migration: number;
}

/** A replica whose size nobody gave is taken as this: never as free. */
export const assumedSize: Size = { cpu: 1, memory: 2 ** 30 };

/** Cost of one more replica of a service for a day. */
export function replicaCostPerDay(service: string, inventory: Inventory | undefined, costs: Costs): number {
  const size = sizeOf(service, inventory) ?? assumedSize;
  return 24 * (size.cpu * costs.cpuHour + (size.memory / 2 ** 30) * costs.memoryGiBHour);
}
