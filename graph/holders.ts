import type { AddressHolder } from "../history/holders.js";
import { type Problem, show } from "../input/problems.js";
import { byAddress, endOf, holdingsOf, startOf } from "./holdings.js";
import type { Inventory } from "./types.js";

/** Later than every time that a row can have. */
const endOfTime = 1e12;

/** Who held which address when: instances by their id; replicas that are gone by their service. Sorted by address and time. */
export function addressHolders(inventory: Inventory): AddressHolder[] {
  return [...byAddress(holdingsOf(inventory))].flatMap(([address, holdings]) =>
    holdings.map(({ from = 0, to = endOfTime, holder }) => ({ address, from, to, holder: holder.id })),
  );
}

/** Times of one address that overlap. Places are indices into the inventory's arrays as they were written. */
export function findHeldProblems({ instances, services }: Inventory): Problem[] {
  const held = [
    ...instances.map((i, index) => ({ ...i, list: `instances[${index}]` })),
    ...services.map((s, index) => ({ ...s, list: `services[${index}]` })),
  ].flatMap(({ held = [], list }) => held.map((h, index) => ({ ...h, place: `${list}.held[${index}]` })));
  return [...byAddress(held)].flatMap(([address, holdings]) =>
    holdings.flatMap((holding, i): Problem[] => {
      const earlier = holdings[i - 1];
      if (earlier === undefined || endOf(earlier) <= startOf(holding)) return [];
      const message = `${show(address)} is still held at ${earlier.place} then; an address has one holder at a time, correct from or to`;
      return [{ place: holding.place, message }];
    }),
  );
}
