import { DEPENDENCY } from "./coins";
import {
  dependencyHigh,
  dependencyLow,
  needsAlways,
  needsRest,
  stickyAlways,
  stickyRest,
} from "./layout";
import { out0, out1, out2, out3, philox } from "./philox";

/** Of the last eight dependencies drawn: bit i says that dependency i needs, and that it is sticky. */
export let needsBits: u32 = 0;
export let stickyBits: u32 = 0;

@inline
function plane(low: v128, high: v128, block: v128, number: u32, word: u32, shift: i32): v128 {
  philox(low, high, block, i32x4.splat(DEPENDENCY + number));
  const words = word == 0 ? out0 : word == 1 ? out1 : word == 2 ? out2 : out3;
  return i32x4.shr_s(i32x4.shl(words, shift), 31);
}

/**
 * The coins of eight dependencies from `first` on in one world: the same planes as `drawRow` reads for 512 worlds, four
 * dependencies a call.
 */
export function drawEight(first: u32, world: u32): void {
  const block = i32x4.splat(world >> 7);
  const word = (world >> 5) & 3;
  const shift = <i32>(31 - (world & 31));
  const at = <usize>first << 2;
  const low0 = v128.load(dependencyLow + at);
  const low1 = v128.load(dependencyLow + at, 16);
  const high0 = v128.load(dependencyHigh + at);
  const high1 = v128.load(dependencyHigh + at, 16);
  const zero = i32x4.splat(0);
  let a0 = v128.load(needsAlways + at);
  let a1 = v128.load(needsAlways + at, 16);
  let b0 = v128.load(stickyAlways + at);
  let b1 = v128.load(stickyAlways + at, 16);
  let restA0 = v128.load(needsRest + at);
  let restA1 = v128.load(needsRest + at, 16);
  let restB0 = v128.load(stickyRest + at);
  let restB1 = v128.load(stickyRest + at, 16);
  let e0 = i32x4.ne(restA0, zero);
  let e1 = i32x4.ne(restA1, zero);
  let f0 = i32x4.ne(restB0, zero);
  let f1 = i32x4.ne(restB1, zero);
  for (let number: u32 = 0; number < 32; number++) {
    if (!v128.any_true(v128.or(v128.or(e0, e1), v128.or(f0, f1)))) break;
    const p0 = plane(low0, high0, block, number, word, shift);
    const p1 = plane(low1, high1, block, number, word, shift);
    const bitA0 = i32x4.shr_s(restA0, 31);
    const bitA1 = i32x4.shr_s(restA1, 31);
    const bitB0 = i32x4.shr_s(restB0, 31);
    const bitB1 = i32x4.shr_s(restB1, 31);
    restA0 = i32x4.shl(restA0, 1);
    restA1 = i32x4.shl(restA1, 1);
    restB0 = i32x4.shl(restB0, 1);
    restB1 = i32x4.shl(restB1, 1);
    a0 = v128.or(a0, v128.and(bitA0, v128.andnot(e0, p0)));
    a1 = v128.or(a1, v128.and(bitA1, v128.andnot(e1, p1)));
    b0 = v128.or(b0, v128.and(bitB0, v128.andnot(f0, p0)));
    b1 = v128.or(b1, v128.and(bitB1, v128.andnot(f1, p1)));
    e0 = v128.and(v128.andnot(e0, v128.xor(p0, bitA0)), i32x4.ne(restA0, zero));
    e1 = v128.and(v128.andnot(e1, v128.xor(p1, bitA1)), i32x4.ne(restA1, zero));
    f0 = v128.and(v128.andnot(f0, v128.xor(p0, bitB0)), i32x4.ne(restB0, zero));
    f1 = v128.and(v128.andnot(f1, v128.xor(p1, bitB1)), i32x4.ne(restB1, zero));
  }
  needsBits = i32x4.bitmask(a0) | (i32x4.bitmask(a1) << 4);
  stickyBits = i32x4.bitmask(b0) | (i32x4.bitmask(b1) << 4);
}
