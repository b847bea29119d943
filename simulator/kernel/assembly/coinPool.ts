import {
  client,
  dependencyHigh,
  dependencyLow,
  dependencyStart,
  failedIn,
  hasAlways,
  needsThreshold,
  quadStart,
  stickyQuads,
} from "./layout";
import { drawWord, firstOf, highProduct, planeOf, secondOf, thirdOf } from "./oneWord";
import { multipliers } from "./philox";
import { isAlways, QUAD } from "./quads";

// Coins of dependencies in single worlds of one block of 32, many at a time. Half of those that a plane leaves open are
// decided by the next: what is open is moved together after each, so that four are always drawn in one call.

/** Dependencies that are asked for at once, and how many coins may be open or fired before they are asked for. */
const SLICE: u32 = 256;
const MOST: u32 = 512;
const ROOM: usize = (MOST + SLICE + 8) * 4;

/** The open coins, word by word: three of Philox, the rest of the threshold, the world as a bit, the dependency. */
const pool = memory.data(6 * 3104, 16);
const SECOND: usize = ROOM;
const THIRD: usize = 2 * ROOM;
const REST: usize = 3 * ROOM;
const WORLD: usize = 4 * ROOM;
const DEPENDENCY: usize = 5 * ROOM;
/** The coins that fired, as the last two. */
const fired = memory.data(2 * 6192, 16);
const FIRED: usize = 6192;
/** Dependencies whose clients have not failed. */
const asked = memory.data(1056, 16);

/** For each set of lanes the bytes that move them together. */
const packings = memory.data(256, 16);

let openEnd: usize = pool;
let firedEnd: usize = fired;

/** To be called once. */
export function layPackings(): void {
  for (let lanes: u32 = 0; lanes < 16; lanes++) {
    let to = packings + (<usize>lanes << 4);
    for (let lane: u32 = 0; lane < 4; lane++) {
      if (((lanes >> lane) & 1) == 0) continue;
      store<u32>(to, lane * 0x04040404 + 0x03020100);
      to += 4;
    }
  }
}

@inline
export function isPoolFull(): bool {
  return openEnd - pool > MOST * 4 || firedEnd - fired > MOST * 4;
}

@inline
function fireLanes(lanes: u32, worlds: v128, dependencies: v128): void {
  const packing = v128.load(packings + (<usize>lanes << 4));
  v128.store(firedEnd, i8x16.swizzle(worlds, packing));
  v128.store(firedEnd, i8x16.swizzle(dependencies, packing), FIRED);
  firedEnd += <usize>popcnt(lanes) << 2;
}

/** Reads a plane of four dependencies, of which lanes are `inside`. @returns the place after those left open */
@inline
function take(
  at: usize,
  productHigh: v128,
  plane: v128,
  second: v128,
  third: v128,
  rest: v128,
  world: v128,
  dependencies: v128,
  inside: u32,
): usize {
  const zero = i32x4.splat(0);
  const isZero = i32x4.eq(v128.and(drawWord(productHigh, plane, second, third), world), zero);
  const bit = i32x4.shr_s(rest, 31);
  const next = i32x4.shl(rest, 1);
  const fires = i32x4.bitmask(v128.and(bit, isZero)) & inside;
  if (fires != 0) fireLanes(fires, world, dependencies);
  const open = i32x4.bitmask(v128.andnot(v128.xor(bit, isZero), i32x4.eq(next, zero))) & inside;
  const packing = v128.load(packings + (<usize>open << 4));
  v128.store(at, i8x16.swizzle(productHigh, packing));
  v128.store(at, i8x16.swizzle(second, packing), SECOND);
  v128.store(at, i8x16.swizzle(third, packing), THIRD);
  v128.store(at, i8x16.swizzle(next, packing), REST);
  v128.store(at, i8x16.swizzle(world, packing), WORLD);
  v128.store(at, i8x16.swizzle(dependencies, packing), DEPENDENCY);
  return at + (<usize>popcnt(open) << 2);
}

/**
 * Asks for the sticky coins of dependencies on a service in a world, a slice of them.
 *
 * @param world as a bit
 * @returns whether there are more slices
 */
export function askSticky(service: u32, slice: u32, world: u32): bool {
  const first = load<u32>(dependencyStart + (service << 2)) + slice * SLICE;
  const quads = stickyQuads + load<u32>(quadStart + (service << 2)) * QUAD;
  const all = stickyQuads + load<u32>(quadStart + (service << 2), 4) * QUAD;
  const from = quads + slice * (SLICE / 4) * QUAD;
  const end = min<usize>(all, from + (SLICE / 4) * QUAD);
  const plane = planeOf(0);
  const worlds = i32x4.splat(world);
  let dependencies = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let at = openEnd;
  for (let quad = from; quad < end; quad += QUAD) {
    const word = firstOf(v128.load(quad));
    const second = secondOf(word, v128.load(quad, 16));
    at = take(at, v128.load(quad, 32), plane, second, thirdOf(word), v128.load(quad, 48), worlds, dependencies, 15);
    dependencies = i32x4.add(dependencies, i32x4.splat(4));
  }
  openEnd = at;
  if (load<u8>(hasAlways + service) != 0) {
    const last = min<u32>(load<u32>(dependencyStart + (service << 2), 4), first + SLICE);
    for (let d = first; d < last; d++) if (isAlways(d)) fire(d, world);
  }
  return end < all;
}

@inline
function fire(dependency: u32, world: u32): void {
  store<u32>(firedEnd, world);
  store<u32>(firedEnd, dependency, FIRED);
  firedEnd += 4;
}

/**
 * Asks for the coins of who needs a service in a world, a slice of them, but of clients that have failed already: an
 * outage comes late, and often most have.
 *
 * @param world of the block, 0…31
 * @returns whether there are more slices
 */
export function askNeeding(service: u32, slice: u32, world: u32): bool {
  const all = load<u32>(dependencyStart + (service << 2), 4);
  const from = load<u32>(dependencyStart + (service << 2)) + slice * SLICE;
  const end = min<u32>(all, from + SLICE);
  let unfailed: usize = asked;
  for (let d = from; d < end; d++) {
    const isFailed = (load<u32>(failedIn + (load<u32>(client + (d << 2)) << 2)) >> world) & 1;
    store<u32>(unfailed, d);
    unfailed += <usize>(isFailed ^ 1) << 2;
  }
  const plane = planeOf(0);
  const worlds = i32x4.splat(1 << world);
  const multiplier = v128.load(multipliers);
  let to = openEnd;
  for (let at: usize = asked; at < unfailed; at += 16) {
    const left = <u32>(unfailed - at) >> 2;
    const inside: u32 = left >= 4 ? 15 : (1 << left) - 1;
    const dependencies = v128.load(at);
    const low = gather(dependencyLow, at, 2);
    const word = firstOf(gather(dependencyHigh, at, 2));
    const second = secondOf(word, i32x4.mul(low, multiplier));
    const rest = gather(needsThreshold, at, 3);
    const always = i32x4.bitmask(i32x4.ne(gather(needsThreshold + 4, at, 3), i32x4.splat(0))) & inside;
    to = take(to, highProduct(low, multiplier), plane, second, thirdOf(word), rest, worlds, dependencies, inside);
    if (always != 0) fireLanes(always, worlds, dependencies);
  }
  openEnd = to;
  return end < all;
}

/** Words of four dependencies, of 1 << `shift` bytes each. */
@inline
function gather(base: usize, from: usize, shift: usize): v128 {
  let lanes = v128.load32_zero(base + (<usize>load<u32>(from) << shift));
  lanes = v128.load32_lane(base + (<usize>load<u32>(from, 4) << shift), lanes, 1);
  lanes = v128.load32_lane(base + (<usize>load<u32>(from, 8) << shift), lanes, 2);
  return v128.load32_lane(base + (<usize>load<u32>(from, 12) << shift), lanes, 3);
}

/** Decides all that is open. @returns how many fired */
export function decide(): u32 {
  let number: u32 = 1;
  for (; openEnd > pool; number++) {
    const plane = planeOf(number);
    const end = openEnd;
    let to: usize = pool;
    for (let at: usize = pool; at < end; at += 16) {
      const left = <u32>(end - at) >> 2;
      const inside: u32 = left >= 4 ? 15 : (1 << left) - 1;
      to = take(
        to,
        v128.load(at),
        plane,
        v128.load(at, SECOND),
        v128.load(at, THIRD),
        v128.load(at, REST),
        v128.load(at, WORLD),
        v128.load(at, DEPENDENCY),
        inside,
      );
    }
    openEnd = to;
  }
  const count = <u32>(firedEnd - fired) >> 2;
  firedEnd = fired;
  return count;
}

/** Of the fired, valid until the next is asked for: the world as a bit. */
@inline
export function firedWorld(place: u32): u32 {
  return load<u32>(fired + (place << 2));
}

@inline
export function firedDependency(place: u32): u32 {
  return load<u32>(fired + (place << 2), FIRED);
}
