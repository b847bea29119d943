import {
  candidateHigh,
  candidateLow,
  candidateStart,
  inverseShare,
} from "./layout";
import { chooseExactly, isClear, RENDEZVOUS, roughLog } from "./coins";
import { out0, out1, out2, out3, philox } from "./philox";

// Weighted rendezvous of four (dependency, world) pairs at once, a lane a pair. A first look in single precision; a lane
// whose two smallest scores are nearer than its error is done again in double precision.

/** Of the pairs that are waiting: dependency, world, first candidate. */
const dependencies = memory.data(16, 16);
const numbers = memory.data(16, 16);
const firsts = memory.data(16, 16);
const widths = memory.data(16, 16);
/** Of the pairs that were chosen for: the candidates. */
const chosen = memory.data(16, 16);

export let waiting: u32 = 0;
/** The most candidates that one of the waiting pairs has. */
let width: u32 = 0;

/** Up to so many, as can be read past the last candidate of all, pairs need not have as many candidates each. */
const NARROW: u32 = 8;

/** Whether a pair has to wait until those before it are chosen for, four at most. */
@inline
export function isFull(dependency: u32): bool {
  if (waiting == 0) return false;
  const own = widthOf(dependency);
  return waiting == 4 || (own != width && max<u32>(own, width) > NARROW);
}

@inline
function widthOf(dependency: u32): u32 {
  const at = candidateStart + (dependency << 2);
  return load<u32>(at, 4) - load<u32>(at);
}

@inline
export function wait(dependency: u32, world: u32): void {
  const own = widthOf(dependency);
  width = waiting == 0 ? own : max<u32>(own, width);
  const at = waiting << 2;
  store<u32>(widths + at, own);
  store<u32>(dependencies + at, dependency);
  store<u32>(numbers + at, world);
  store<u32>(firsts + at, load<u32>(candidateStart + (dependency << 2)));
  waiting++;
}

@inline
export function dependencyAt(place: u32): u32 {
  return load<u32>(dependencies + (place << 2));
}

@inline
export function worldAt(place: u32): u32 {
  return load<u32>(numbers + (place << 2));
}

@inline
export function candidateAt(place: u32): u32 {
  return load<u32>(chosen + (place << 2));
}

@inline
function gather(base: usize, offset: usize): v128 {
  let lanes = v128.load32_zero(base + (load<u32>(firsts) << 2) + offset);
  lanes = v128.load32_lane(base + (load<u32>(firsts, 4) << 2) + offset, lanes, 1);
  lanes = v128.load32_lane(base + (load<u32>(firsts, 8) << 2) + offset, lanes, 2);
  return v128.load32_lane(base + (load<u32>(firsts, 12) << 2) + offset, lanes, 3);
}

/** Chooses for the waiting pairs, of which there are then none. @returns their number */
export function chooseWaiting(): u32 {
  const count = waiting;
  waiting = 0;
  // Lanes without a pair repeat the first: they read what is there, and nobody looks at their choice.
  for (let place = count; place < 4; place++) {
    store<u32>(numbers + (place << 2), load<u32>(numbers));
    store<u32>(firsts + (place << 2), load<u32>(firsts));
    store<u32>(widths + (place << 2), load<u32>(widths));
  }
  if (width == 1) {
    v128.store(chosen, v128.load(firsts));
    return count;
  }
  const worlds = v128.load(numbers);
  const block = i32x4.shr_u(worlds, 2);
  const word = v128.and(worlds, i32x4.splat(3));
  const is1 = i32x4.eq(word, i32x4.splat(1));
  const is2 = i32x4.eq(word, i32x4.splat(2));
  const is3 = i32x4.eq(word, i32x4.splat(3));
  const purpose = i32x4.splat(RENDEZVOUS);
  const own = v128.load(widths);
  let best = f32x4.splat(Infinity);
  let second = best;
  let widest = f32x4.splat(0);
  let place = i32x4.splat(0);
  for (let j: u32 = 0; j < width; j++) {
    const offset = <usize>j << 2;
    philox(gather(candidateLow, offset), gather(candidateHigh, offset), block, purpose);
    let words = v128.bitselect(out1, out0, is1);
    words = v128.bitselect(out2, words, is2);
    words = v128.bitselect(out3, words, is3);
    const inverse = gather(inverseShare, offset);
    const isCandidate = i32x4.gt_s(own, i32x4.splat(j));
    const score = v128.bitselect(f32x4.mul(roughLog(words), inverse), f32x4.splat(Infinity), isCandidate);
    widest = f32x4.pmax(widest, inverse);
    second = f32x4.pmin(second, f32x4.pmax(score, best));
    place = v128.bitselect(i32x4.splat(j), place, f32x4.lt(score, best));
    best = f32x4.pmin(best, score);
  }
  v128.store(chosen, i32x4.add(place, v128.load(firsts)));
  const clear = i32x4.bitmask(isClear(best, second, widest));
  if (clear != 15) {
    for (let lane: u32 = 0; lane < count; lane++) {
      if (((clear >> lane) & 1) != 0) continue;
      const first = load<u32>(firsts + (lane << 2));
      store<u32>(chosen + (lane << 2), chooseExactly(first, first + load<u32>(widths + (lane << 2)), worldAt(lane)));
    }
  }
  return count;
}
