import type { HeldAddress, Inventory } from "./types.js";

/**
 * The document of an inventory, as `firebreak inventory` writes it: plain data that `readInventory` reads back as the
 * same inventory. Times are ISO 8601; fields that are not known and lists that are empty are left out.
 */
export function writeInventory(inventory: Inventory): Readonly<Record<string, readonly Record<string, unknown>[]>> {
  return {
    instances: inventory.instances.map((i) => compact({ ...i, held: writeHeld(i.held) })),
    services: inventory.services.map((s) => compact({ ...s, held: writeHeld(s.held) })),
    domains: inventory.domains.map((d) => compact({ ...d })),
    ...(inventory.quotas?.length ? { quotas: inventory.quotas.map((q) => compact({ ...q })) } : {}),
  };
}

function writeHeld(held: readonly HeldAddress[] | undefined) {
  return held?.map(({ address, from, to }) => compact({ address, from: writeTime(from), to: writeTime(to) }));
}

function writeTime(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}
