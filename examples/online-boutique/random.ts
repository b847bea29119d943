/** Seeded random numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** From `low` inclusive to `high` exclusive. */
  between(low: number, high: number): number;
  /** A whole number from `low` to `high`, both inclusive. */
  whole(low: number, high: number): number;
  /** One of the items, each as likely. */
  pick<T>(items: readonly T[]): T;
  /** Time until the next event of a Poisson process with `perSecond` events. */
  wait(perSecond: number): number;
}

/**
 * The generator mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for an example's traffic.
 * @param seed any whole number; its lower 32 bits count
 */
export function seedRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + next() * (high - low);
  return {
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError("cannot pick from no items");
      return item;
    },
    wait: (perSecond) => -Math.log(1 - next()) / perSecond,
  };
}
