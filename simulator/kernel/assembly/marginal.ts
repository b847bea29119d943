import { candidateAt, chooseWaiting, dependencyAt, isFull, wait, waiting, worldAt } from "./choices";
import { askNeeding, askSticky, decide, firedDependency, firedWorld, isPoolFull, layPackings } from "./coinPool";
import { COLLAPSE, replicaOf } from "./coins";
import {
  capacity,
  causeEvents,
  causeMembers,
  causeStart,
  client,
  collapseThreshold,
  failed,
  failedIn,
  failedWorlds,
  openedIn,
  outIn,
  replicaStart,
  serviceHigh,
  serviceLow,
  serviceOf,
  stuckEntries,
  stuckHead,
  stuckRoom,
  windowStart,
} from "./layout";
import { enterWord } from "./oneWord";
import { isOver } from "./overload";
import { out0, out1, out2, out3, philox } from "./philox";
import { layQuads } from "./quads";

// Worlds with the causes that fired in them, a block of 32 at a time. Few services are touched in each, so coins are drawn
// for single worlds, of many services and worlds together: who needs a service where all replicas are lost, who is stuck
// to which replica where some are.

let block: u32 = 0;
let failedCount: u32 = 0;
let stuckCount: u32 = 0;

/** Prepares what is the same in every run, once the topology is laid. */
export function prepareMarginal(): void {
  layPackings();
  layQuads();
}

/** The worlds base + from … base + to − 1 of the gathered window. @returns in how many of them a cause fired */
export function runCaused(base: u32, from: u32, to: u32): u32 {
  let caused: u32 = 0;
  for (let w = from; w < to; ) {
    block = (base + w) >> 5;
    failedCount = 0;
    for (const end = min<u32>(to, (block + 1 << 5) - base); w < end; w++) {
      let event = load<u32>(windowStart + (w << 2));
      const endEvent = load<u32>(windowStart + (w << 2), 4);
      caused += <u32>(event != endEvent);
      for (; event < endEvent; event++) failCause(load<u32>(causeEvents + (event << 2)), (base + w) & 31);
    }
    spread();
    settle();
  }
  return caused;
}

@inline
function failCause(cause: u32, world: u32): void {
  const end = load<u32>(causeStart + (cause << 2), 4);
  for (let m = load<u32>(causeStart + (cause << 2)); m < end; m++) fail(load<u32>(causeMembers + (m << 2)), world);
}

/** @param world of the block, 0…31 */
@inline
function fail(replica: u32, world: u32): void {
  const at = failedIn + (replica << 2);
  const worlds = load<u32>(at);
  if (((worlds >> world) & 1) != 0) return;
  store<u32>(at, worlds | (1 << world));
  store<u32>(failed + (failedCount << 2), (replica << 5) | world);
  failedCount++;
}

function settle(): void {
  for (let i: u32 = 0; i < failedCount; i++) {
    const replica = load<u32>(failed + (i << 2)) >> 5;
    const worlds = load<u32>(failedIn + (replica << 2));
    if (worlds == 0) continue;
    store<u32>(failedIn + (replica << 2), 0);
    const service = load<u32>(serviceOf + (replica << 2));
    store<u32>(outIn + (service << 2), 0);
    store<u32>(openedIn + (service << 2), 0);
    const at = failedWorlds + (replica << 2);
    store<u32>(at, load<u32>(at) + popcnt(worlds));
  }
}

/** Outages first: who is stuck to a replica matters only where its service is not lost as a whole in the end. */
function spread(): void {
  enterWord(block);
  stuckCount = 0;
  let looked: u32 = 0;
  let head: u32 = 0;
  while (head < failedCount) {
    while (looked < failedCount) {
      for (; looked < failedCount; looked++) look(load<u32>(failed + (looked << 2)));
      failNeeding();
    }
    for (const end = failedCount; head < end; head++) failStuck(load<u32>(failed + (head << 2)));
    stickFired();
  }
}

/** Rules 2 and 3 of a service that lost something. */
function look(entry: u32): void {
  const world = entry & 31;
  const service = load<u32>(serviceOf + ((entry >> 5) << 2));
  const outages = load<u32>(outIn + (service << 2));
  if (((outages >> world) & 1) != 0) return;
  const first = load<u32>(replicaStart + (service << 2));
  const end = load<u32>(replicaStart + (service << 2), 4);
  let left: u32 = 0;
  let rest: f64 = 0;
  for (let r = first; r < end; r++) {
    // Zero is added for the failed: which of them failed is no branch to guess.
    const isLeft = ((load<u32>(failedIn + (r << 2)) >> world) & 1) ^ 1;
    left += isLeft;
    rest += reinterpret<f64>(load<u64>(capacity + (r << 3)) & (0 - <u64>isLeft));
  }
  if (left != 0) {
    if (!isOver(service, rest) || !collapses(service, world)) return;
    for (let r = first; r < end; r++) fail(r, world);
  }
  store<u32>(outIn + (service << 2), outages | (1 << world));
  for (let slice: u32 = 0, more = true; more; slice++) {
    if (isPoolFull()) failNeeding();
    more = askNeeding(service, slice, world);
  }
}

/** Four planes of one coin a call. */
function collapses(service: u32, world: u32): bool {
  const wide = load<u64>(collapseThreshold + (service << 3));
  if (wide >> 32 != 0) return true;
  const low = i32x4.splat(load<u32>(serviceLow + (service << 2)));
  const high = i32x4.splat(load<u32>(serviceHigh + (service << 2)));
  let threshold = <u32>wide;
  let planes = i32x4(COLLAPSE, COLLAPSE + 1, COLLAPSE + 2, COLLAPSE + 3);
  while (threshold != 0) {
    philox(low, high, i32x4.splat(block >> 2), planes);
    const word = block & 3;
    const words = word == 0 ? out0 : word == 1 ? out1 : word == 2 ? out2 : out3;
    let bits = i32x4.bitmask(i32x4.shl(words, 31 - <i32>world));
    for (let plane = 0; plane < 4; plane++) {
      const isBelow = threshold >> 31 != 0;
      if ((bits & 1) != 0 != isBelow) return isBelow;
      threshold <<= 1;
      bits >>= 1;
    }
    planes = i32x4.add(planes, i32x4.splat(4));
  }
  return false;
}

function failNeeding(): void {
  const count = decide();
  for (let i: u32 = 0; i < count; i++) {
    fail(load<u32>(client + (firedDependency(i) << 2)), ctz(firedWorld(i)));
  }
}

/** Fails who is known to be stuck to a replica; where that is not known, it is asked for. */
function failStuck(entry: u32): void {
  const world = entry & 31;
  const replica = entry >> 5;
  const service = load<u32>(serviceOf + (replica << 2));
  if (((load<u32>(outIn + (service << 2)) >> world) & 1) != 0) return;
  const opened = load<u32>(openedIn + (service << 2));
  if (((opened >> world) & 1) != 0) {
    let next = load<u32>(stuckHead + (replica << 2));
    while (next != 0) {
      const at = stuckEntries + (<usize>next << 3);
      const stuck = load<u32>(at);
      if ((stuck & 31) == world) fail(stuck >> 5, world);
      next = load<u32>(at, 4);
    }
    return;
  }
  store<u32>(openedIn + (service << 2), opened | (1 << world));
  if (opened == 0) {
    const first = load<u32>(replicaStart + (service << 2));
    memory.fill(stuckHead + (first << 2), 0, (load<u32>(replicaStart + (service << 2), 4) - first) << 2);
  }
  for (let slice: u32 = 0, more = true; more; slice++) {
    if (isPoolFull()) stickFired();
    more = askSticky(service, slice, 1 << world);
  }
}

function stickFired(): void {
  const count = decide();
  for (let i: u32 = 0; i < count; i++) {
    const dependency = firedDependency(i);
    if (isFull(dependency)) stickWaiting();
    wait(dependency, (block << 5) | ctz(firedWorld(i)));
  }
  if (waiting != 0) stickWaiting();
}

function stickWaiting(): void {
  const count = chooseWaiting();
  for (let place: u32 = 0; place < count; place++) {
    stick(load<u32>(client + (dependencyAt(place) << 2)), replicaOf(candidateAt(place)), worldAt(place) & 31);
  }
}

@inline
function stick(stuck: u32, replica: u32, world: u32): void {
  if (((load<u32>(failedIn + (replica << 2)) >> world) & 1) != 0) {
    fail(stuck, world);
    return;
  }
  if (stuckCount == stuckRoom) {
    // Nobody is known to be stuck any more: it is asked for anew when the service loses another replica.
    const at = openedIn + (load<u32>(serviceOf + (replica << 2)) << 2);
    store<u32>(at, load<u32>(at) & ~(1 << world));
    return;
  }
  stuckCount++;
  const at = stuckEntries + (<usize>stuckCount << 3);
  store<u32>(at, (stuck << 5) | world);
  store<u32>(at, load<u32>(stuckHead + (replica << 2)), 4);
  store<u32>(stuckHead + (replica << 2), stuckCount);
}
