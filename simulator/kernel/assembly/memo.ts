import { clearClosures, closureLoss, NONE, spread, takeOutage } from "./closures";
import { add, logLength, lost, restartLost, undo } from "./failedSet";
import {
  active,
  bitOf,
  bucketHead,
  bucketNext,
  buckets,
  criticality,
  fullMask,
  seedCount,
  seedMembers,
  seedStart,
  serviceOf,
  stuckWorlds,
  sums,
} from "./layout";
import { isOverloaded } from "./overload";
import { collapsesOf, enterBlock, enterWorld, open, worldBit } from "./wordLists";

// A world at a time, and in it the seeds that take anything with them. A seed is first followed until it takes some
// service whole; seeds that take the same one first are closed together, each from that service's closure, with every
// change taken back afterwards.

let sumsOfBatch: usize = 0;

/** Seeds in worlds of one block of 32, a bit a world; adds what they lost to `sums`. */
export function runBlock(number: u32, worlds: u32, seedFrom: u32, seedTo: u32): void {
  enterBlock(number);
  sumsOfBatch = sums + (<usize>(((number << 5) & 511) >> 6) * seedCount << 3);
  findActive(seedFrom, seedTo);
  for (let rest = worlds; rest != 0; rest &= rest - 1) {
    const world = ctz(rest);
    enterWorld(world);
    clearClosures();
    runWorld(world, seedFrom, seedTo);
  }
}

/** By seed from `seedFrom` on, the worlds of the block in which it may take something with it. */
function findActive(seedFrom: u32, seedTo: u32): void {
  let at = active;
  for (let seed = seedFrom; seed < seedTo; seed++, at += 4) store<u32>(at, activeWorlds(seed));
  memory.fill(at, 0, 64);
}

@inline
function activeWorlds(seed: u32): u32 {
  const first = load<u32>(seedStart + (seed << 2));
  if (load<u32>(seedStart + (seed << 2), 4) - first != 1) return -1;
  const replica = load<u32>(seedMembers + (first << 2));
  const service = load<u32>(serviceOf + (replica << 2));
  open(service);
  const stuck = load<u32>(stuckWorlds + (replica << 2));
  const own = load<u32>(bitOf + (replica << 2));
  if (own == load<u32>(fullMask + (service << 2))) return stuck;
  return isOverloaded(service, own) ? stuck | collapsesOf(service) : stuck;
}

function runWorld(world: u32, seedFrom: u32, seedTo: u32): void {
  let bucketCount: u32 = 0;
  const shift = <i32>(31 - world);
  let at = active;
  for (let from = seedFrom; from < seedTo; from += 16, at += 64) {
    let some =
      i32x4.bitmask(i32x4.shl(v128.load(at, 0), shift)) |
      (i32x4.bitmask(i32x4.shl(v128.load(at, 16), shift)) << 4) |
      (i32x4.bitmask(i32x4.shl(v128.load(at, 32), shift)) << 8) |
      (i32x4.bitmask(i32x4.shl(v128.load(at, 48), shift)) << 12);
    for (; some != 0; some &= some - 1) {
      const seed = from + ctz(some);
      const service = followSeed(seed);
      if (service == NONE) continue;
      const head = bucketHead + (service << 2);
      const next = load<u32>(head);
      if (next == 0) {
        store<u32>(buckets + (bucketCount << 2), service);
        bucketCount++;
      }
      store<u32>(bucketNext + (seed << 2), next);
      store<u32>(head, seed + 1);
    }
  }
  for (let i: u32 = 0; i < bucketCount; i++) closeBucket(load<u32>(buckets + (i << 2)));
}

@inline
function addSum(seed: u32, result: f64): void {
  const at = sumsOfBatch + (<usize>seed << 3);
  store<f64>(at, load<f64>(at) + result);
}

/** Follows a seed up to the first service that falls whole, which it returns; NONE where the seed is done. */
function followSeed(seed: u32): u32 {
  const first = load<u32>(seedStart + (seed << 2));
  const end = load<u32>(seedStart + (seed << 2), 4);
  if (end - first == 1) {
    const replica = load<u32>(seedMembers + (first << 2));
    const service = load<u32>(serviceOf + (replica << 2));
    const own = load<u32>(bitOf + (replica << 2));
    const collapses = (collapsesOf(service) & worldBit) != 0;
    if (own == load<u32>(fullMask + (service << 2)) || (collapses && isOverloaded(service, own))) {
      addSum(seed, closureLoss(service) - load<f64>(criticality + (replica << 3)));
      undo(0);
      return NONE;
    }
  }
  restartLost(0);
  const own = addSeed(first, end);
  const service = spread(true);
  if (service == NONE && lost != own) addSum(seed, lost - own);
  undo(0);
  return service;
}

/** @returns the criticality of the seed's members */
function addSeed(first: u32, end: u32): f64 {
  let own: f64 = 0;
  for (let m = first; m < end; m++) {
    const replica = load<u32>(seedMembers + (m << 2));
    own += load<f64>(criticality + (replica << 3));
    add(load<u32>(serviceOf + (replica << 2)), load<u32>(bitOf + (replica << 2)));
  }
  return own;
}

function closeBucket(service: u32): void {
  let next = load<u32>(bucketHead + (service << 2));
  store<u32>(bucketHead + (service << 2), 0);
  takeOutage(service);
  const base = logLength;
  const baseLost = lost;
  while (next != 0) {
    const seed = next - 1;
    restartLost(baseLost);
    const own = addSeed(load<u32>(seedStart + (seed << 2)), load<u32>(seedStart + (seed << 2), 4));
    spread(false);
    addSum(seed, lost - own);
    undo(base);
    next = load<u32>(bucketNext + (seed << 2));
  }
  undo(0);
}
