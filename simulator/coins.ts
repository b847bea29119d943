import type { Identities } from "./hashes.js";
import { philox4x32 } from "./philox.js";

/**
 * The last counter word: what a coin is for. Bernoulli coins take 32 purposes, one a bit plane; gaps and thinning take
 * 33, one a level.
 */
export const PURPOSE = {
  dependency: 0x000,
  collapse: 0x100,
  rendezvous: 0x200,
  causeGap: 0x300,
  causeThinning: 0x400,
} as const;

/** Worlds that share one Philox call a bit plane: 4 words of 32 lanes. */
export const BLOCK = 128;

const TWO_32 = 4294967296;

/** The run seed as the two words of a Philox key. */
export interface CoinKey {
  readonly low: number;
  readonly high: number;
}

/** @param seed integer in 0…2⁵³−1 */
export function coinKey(seed: number): CoinKey {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed: got ${seed}, expected an integer from 0 to 2^53 - 1`);
  return { low: seed % TWO_32, high: Math.floor(seed / TWO_32) };
}

/**
 * Probability as a threshold T in 0…2³²: a coin fires where its 32-bit uniform is below T. T = ⌊p·2³²⌋, at least 1 where
 * p > 0, so that 0 never fires, 1 always does, and nothing else is either.
 */
export function thresholdOf(probability: number): number {
  if (probability <= 0) return 0;
  if (probability >= 1) return TWO_32;
  return Math.max(1, Math.floor(probability * TWO_32));
}

const output = new Uint32Array(4);
const below = new Uint32Array(8);
const equal = new Uint32Array(8);

/**
 * Bit-sliced Bernoulli coins of 128 worlds, two thresholds over the same uniforms. Plane p (0 = most significant bit) of
 * the uniforms of worlds 128·block … 128·block + 127 is one Philox call with purpose + p; lane l is bit l % 32 of word
 * l >> 5. Compares from the top and stops when every lane of both thresholds is decided.
 *
 * @param first receives 4 words at `at`: bit set ⇔ uniform < firstThreshold; `second` likewise
 */
export function drawBlock(
  first: Uint32Array,
  second: Uint32Array,
  at: number,
  key: CoinKey,
  identities: Identities,
  index: number,
  purpose: number,
  block: number,
  firstThreshold: number,
  secondThreshold: number,
): void {
  const low = identities[2 * index]!;
  const high = identities[2 * index + 1]!;
  startComparison(0, firstThreshold);
  startComparison(4, secondThreshold);
  // A threshold of 2³² or 0 is decided before the first plane, and then its remainder is 0.
  let firstRest = firstThreshold === TWO_32 ? 0 : firstThreshold | 0;
  let secondRest = secondThreshold === TWO_32 ? 0 : secondThreshold | 0;
  for (let plane = 0; plane < 32; plane++) {
    const firstOpen = firstRest !== 0 && anyEqual(0);
    const secondOpen = secondRest !== 0 && anyEqual(4);
    if (!firstOpen && !secondOpen) break;
    philox4x32(output, low, high, block, purpose + plane, key.low, key.high);
    if (firstOpen) comparePlane(0, firstRest < 0);
    if (secondOpen) comparePlane(4, secondRest < 0);
    firstRest <<= 1;
    secondRest <<= 1;
  }
  for (let word = 0; word < 4; word++) {
    first[at + word] = below[word]!;
    second[at + word] = below[4 + word]!;
  }
}

function startComparison(at: number, threshold: number): void {
  const always = threshold === TWO_32 ? 0xffffffff : 0;
  for (let word = at; word < at + 4; word++) {
    below[word] = always;
    equal[word] = 0xffffffff;
  }
}

function anyEqual(at: number): boolean {
  return (equal[at]! | equal[at + 1]! | equal[at + 2]! | equal[at + 3]!) !== 0;
}

function comparePlane(at: number, thresholdBit: boolean): void {
  for (let word = 0; word < 4; word++) {
    const bits = output[word]!;
    const open = equal[at + word]!;
    if (thresholdBit) {
      below[at + word] = below[at + word]! | (open & ~bits);
      equal[at + word] = open & bits;
    } else {
      equal[at + word] = open & ~bits;
    }
  }
}

/** The whole 32-bit uniform of one world, put together from its 32 planes: the definition that `drawBlock` shortens. */
export function uniformOf(key: CoinKey, identities: Identities, index: number, purpose: number, world: number): number {
  const lane = world % BLOCK;
  let uniform = 0;
  for (let plane = 0; plane < 32; plane++) {
    philox4x32(
      output,
      identities[2 * index]!,
      identities[2 * index + 1]!,
      Math.floor(world / BLOCK),
      purpose + plane,
      key.low,
      key.high,
    );
    uniform = uniform * 2 + ((output[lane >>> 5]! >>> (lane & 31)) & 1);
  }
  return uniform;
}

/** The `number`-th 32-bit word of a plain sequence: word number % 4 of the call with block ⌊number / 4⌋. */
export function wordOf(key: CoinKey, identities: Identities, index: number, purpose: number, number: number): number {
  philox4x32(
    output,
    identities[2 * index]!,
    identities[2 * index + 1]!,
    Math.floor(number / 4),
    purpose,
    key.low,
    key.high,
  );
  return output[number % 4]!;
}

/** A 32-bit word x as the double (x + ½) / 2³², in the open interval from 0 to 1. */
export function openUniform(word: number): number {
  return (word + 0.5) / TWO_32;
}
