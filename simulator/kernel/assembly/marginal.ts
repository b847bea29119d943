import { candidateAt, chooseWaiting, dependencyAt, isFull, wait, waiting } from "./choices";
import { choose, COLLAPSE, replicaOf } from "./coins";
import {
  capacity,
  causeEvents,
  causeMembers,
  causeStart,
  client,
  collapseThreshold,
  dependencyStart,
  down,
  failed,
  failedWorlds,
  fired,
  isFailed,
  isOut,
  loads,
  needsAlways,
  needsRest,
  openedWorld,
  replicaStart,
  serviceHigh,
  serviceLow,
  serviceOf,
  stickyAlways,
  stickyRest,
  stuckHead,
  stuckNext,
  windowStart,
} from "./layout";
import { isOver } from "./overload";
import { drawFiring, drawOne } from "./worldCoins";

// One world at a time with the causes that fired in it. Few services are touched, so coins are drawn for one world: who
// is stuck to which replica when a service loses one and not all, who needs it when all are lost.

let world: u32 = 0;
let epoch: u32 = 0;
let failedCount: u32 = 0;

/** The worlds base + from … base + to − 1 of the gathered window. @returns in how many of them a cause fired */
export function runCaused(base: u32, from: u32, to: u32): u32 {
  let caused: u32 = 0;
  for (let w = from; w < to; w++) {
    let event = load<u32>(windowStart + (w << 2));
    const end = load<u32>(windowStart + (w << 2), 4);
    if (event == end) continue;
    caused++;
    epoch++;
    world = base + w;
    failedCount = 0;
    for (; event < end; event++) failCause(load<u32>(causeEvents + (event << 2)));
    spread();
    settle();
  }
  return caused;
}

@inline
function failCause(cause: u32): void {
  const end = load<u32>(causeStart + (cause << 2), 4);
  for (let m = load<u32>(causeStart + (cause << 2)); m < end; m++) fail(load<u32>(causeMembers + (m << 2)));
}

@inline
function fail(replica: u32): void {
  if (load<u8>(isFailed + replica) != 0) return;
  store<u8>(isFailed + replica, 1);
  store<u32>(failed + (failedCount << 2), replica);
  failedCount++;
  const at = down + (load<u32>(serviceOf + (replica << 2)) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function settle(): void {
  for (let i: u32 = 0; i < failedCount; i++) {
    const replica = load<u32>(failed + (i << 2));
    store<u8>(isFailed + replica, 0);
    const service = load<u32>(serviceOf + (replica << 2));
    store<u32>(down + (service << 2), 0);
    store<u8>(isOut + service, 0);
    const at = failedWorlds + (replica << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Outages first: who is stuck to a replica matters only where its service is not lost as a whole in the end. */
function spread(): void {
  let looked: u32 = 0;
  for (let head: u32 = 0; head < failedCount; head++) {
    for (; looked < failedCount; looked++) look(load<u32>(serviceOf + (load<u32>(failed + (looked << 2)) << 2)));
    const replica = load<u32>(failed + (head << 2));
    const service = load<u32>(serviceOf + (replica << 2));
    if (load<u8>(isOut + service) == 0) failStuck(service, replica);
  }
}

/** Rules 2 and 3 of a service that lost something. */
function look(service: u32): void {
  if (load<u8>(isOut + service) != 0) return;
  const first = load<u32>(replicaStart + (service << 2));
  const end = load<u32>(replicaStart + (service << 2), 4);
  const count = end - first;
  if (load<u32>(down + (service << 2)) < count && overloaded(service, first, end) && collapses(service)) {
    for (let r = first; r < end; r++) fail(r);
  }
  if (load<u32>(down + (service << 2)) < count) return;
  store<u8>(isOut + service, 1);
  failNeeding(service);
}

function failStuck(service: u32, replica: u32): void {
  if (load<u32>(openedWorld + (service << 2)) != epoch) open(service);
  let next = load<u32>(stuckHead + (replica << 2));
  while (next != 0) {
    fail(load<u32>(client + ((next - 1) << 2)));
    next = load<u32>(stuckNext + ((next - 1) << 2));
  }
}

function overloaded(service: u32, first: u32, end: u32): bool {
  if (isNaN(load<f64>(loads + (service << 3)))) return false;
  let rest: f64 = 0;
  for (let r = first; r < end; r++) if (load<u8>(isFailed + r) == 0) rest += load<f64>(capacity + (r << 3));
  return isOver(service, rest);
}

function collapses(service: u32): bool {
  const threshold = load<u64>(collapseThreshold + (service << 3));
  if (threshold == 0x100000000) return true;
  if (threshold == 0) return false;
  const low = load<u32>(serviceLow + (service << 2));
  const high = load<u32>(serviceHigh + (service << 2));
  return drawOne(low, high, COLLAPSE, world, <u32>threshold);
}

function failNeeding(service: u32): void {
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  const count = drawFiring(first, end, world, needsRest, needsAlways);
  for (let i: u32 = 0; i < count; i++) fail(load<u32>(client + (load<u32>(fired + (i << 2)) << 2)));
}

/** Makes the lists of who is stuck to the replicas of a service. */
function open(service: u32): void {
  store<u32>(openedWorld + (service << 2), epoch);
  const firstReplica = load<u32>(replicaStart + (service << 2));
  const endReplica = load<u32>(replicaStart + (service << 2), 4);
  memory.fill(stuckHead + (firstReplica << 2), 0, (endReplica - firstReplica) << 2);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  const count = drawFiring(first, end, world, stickyRest, stickyAlways);
  if (count == 1) {
    const dependency = load<u32>(fired);
    stick(dependency, choose(dependency, world));
    return;
  }
  for (let i: u32 = 0; i < count; i++) {
    const dependency = load<u32>(fired + (i << 2));
    if (isFull(dependency)) stickWaiting();
    wait(dependency, world);
  }
  if (waiting != 0) stickWaiting();
}

function stickWaiting(): void {
  const count = chooseWaiting();
  for (let place: u32 = 0; place < count; place++) stick(dependencyAt(place), candidateAt(place));
}

@inline
function stick(dependency: u32, candidate: u32): void {
  const head = stuckHead + (replicaOf(candidate) << 2);
  store<u32>(stuckNext + (dependency << 2), load<u32>(head));
  store<u32>(head, dependency + 1);
}
