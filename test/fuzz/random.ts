import { createHash } from "node:crypto";

/** Random choices that depend on their seed alone. */
export interface Random {
  /** A whole number from 0 to `end`, exclusive; 0 where `end` is 0. */
  readonly below: (end: number) => number;
  /** One of the items, of which there must be one. */
  readonly pick: <T>(items: readonly T[]) => T;
}

/** Opens the choices of one seed, by mulberry32 (Tommy Ettinger): small, fast, and good enough to break parsers with. */
export function openRandom(seed: string): Random {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0);
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * end);
  };
  return { below, pick: (items) => items[below(items.length)]! };
}
