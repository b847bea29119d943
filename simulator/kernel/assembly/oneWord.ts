import { DEPENDENCY } from "./coins";
import { keys, multipliers } from "./philox";

// One of the four words of a Philox call: the bit plane of the dependencies' uniforms in 32 worlds. What is the same in
// many calls is not done again (the first round, half of the second), nor what only the other words need (of the last two).

/** A half of the first round and of the second, for the entered block of 128 worlds. */
const firstOfBlock = memory.data(16, 16);
const secondOfBlock = memory.data(16, 16);
/** Which of the four words. */
let word: u32 = 0;

/** @param number of the 32 worlds */
export function enterWord(number: u32): void {
  word = number & 3;
  const product = <u64>(number >> 2) * load<u32>(multipliers, 16);
  v128.store(firstOfBlock, v128.xor(i32x4.splat(<u32>(product >> 32)), v128.load(keys)));
  v128.store(secondOfBlock, v128.xor(i32x4.splat(<u32>product), v128.load(keys, 32)));
}

/** High halves of products of words. */
@inline
export function highProduct(words: v128, multiplier: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(words, multiplier);
  return v128.shuffle<u32>(low, i64x2.extmul_high_i32x4_u(words, multiplier), 1, 3, 5, 7);
}

/** The first round's word that depends on the plane in nothing, and the two of the second that follow from it. */
@inline
export function firstOf(identityHigh: v128): v128 {
  return v128.xor(identityHigh, v128.load(firstOfBlock));
}

@inline
export function secondOf(first: v128, productLow: v128): v128 {
  return v128.xor(highProduct(first, v128.load(multipliers)), v128.xor(productLow, v128.load(keys, 48)));
}

@inline
export function thirdOf(first: v128): v128 {
  return i32x4.mul(first, v128.load(multipliers));
}

/** What the second round is given by a plane, beside the product of the identities. */
@inline
export function planeOf(number: u32): v128 {
  return v128.xor(i32x4.splat(DEPENDENCY + number), v128.load(keys, 16));
}

/** The word of four dependencies. @param productHigh of their identities @param second and @param third of their `firstOf` */
@inline
export function drawWord(productHigh: v128, plane: v128, second: v128, third: v128): v128 {
  let c2 = v128.xor(productHigh, plane);
  let multiplier = v128.load(multipliers, 16);
  let c0 = v128.xor(highProduct(c2, multiplier), v128.load(secondOfBlock));
  let c1 = i32x4.mul(c2, multiplier);
  c2 = second;
  let c3 = third;
  for (let key = keys + 64; key < keys + 256; key += 64) {
    multiplier = v128.load(multipliers);
    let other = v128.load(multipliers, 16);
    let next0 = v128.xor(highProduct(c2, other), v128.xor(c1, v128.load(key)));
    let next2 = v128.xor(highProduct(c0, multiplier), v128.xor(c3, v128.load(key, 16)));
    c1 = i32x4.mul(c2, other);
    c3 = i32x4.mul(c0, multiplier);
    c0 = v128.xor(highProduct(next2, other), v128.xor(c1, v128.load(key, 32)));
    c2 = v128.xor(highProduct(next0, multiplier), v128.xor(c3, v128.load(key, 48)));
    c1 = i32x4.mul(next2, other);
    c3 = i32x4.mul(next0, multiplier);
  }
  return lastRounds(c0, c1, c2, c3);
}

/** Worlds are run in their order, so that the branches are the same for long. */
@inline
function lastRounds(c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  const multiplier = v128.load(multipliers);
  const other = v128.load(multipliers, 16);
  if (word < 2) {
    const next = v128.xor(highProduct(c0, multiplier), v128.xor(c3, v128.load(keys, 272)));
    if (word == 1) return i32x4.mul(next, other);
    return v128.xor(highProduct(next, other), v128.xor(i32x4.mul(c2, other), v128.load(keys, 288)));
  }
  const next = v128.xor(highProduct(c2, other), v128.xor(c1, v128.load(keys, 256)));
  if (word == 3) return i32x4.mul(next, multiplier);
  return v128.xor(highProduct(next, multiplier), v128.xor(i32x4.mul(c0, multiplier), v128.load(keys, 304)));
}
