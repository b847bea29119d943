import { isOverloaded as overloaded } from "./overload";
import { choose, COLLAPSE, DEPENDENCY, drawRow, replicaOf, wordOf } from "./coins";
import {
  arena,
  arenaEnd,
  bitOf,
  client,
  closureLost,
  closurePlace,
  closureWorld,
  collapseThreshold,
  collapseWords,
  criticality,
  dependencyCount,
  dependencyHigh,
  dependencyLow,
  dependencyStart,
  drawnGroup,
  fullMask,
  maskA,
  maskB,
  mergedA,
  mergedB,
  needing,
  needingCount,
  needsThreshold,
  needsWords,
  openedWorld,
  queueA,
  queueB,
  replicaStart,
  seedMembers,
  seedStart,
  serviceCount,
  serviceHigh,
  serviceLow,
  serviceOf,
  stickyThreshold,
  stickyWords,
  stuckHead,
  stuckNext,
  sums,
  touchedA,
  touchedB,
} from "./layout";

// A world at a time. A set of failed replicas is one mask a service; what the outage of a whole service takes with it is
// found once a world, kept, and merged into every set that comes to hold the whole service.

const row = memory.data(64, 16);
const otherRow = memory.data(64, 16);

let world: u32 = 0;
let word: u32 = 0;
let bit: u32 = 0;
let group: u32 = 0;
let free: usize = 0;

// The set that is being closed.
let mask: usize = 0;
let merged: usize = 0;
let touchedList: usize = 0;
let queue: usize = 0;
let touchedCount: u32 = 0;
let queueEnd: u32 = 0;
let lost: f64 = 0;

/** What seeds took in the worlds since it was last set to 0: for the choice between engines. */
export let work: f64 = 0;

/** Every seed in one world; adds what it lost to `sums`. */
export function runWorld(number: u32, seedFrom: u32, seedTo: u32): void {
  if (world != number || free == 0) {
    world = number;
    group = number >> 9;
    word = wordOf(number & 511);
    bit = 1 << (number & 31);
    free = arena;
  }
  const batch = (number & 511) >> 6;
  for (let seed = seedFrom; seed < seedTo; seed++) {
    const first = load<u32>(seedStart + (seed << 2));
    const end = load<u32>(seedStart + (seed << 2), 4);
    let result: f64 = 0;
    if (end - first == 1) result = lossOfOne(load<u32>(seedMembers + (first << 2)));
    else if (end > first) result = lossOfMany(first, end);
    if (result != 0) {
      const at = sums + (((seed << 3) | batch) << 3);
      store<f64>(at, load<f64>(at) + result);
      work += result;
    }
  }
}

function lossOfOne(replica: u32): f64 {
  const service = load<u32>(serviceOf + (replica << 2));
  open(service);
  const own = load<u32>(bitOf + (replica << 2));
  const full = load<u32>(fullMask + (service << 2));
  if (own == full || (collapses(service) && overloaded(service, own))) {
    const place = closureOf(service);
    if (place != 0) return load<f64>(closureLost + (service << 3)) - load<f64>(criticality + (replica << 3));
  } else if (load<u32>(stuckHead + (replica << 2)) == 0) {
    return 0;
  }
  startA();
  add(service, own);
  spread(true);
  clear();
  return lost - load<f64>(criticality + (replica << 3));
}

function lossOfMany(first: u32, end: u32): f64 {
  startA();
  let own: f64 = 0;
  for (let m = first; m < end; m++) {
    const replica = load<u32>(seedMembers + (m << 2));
    own += load<f64>(criticality + (replica << 3));
    add(load<u32>(serviceOf + (replica << 2)), load<u32>(bitOf + (replica << 2)));
  }
  spread(true);
  clear();
  return lost - own;
}

function startA(): void {
  mask = maskA;
  merged = mergedA;
  touchedList = touchedA;
  queue = queueA;
  touchedCount = 0;
  queueEnd = 0;
  lost = 0;
}

function clear(): void {
  for (let i: u32 = 0; i < touchedCount; i++) {
    const service = load<u32>(touchedList + (i << 2));
    store<u32>(mask + (service << 2), 0);
    store<u8>(merged + service, 0);
  }
}

// @ts-ignore: decorator
@inline
function add(service: u32, bits: u32): void {
  const at = mask + (service << 2);
  const old = load<u32>(at);
  const fresh = bits & ~old;
  if (fresh == 0) return;
  if (old == 0) {
    store<u32>(touchedList + (touchedCount << 2), service);
    touchedCount++;
  }
  store<u32>(at, old | fresh);
  lost += criticalityOf(service, fresh);
  push(service, fresh);
}

// @ts-ignore: decorator
@inline
function push(service: u32, bits: u32): void {
  const at = queue + (queueEnd << 3);
  store<u32>(at, service);
  store<u32>(at, bits, 4);
  queueEnd++;
}

function criticalityOf(service: u32, bits: u32): f64 {
  const first = load<u32>(replicaStart + (service << 2));
  let sum: f64 = 0;
  while (bits != 0) {
    sum += load<f64>(criticality + ((first + ctz(bits)) << 3));
    bits &= bits - 1;
  }
  return sum;
}

/** Closes the set. `keeping`: closures that are not known yet are found and kept. */
function spread(keeping: bool): void {
  for (let head: u32 = 0; head < queueEnd; head++) {
    const service = load<u32>(queue + (head << 3));
    let fresh = load<u32>(queue + (head << 3), 4);
    if (load<u8>(merged + service) != 0) continue;
    open(service);
    const full = load<u32>(fullMask + (service << 2));
    let current = load<u32>(mask + (service << 2));
    if (current != full && collapses(service) && overloaded(service, current)) {
      lost += criticalityOf(service, full & ~current);
      current = full;
      store<u32>(mask + (service << 2), full);
    }
    if (current != full) {
      const first = load<u32>(replicaStart + (service << 2));
      while (fresh != 0) {
        let next = load<u32>(stuckHead + ((first + ctz(fresh)) << 2));
        while (next != 0) {
          const replica = load<u32>(client + ((next - 1) << 2));
          add(load<u32>(serviceOf + (replica << 2)), load<u32>(bitOf + (replica << 2)));
          next = load<u32>(stuckNext + ((next - 1) << 2));
        }
        fresh &= fresh - 1;
      }
      continue;
    }
    store<u8>(merged + service, 1);
    const known = load<u32>(closureWorld + (service << 2)) == world + 1;
    const place = known ? <usize>load<u32>(closurePlace + (service << 2)) : keeping ? closureOf(service) : 0;
    if (place != 0) merge(place);
    else failNeeding(service);
  }
}

function failNeeding(service: u32): void {
  let at = needing + (<usize>load<u32>(dependencyStart + (service << 2)) << 3);
  const end = at + (<usize>load<u32>(needingCount + (service << 2)) << 3);
  for (; at < end; at += 8) add(load<u32>(at), load<u32>(at, 4));
}

/** Takes a closed set in. Where a service comes to hold more than either set did, its own rules are looked at again. */
function merge(place: usize): void {
  const count = load<u32>(place);
  let at = place + 16;
  const end = at + (<usize>count << 4);
  for (; at < end; at += 16) {
    const service = load<u32>(at);
    const bits = load<u32>(at, 4);
    const slot = mask + (service << 2);
    const old = load<u32>(slot);
    const whole = bits == load<u32>(fullMask + (service << 2));
    if (old == 0) {
      store<u32>(slot, bits);
      store<u32>(touchedList + (touchedCount << 2), service);
      touchedCount++;
      lost += load<f64>(at, 8);
      if (whole) store<u8>(merged + service, 1);
      continue;
    }
    if (whole) store<u8>(merged + service, 1);
    const fresh = bits & ~old;
    if (fresh == 0) continue;
    store<u32>(slot, old | fresh);
    lost += criticalityOf(service, fresh);
    if ((old & ~bits) != 0) push(service, 0);
  }
}

/** Place of what the outage of a service takes, itself included; 0 where there is no room to keep it. */
function closureOf(service: u32): usize {
  if (load<u32>(closureWorld + (service << 2)) == world + 1) return load<u32>(closurePlace + (service << 2));
  const heldMask = mask;
  const heldMerged = merged;
  const heldTouched = touchedList;
  const heldQueue = queue;
  const heldCount = touchedCount;
  const heldEnd = queueEnd;
  const heldLost = lost;

  mask = maskB;
  merged = mergedB;
  touchedList = touchedB;
  queue = queueB;
  touchedCount = 1;
  queueEnd = 0;
  const full = load<u32>(fullMask + (service << 2));
  store<u32>(touchedList, service);
  store<u32>(mask + (service << 2), full);
  store<u8>(merged + service, 1);
  lost = criticalityOf(service, full);
  open(service);
  failNeeding(service);
  spread(false);

  let place: usize = 0;
  if (free + 16 + (<usize>touchedCount << 4) <= arenaEnd) {
    place = free;
    store<u32>(place, touchedCount);
    let at = place + 16;
    for (let i: u32 = 0; i < touchedCount; i++) {
      const one = load<u32>(touchedList + (i << 2));
      const bits = load<u32>(mask + (one << 2));
      store<u32>(at, one);
      store<u32>(at, bits, 4);
      store<f64>(at, criticalityOf(one, bits), 8);
      at += 16;
    }
    free = at;
    store<u32>(closureWorld + (service << 2), world + 1);
    store<u32>(closurePlace + (service << 2), <u32>place);
    store<f64>(closureLost + (service << 3), lost);
  }
  clear();
  mask = heldMask;
  merged = heldMerged;
  touchedList = heldTouched;
  queue = heldQueue;
  touchedCount = heldCount;
  queueEnd = heldEnd;
  lost = heldLost;
  return place;
}

// @ts-ignore: decorator
@inline
function collapses(service: u32): bool {
  return (load<u32>(collapseWords + ((word * serviceCount + service) << 2)) & bit) != 0;
}

/** Makes a service's lists those of the world. */
// @ts-ignore: decorator
@inline
function open(service: u32): void {
  if (load<u32>(openedWorld + (service << 2)) != world + 1) makeLists(service);
}

function makeLists(service: u32): void {
  store<u32>(openedWorld + (service << 2), world + 1);
  if (load<u32>(drawnGroup + (service << 2)) != group + 1) draw(service);
  const firstReplica = load<u32>(replicaStart + (service << 2));
  const endReplica = load<u32>(replicaStart + (service << 2), 4);
  memory.fill(stuckHead + (firstReplica << 2), 0, (endReplica - firstReplica) << 2);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  const needs = needsWords + ((word * dependencyCount) << 2);
  const sticky = stickyWords + ((word * dependencyCount) << 2);
  let at = needing + (<usize>first << 3);
  for (let d = first; d < end; d++) {
    if ((load<u32>(needs + (d << 2)) & bit) == 0) continue;
    const replica = load<u32>(client + (d << 2));
    store<u32>(at, load<u32>(serviceOf + (replica << 2)));
    store<u32>(at, load<u32>(bitOf + (replica << 2)), 4);
    at += 8;
    if ((load<u32>(sticky + (d << 2)) & bit) == 0) continue;
    const head = stuckHead + (replicaOf(choose(d, world)) << 2);
    store<u32>(stuckNext + (d << 2), load<u32>(head));
    store<u32>(head, d + 1);
  }
  store<u32>(needingCount + (service << 2), <u32>((at - needing) >> 3) - first);
}

/** Draws the coins of a service for the group. */
function draw(service: u32): void {
  store<u32>(drawnGroup + (service << 2), group + 1);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  for (let d = first; d < end; d++) {
    drawRow(
      row,
      otherRow,
      load<u32>(dependencyLow + (d << 2)),
      load<u32>(dependencyHigh + (d << 2)),
      group,
      DEPENDENCY,
      load<u64>(needsThreshold + (d << 3)),
      load<u64>(stickyThreshold + (d << 3)),
    );
    for (let w: u32 = 0; w < 16; w++) {
      store<u32>(needsWords + ((w * dependencyCount + d) << 2), load<u32>(row + (w << 2)));
      store<u32>(stickyWords + ((w * dependencyCount + d) << 2), load<u32>(otherRow + (w << 2)));
    }
  }
  const threshold = load<u64>(collapseThreshold + (service << 3));
  drawRow(
    row,
    otherRow,
    load<u32>(serviceLow + (service << 2)),
    load<u32>(serviceHigh + (service << 2)),
    group,
    COLLAPSE,
    threshold,
    0,
  );
  for (let w: u32 = 0; w < 16; w++) {
    store<u32>(collapseWords + ((w * serviceCount + service) << 2), load<u32>(row + (w << 2)));
  }
}
