import { candidateAt, chooseWaiting, dependencyAt, isFull, wait, waiting, worldAt } from "./choices";
import { drawCollapse, drawDependency, replicaOf, wordOf } from "./coins";
import {
  collapseWords,
  dependencyCount,
  dependencyStart,
  drawnGroup,
  entries,
  entryCounts,
  needing,
  needingCount,
  needingEpoch,
  needsWords,
  openedWord,
  packedClient,
  replicaCount,
  replicaStart,
  serviceCount,
  stickyWords,
  stuckHeads,
  stuckWorlds,
} from "./layout";

// The coins of 32 worlds as the lists that the rules ask for, made for a service when something in it fails in one of
// them: 32 at once, so that what is read of a dependency is read once.

const row = memory.data(64, 16);
const otherRow = memory.data(64, 16);

/** The entered 32 worlds, of which this is the number; none at first. */
export let block: u32 = -1;
let group: u32 = 0;
let needs: usize = 0;
let sticky: usize = 0;
let collapse: usize = 0;
/** Numbers of their own for every entered block and world: what was made for another is no longer there. */
let blockEpoch: u32 = 0;
export let epoch: u32 = 0;

/** The entered world of the block, as a bit. */
export let worldBit: u32 = 0;
let heads: usize = 0;
/** Where the entries of the world are; the first has number 1. */
let worldEntries: usize = 0;

export function enterBlock(number: u32): void {
  if (number == block) return;
  block = number;
  group = number >> 4;
  const word = wordOf((number << 5) & 511);
  needs = needsWords + ((word * dependencyCount) << 2);
  sticky = stickyWords + ((word * dependencyCount) << 2);
  collapse = collapseWords + ((word * serviceCount) << 2);
  blockEpoch++;
  memory.fill(entryCounts, 0, 128);
}

/** @param world of the block, 0…31 */
export function enterWorld(world: u32): void {
  worldBit = 1 << world;
  heads = stuckHeads + (<usize>(world * replicaCount) << 2);
  worldEntries = entries + (<usize>world * dependencyCount << 3) - 8;
  epoch++;
}

/** In which worlds of the block overload brings an opened service's survivors down. */
@inline
export function collapsesOf(service: u32): u32 {
  return load<u32>(collapse + (service << 2));
}

/** First entry of the clients that a replica of an opened service takes with it in the world, or 0. */
@inline
export function stuckTo(replica: u32): u32 {
  if ((load<u32>(stuckWorlds + (replica << 2)) & worldBit) == 0) return 0;
  return load<u32>(heads + (replica << 2));
}

@inline
export function clientOf(entry: u32): u32 {
  return load<u32>(worldEntries + (<usize>entry << 3));
}

@inline
export function entryAfter(entry: u32): u32 {
  return load<u32>(worldEntries + (<usize>entry << 3), 4);
}

/** Makes a service's lists those of the block. */
@inline
export function open(service: u32): void {
  if (load<u32>(openedWord + (service << 2)) != blockEpoch) makeLists(service);
}

function makeLists(service: u32): void {
  store<u32>(openedWord + (service << 2), blockEpoch);
  if (load<u32>(drawnGroup + (service << 2)) != group + 1) draw(service);
  const firstReplica = load<u32>(replicaStart + (service << 2));
  const endReplica = load<u32>(replicaStart + (service << 2), 4);
  memory.fill(stuckWorlds + (firstReplica << 2), 0, (endReplica - firstReplica) << 2);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  const base = block << 5;
  if (endReplica - firstReplica == 1) {
    // Who needs the service is lost with its only replica, stuck to it or not.
    for (let d = first; d < end; d++) {
      for (let bits = load<u32>(needs + (d << 2)); bits != 0; bits &= bits - 1) stick(d, ctz(bits), firstReplica);
    }
    return;
  }
  for (let d = first; d < end; d++) {
    for (let bits = load<u32>(sticky + (d << 2)); bits != 0; bits &= bits - 1) {
      if (isFull(d)) stickWaiting();
      wait(d, base + ctz(bits));
    }
  }
  if (waiting != 0) stickWaiting();
}

function stickWaiting(): void {
  const count = chooseWaiting();
  for (let place: u32 = 0; place < count; place++) {
    stick(dependencyAt(place), worldAt(place) & 31, replicaOf(candidateAt(place)));
  }
}

@inline
function stick(dependency: u32, world: u32, replica: u32): void {
  const count = load<u32>(entryCounts + (world << 2)) + 1;
  store<u32>(entryCounts + (world << 2), count);
  const head = stuckHeads + (<usize>(world * replicaCount + replica) << 2);
  const has = load<u32>(stuckWorlds + (replica << 2));
  const next = ((has >> world) & 1) != 0 ? load<u32>(head) : 0;
  const at = entries + (<usize>(world * dependencyCount + count - 1) << 3);
  store<u32>(at, load<u32>(packedClient + (dependency << 2)));
  store<u32>(at, next, 4);
  store<u32>(head, count);
  store<u32>(stuckWorlds + (replica << 2), has | (1 << world));
}

/** The packed clients that need an opened service of several replicas in the world, as the end of their list; it begins at `needingOf`. */
export function endOfNeeding(service: u32): usize {
  const start = needingOf(service);
  if (load<u32>(needingEpoch + (service << 2)) == epoch) return start + (<usize>load<u32>(needingCount + (service << 2)) << 2);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  let at = start;
  for (let d = first; d < end; d++) {
    // Written anyway and kept where the client needs the service: a branch here is wrong half of the time.
    store<u32>(at, load<u32>(packedClient + (d << 2)));
    at += <usize>((load<u32>(needs + (d << 2)) & worldBit) != 0) << 2;
  }
  store<u32>(needingEpoch + (service << 2), epoch);
  store<u32>(needingCount + (service << 2), <u32>(at - start) >> 2);
  return at;
}

@inline
export function needingOf(service: u32): usize {
  return needing + (<usize>load<u32>(dependencyStart + (service << 2)) << 2);
}

/** Draws both coins of the dependencies from…to−1 for a group of 512 worlds. */
export function drawDependencies(from: u32, to: u32, number: u32): void {
  for (let d = from; d < to; d++) {
    drawDependency(row, otherRow, d, number);
    for (let w: u32 = 0; w < 16; w++) {
      store<u32>(needsWords + ((w * dependencyCount + d) << 2), load<u32>(row + (w << 2)));
      store<u32>(stickyWords + ((w * dependencyCount + d) << 2), load<u32>(otherRow + (w << 2)));
    }
  }
}

/** Draws the coins of a service for the group. */
function draw(service: u32): void {
  store<u32>(drawnGroup + (service << 2), group + 1);
  const first = load<u32>(dependencyStart + (service << 2));
  drawDependencies(first, load<u32>(dependencyStart + (service << 2), 4), group);
  drawCollapse(row, otherRow, service, group);
  for (let w: u32 = 0; w < 16; w++) {
    store<u32>(collapseWords + ((w * serviceCount + service) << 2), load<u32>(row + (w << 2)));
  }
}
