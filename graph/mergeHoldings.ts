import { plainAddress } from "./address.js";
import { groupBy } from "./groups.js";
import { endOf, giveWay, type Holder, type Holding, holdingsOf, separate } from "./holdings.js";
import type { HeldAddress, Inventory } from "./types.js";

/** Who is there now. */
interface Living {
  readonly serviceOf: ReadonlyMap<string, string>;
  readonly services: ReadonlySet<string>;
  /** Service of each instance of the earlier inventory. */
  readonly serviceBefore: ReadonlyMap<string, string>;
}

/**
 * The holdings of `now`, and what is left of those of `earlier`: with the instance where it is still there, else with
 * its service where that is, ended at `time`, and at times when nobody of `now` holds the address. What ended longer
 * than `remember` seconds ago is left out. At any time an address is held by at most one.
 */
export function mergeHoldings(earlier: Inventory, now: Inventory, time: number, remember: number): Holding[] {
  const living: Living = {
    serviceOf: new Map(now.instances.map((i) => [i.id, i.service])),
    services: new Set([...now.instances.map((i) => i.service), ...now.services.map((s) => s.id)]),
    serviceBefore: new Map(earlier.instances.map((i) => [i.id, i.service])),
  };
  const current = separate(holdingsOf(now));
  const past = separate([...holdingsOf(earlier), ...lostAddresses(earlier, now)]).flatMap((holding) => {
    const holder = heirOf(holding.holder, living);
    return holder === undefined ? [] : [{ ...holding, holder, to: Math.min(endOf(holding), time) }];
  });
  return separate([...current, ...giveWay(past, current)]).filter((h) => endOf(h) > time - remember);
}

/** Who a holding of before belongs to now: the instance itself, else its service; none where both are gone. */
function heirOf(holder: Holder, { serviceOf, services, serviceBefore }: Living): Holder | undefined {
  const service = holder.kind === "service" ? holder.id : serviceBefore.get(holder.id);
  if (holder.kind === "instance" && serviceOf.get(holder.id) === service) return holder;
  return service !== undefined && services.has(service) ? { kind: "service", id: service } : undefined;
}

/** Addresses listed without a time that their holder no longer has: held from ever. */
function lostAddresses(earlier: Inventory, now: Inventory): Holding[] {
  const has = new Set<string>();
  const note = (kind: Holder["kind"], id: string, address: string) => has.add(`${kind} ${id} ${plainAddress(address)}`);
  for (const [kind, holders] of [["instance", now.instances] as const, ["service", now.services] as const]) {
    for (const { id, addresses, held = [] } of holders) {
      for (const address of addresses) note(kind, id, address);
      for (const { address, to } of held) if (to === undefined) note(kind, id, address);
    }
  }
  const lost = (
    kind: Holder["kind"],
    { id, addresses }: { readonly id: string; readonly addresses: readonly string[] },
  ) =>
    addresses
      .filter((address) => !has.has(`${kind} ${id} ${plainAddress(address)}`))
      .map((address): Holding => ({ address, holder: { kind, id } }));
  return [
    ...earlier.instances.flatMap((i) => lost("instance", i)),
    ...earlier.services.flatMap((s) => lost("service", s)),
  ];
}

/** The holdings of each holder, without the holder. */
export function byHolder(
  holdings: readonly Holding[],
): (kind: Holder["kind"], id: string) => HeldAddress[] | undefined {
  const groups = groupBy(holdings, ({ holder }) => `${holder.kind} ${holder.id}`);
  return (kind, id) => groups.get(`${kind} ${id}`)?.map(({ holder: _, ...held }) => held);
}
