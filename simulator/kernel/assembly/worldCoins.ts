import { client, dependencyHigh, dependencyLow, fired, isFailed, undecided } from "./layout";
import { DEPENDENCY } from "./coins";
import { out0, out1, out2, out3, philox } from "./philox";

// The same planes as `drawRow` reads for 512 worlds, for one world: four dependencies a call. Half of those that a plane
// leaves open are decided by the next, so what is open is gathered anew after each.

let word: u32 = 0;
let shift: i32 = 0;

@inline
function plane(low: v128, high: v128, block: v128, purpose: u32): v128 {
  philox(low, high, block, i32x4.splat(purpose));
  const words = word == 0 ? out0 : word == 1 ? out1 : word == 2 ? out2 : out3;
  return i32x4.shr_s(i32x4.shl(words, shift), 31);
}

@inline
function gather(base: usize, from: usize): v128 {
  let lanes = v128.load32_zero(base + (<usize>load<u32>(from) << 2));
  lanes = v128.load32_lane(base + (<usize>load<u32>(from, 4) << 2), lanes, 1);
  lanes = v128.load32_lane(base + (<usize>load<u32>(from, 8) << 2), lanes, 2);
  return v128.load32_lane(base + (<usize>load<u32>(from, 12) << 2), lanes, 3);
}

/** Writes the dependencies of lanes whose bit is set. @returns the place after them */
@inline
function put(at: usize, lanes: u32, dependencies: v128): usize {
  store<u32>(at, i32x4.extract_lane(dependencies, 0));
  at += <usize>(lanes & 1) << 2;
  store<u32>(at, i32x4.extract_lane(dependencies, 1));
  at += <usize>((lanes >> 1) & 1) << 2;
  store<u32>(at, i32x4.extract_lane(dependencies, 2));
  at += <usize>((lanes >> 2) & 1) << 2;
  store<u32>(at, i32x4.extract_lane(dependencies, 3));
  return at + (<usize>(lanes >> 3) << 2);
}

/**
 * The dependencies from…to−1 whose coin fires in a world, but those whose client has failed already, written to `fired`
 * in no order.
 *
 * @param rest thresholds by dependency without bit 32
 * @param always all ones where that bit is set
 * @returns how many fire
 */
export function drawFiring(from: u32, to: u32, world: u32, rest: usize, always: usize): u32 {
  const block = i32x4.splat(world >> 7);
  word = (world >> 5) & 3;
  shift = <i32>(31 - (world & 31));
  const zero = i32x4.splat(0);
  let firedEnd = fired;
  let openEnd = undecided;
  for (let d = from; d < to; d++) {
    const unfailed = load<u8>(isFailed + load<u32>(client + (d << 2))) ^ 1;
    const fires = <u8>load<u32>(always + (d << 2)) & unfailed;
    store<u32>(firedEnd, d);
    firedEnd += <usize>fires << 2;
    store<u32>(openEnd, d);
    openEnd += <usize>(unfailed ^ fires) << 2;
  }
  let number: u32 = 0;
  while (openEnd - undecided > 16) {
    const end = openEnd;
    openEnd = undecided;
    for (let at = undecided; at < end; at += 16) {
      const left = <u32>(end - at) >> 2;
      const inside: u32 = left >= 4 ? 15 : (1 << left) - 1;
      const dependencies = v128.load(at);
      const threshold = i32x4.shl(gather(rest, at), number);
      const p = plane(gather(dependencyLow, at), gather(dependencyHigh, at), block, DEPENDENCY + number);
      const bit = i32x4.shr_s(threshold, 31);
      const open = v128.andnot(i32x4.ne(i32x4.shl(threshold, 1), zero), v128.xor(p, bit));
      firedEnd = put(firedEnd, i32x4.bitmask(v128.andnot(bit, p)) & inside, dependencies);
      openEnd = put(openEnd, i32x4.bitmask(open) & inside, dependencies);
    }
    number++;
  }
  const left = <u32>(openEnd - undecided) >> 2;
  if (left == 0) return <u32>(firedEnd - fired) >> 2;
  const dependencies = v128.load(undecided);
  const low = gather(dependencyLow, undecided);
  const high = gather(dependencyHigh, undecided);
  let threshold = i32x4.shl(gather(rest, undecided), number);
  let open = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(left));
  let fires = zero;
  while (v128.any_true(open)) {
    const p = plane(low, high, block, DEPENDENCY + number);
    const bit = i32x4.shr_s(threshold, 31);
    fires = v128.or(fires, v128.and(open, v128.andnot(bit, p)));
    threshold = i32x4.shl(threshold, 1);
    open = v128.and(v128.andnot(open, v128.xor(p, bit)), i32x4.ne(threshold, zero));
    number++;
  }
  firedEnd = put(firedEnd, i32x4.bitmask(fires), dependencies);
  return <u32>(firedEnd - fired) >> 2;
}

/** One coin in one world. @param threshold neither 0 nor 2³² */
export function drawOne(low: u32, high: u32, purpose: u32, world: u32, threshold: u32): bool {
  const block = i32x4.splat(world >> 7);
  word = (world >> 5) & 3;
  shift = <i32>(31 - (world & 31));
  for (let number: u32 = 0; threshold != 0; number++) {
    const one = i32x4.extract_lane(plane(i32x4.splat(low), i32x4.splat(high), block, purpose + number), 0) != 0;
    const bit = threshold >> 31 != 0;
    if (one != bit) return bit;
    threshold <<= 1;
  }
  return false;
}
