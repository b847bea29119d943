import { resolve } from "node:path";
import { readInventory } from "../graph/inventory.js";
import { mergeInventories } from "../graph/mergeInventories.js";
import type { Inventory } from "../graph/types.js";
import type { FoundInventory } from "../provider/inventory/found.js";
import type { Call } from "./command.js";
import { type Config, readYaml } from "./config.js";

/** Where an inventory is read from when it is no file. */
export interface InventoryApi {
  readonly from: "kubernetes" | "aws";
  readonly context?: string;
  readonly namespaces: readonly string[];
  readonly region?: string;
  readonly endpointUrl?: string;
}

export const emptyInventory: Inventory = { instances: [], services: [], domains: [] };

/** The API that a configured or given inventory names, or undefined where it names a file. */
export function apiOf(inventory: Config["inventory"]): InventoryApi | undefined {
  if (inventory === "kubernetes" || inventory === "aws") return { from: inventory, namespaces: [] };
  return typeof inventory === "object" ? inventory : undefined;
}

/**
 * Reads what is there now. The code that speaks to an API is loaded when it is asked for.
 * @param time unix seconds
 */
export async function readApi(api: InventoryApi, time: number): Promise<FoundInventory> {
  if (api.from === "aws") return (await import("../provider/inventory/aws.js")).readAwsInventory(api);
  return (await import("../provider/inventory/kubernetes.js")).readKubernetesInventory(api, time);
}

/** The inventory that a flag or the configuration names: a file, or what is there now. Warnings go to stderr. */
export async function inventoryOf({ flags, terminal }: Call, config: Config): Promise<Inventory> {
  const given = flags.inventory as string | undefined;
  const named = given ?? config.inventory;
  if (named === undefined) return emptyInventory;
  const api = apiOf(named);
  if (api !== undefined) {
    const time = terminal.now();
    const { inventory, warnings } = await readApi(api, time);
    for (const warning of warnings) terminal.err(`firebreak: warning: ${warning}\n`);
    return mergeInventories(emptyInventory, inventory, time, Number.POSITIVE_INFINITY);
  }
  const file = resolve(given === undefined ? config.root : terminal.cwd, String(named));
  return readInventory(readYaml(file, String(named)), String(named));
}
