import type { AddressHolder } from "../history/holders.js";
import { type Problem, show } from "../input/problems.js";
import { plainAddress } from "./address.js";
import { compareText } from "./order.js";
import type { Inventory } from "./types.js";

/** Later than every time that a row can have. */
const endOfTime = 1e12;

/** Who held which address when: instances by their id; replicas that are gone by their service. Sorted by address and time. */
export function addressHolders(inventory: Inventory): AddressHolder[] {
  return listHeld(inventory).map(({ address, from, to, holder }) => ({ address, from, to, holder }));
}

/** Times of one address that overlap. Places are indices into the inventory's arrays as they were written. */
export function findHeldProblems(inventory: Inventory): Problem[] {
  const held = listHeld(inventory);
  return held.flatMap((holder, i): Problem[] => {
    const earlier = held[i - 1];
    if (earlier === undefined || earlier.address !== holder.address || earlier.to <= holder.from) return [];
    const message = `${show(holder.address)} is still held at ${earlier.place} then; an address has one holder at a time, correct from or to`;
    return [{ place: holder.place, message }];
  });
}

function listHeld({ instances, services }: Inventory): (AddressHolder & { readonly place: string })[] {
  const holders = [
    ...instances.map(({ id, held = [] }, i) => ({ id, held, place: `instances[${i}]` })),
    ...services.map(({ id, held = [] }, i) => ({ id, held, place: `services[${i}]` })),
  ];
  const all = holders.flatMap(({ id, held, place }) =>
    held.map(({ address, from = 0, to = endOfTime }, i) => ({
      address: plainAddress(address),
      from,
      to,
      holder: id,
      place: `${place}.held[${i}]`,
    })),
  );
  return all.sort((a, b) => compareText(a.address, b.address) || a.from - b.from);
}
