import { choose, COLLAPSE, DEPENDENCY, drawRow, replicaOf, wordOf } from "./coins";
import {
  clientPair,
  collapseThreshold,
  collapseWords,
  dependencyCount,
  dependencyHigh,
  dependencyLow,
  dependencyStart,
  drawnGroup,
  needing,
  needingCount,
  needsThreshold,
  needsWords,
  openedWorld,
  replicaStart,
  serviceCount,
  serviceHigh,
  serviceLow,
  stickyThreshold,
  stickyWords,
  stuckHead,
  stuckNext,
} from "./layout";

// The coins of one world as the lists that the rules ask for, made for a service when something in it fails.

const row = memory.data(64, 16);
const otherRow = memory.data(64, 16);

/** The entered world; none at first. */
export let world: u32 = -1;
let word: u32 = 0;
let bit: u32 = 0;
let group: u32 = 0;

export function enter(number: u32): void {
  world = number;
  group = number >> 9;
  word = wordOf(number & 511);
  bit = 1 << (number & 31);
}

/** Whether overload brings an opened service's survivors down. */
@inline
export function collapses(service: u32): bool {
  return (load<u32>(collapseWords + ((word * serviceCount + service) << 2)) & bit) != 0;
}

/** Makes a service's lists those of the world. */
@inline
export function open(service: u32): void {
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
  let at = needing + ((<usize>first) << 3);
  for (let d = first; d < end; d++) {
    // Written anyway and kept where the client needs the service: a branch here is wrong half of the time.
    store<u64>(at, load<u64>(clientPair + (d << 3)));
    at += (<usize>((load<u32>(needs + (d << 2)) & bit) != 0)) << 3;
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
