import { plainAddress } from "./address.js";
import { groupBy } from "./groups.js";
import { sortBy } from "./order.js";
import type { HeldAddress, Inventory } from "./types.js";

/** Whose a holding is: an instance's own, or that of a service for a replica that is gone. */
export interface Holder {
  readonly kind: "instance" | "service";
  readonly id: string;
}

/** An address, when it was held, and by whom. */
export interface Holding extends HeldAddress {
  readonly holder: Holder;
}

/** Start of a holding in unix seconds, minus infinity where it is from ever. */
export const startOf = ({ from }: HeldAddress): number => from ?? Number.NEGATIVE_INFINITY;

/** End of a holding in unix seconds, infinity where it goes on. */
export const endOf = ({ to }: HeldAddress): number => to ?? Number.POSITIVE_INFINITY;

/** Every `held` of an inventory with its holder. */
export function holdingsOf({ instances, services }: Inventory): Holding[] {
  const of = (
    kind: Holder["kind"],
    { id, held = [] }: { readonly id: string; readonly held?: readonly HeldAddress[] },
  ) => held.map((h): Holding => ({ ...h, holder: { kind, id } }));
  return [...instances.flatMap((i) => of("instance", i)), ...services.flatMap((s) => of("service", s))];
}

/** What is held of each address, in its plain spelling, by their start; sorted by address. */
export function byAddress<T extends HeldAddress>(holdings: readonly T[]): Map<string, T[]> {
  const groups = groupBy(holdings, (h) => plainAddress(h.address));
  for (const group of groups.values()) group.sort((a, b) => compareStarts(a, b));
  return new Map(sortBy(groups, ([address]) => address));
}

/** Minus infinity is equal to itself, which a difference would not say. */
function compareStarts(a: HeldAddress, b: HeldAddress): number {
  return startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0;
}

/**
 * Makes holdings of which no two are of one address at one time. Each ends, at the latest, when the next one of the same
 * address begins; of two that begin together the first listed stays, and those of no length are left out.
 */
export function separate(holdings: readonly Holding[]): Holding[] {
  return [...byAddress(holdings.filter((h) => startOf(h) < endOf(h))).values()].flatMap((group) =>
    group
      .filter((h, i) => i === 0 || startOf(h) > startOf(group[i - 1] as Holding))
      .map((h, i, kept) => {
        const next = kept[i + 1];
        return next !== undefined && startOf(next) < endOf(h) ? { ...h, to: next.from } : h;
      }),
  );
}

/** What of `holdings` is left at times when none of `winners` holds the same address; of one cut in two, the part before. */
export function giveWay(holdings: readonly Holding[], winners: readonly Holding[]): Holding[] {
  const taken = byAddress(winners);
  return holdings.flatMap((holding) => {
    let left = holding;
    for (const winner of taken.get(plainAddress(holding.address)) ?? []) {
      if (endOf(winner) <= startOf(left) || endOf(left) <= startOf(winner)) continue;
      if (startOf(winner) > startOf(left)) left = { ...left, to: winner.from };
      else if (endOf(winner) < endOf(left)) left = { ...left, from: winner.to };
      else return [];
    }
    return [left];
  });
}
