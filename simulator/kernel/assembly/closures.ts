import {
  addLost,
  addPacked,
  change,
  clearQueue,
  criticalityOf,
  logLength,
  loggedService,
  loggedState,
  lost,
  OUT,
  push,
  queueEnd,
  queuedMask,
  queuedService,
  restartLost,
  stateOf,
} from "./failedSet";
import {
  arena,
  arenaEnd,
  closureEpoch,
  closureLost,
  closurePlace,
  fullMask,
  replicaStart,
  serviceCount,
} from "./layout";
import { isOverloaded } from "./overload";
import { clientOf, collapsesOf, endOfNeeding, entryAfter, epoch, needingOf, open, stuckTo, worldBit } from "./wordLists";

// What the outage of a whole service takes with it is found once a world and kept: u32 length, then by service u32 pairs
// of it and its state.

/** Where every service is done. */
export const NONE: u32 = -1;

let free: usize = 0;

/** Forgets the closures of the world before. */
export function clearClosures(): void {
  free = arena;
}

/** Closes the set under the rules, or stops at the first service that falls whole, which it then returns; else NONE. */
export function spread(stopping: bool): u32 {
  for (let head: u32 = 0; head < queueEnd; head++) {
    const service = queuedService(head);
    const current = stateOf(service);
    if ((current & OUT) != 0) continue;
    open(service);
    const full = load<u32>(fullMask + (service << 2));
    // An only replica that nobody needs in this world: most failures of a plain cascade end here.
    if (full == 1 && stuckTo(load<u32>(replicaStart + (service << 2))) == 0) continue;
    if (current != full && !((collapsesOf(service) & worldBit) != 0 && isOverloaded(service, current))) {
      failStuck(load<u32>(replicaStart + (service << 2)), queuedMask(head));
      continue;
    }
    if (stopping) return service;
    change(service, current, full | OUT);
    if (current != full) addLost(criticalityOf(service, full & ~current));
    if (load<u32>(closureEpoch + (service << 2)) == epoch) {
      const place = <usize>load<u32>(closurePlace + (service << 2));
      // Most of what a small set would take into a large one is in it already: going on by the rules is then less work.
      if (place != 0 && load<u32>(place) > logLength >> 4) {
        merge(place);
        continue;
      }
    }
    failNeeding(service);
  }
  return NONE;
}

@inline
function failStuck(firstReplica: u32, mask: u32): void {
  while (mask != 0) {
    let entry = stuckTo(firstReplica + ctz(mask));
    while (entry != 0) {
      addPacked(clientOf(entry));
      entry = entryAfter(entry);
    }
    mask &= mask - 1;
  }
}

function failNeeding(service: u32): void {
  if (load<u32>(fullMask + (service << 2)) == 1) {
    failStuck(load<u32>(replicaStart + (service << 2)), 1);
    return;
  }
  const end = endOfNeeding(service);
  for (let at = needingOf(service); at < end; at += 4) addPacked(load<u32>(at));
}

/** Takes a closed set in. Where a service comes to hold more than either set did, its own rules are looked at again. */
function merge(place: usize): void {
  let at = place + 8;
  const end = at + (<usize>load<u32>(place) << 3);
  for (; at < end; at += 8) {
    const service = load<u32>(at);
    const closed = load<u32>(at, 4);
    const old = stateOf(service);
    const fresh = closed & ~old;
    if (fresh == 0) continue;
    change(service, old, old | closed);
    addLost(criticalityOf(service, fresh & ~OUT));
    if ((old & ~closed) != 0) push(service, 0);
  }
}

/** What the outage of a service takes with it, itself included. The set has to be empty, and is afterwards. */
export function closureLoss(service: u32): f64 {
  if (load<u32>(closureEpoch + (service << 2)) != epoch) {
    closeOutage(service);
    return lost;
  }
  return load<f64>(closureLost + (service << 3));
}

/** Puts into an empty set what the outage of a service takes with it, itself included. */
export function takeOutage(service: u32): void {
  const place = load<u32>(closureEpoch + (service << 2)) == epoch ? <usize>load<u32>(closurePlace + (service << 2)) : 0;
  restartLost(0);
  if (place != 0) merge(place);
  else closeOutage(service);
}

function closeOutage(service: u32): void {
  open(service);
  const full = load<u32>(fullMask + (service << 2));
  change(service, 0, full | OUT);
  restartLost(criticalityOf(service, full));
  failNeeding(service);
  spread(false);
  clearQueue();
  keep(service);
}

/** Keeps the set, which was made from nothing, as the closure of a service; not its members, where there is no room. */
function keep(service: u32): void {
  store<u32>(closureEpoch + (service << 2), epoch);
  store<f64>(closureLost + (service << 3), lost);
  store<u32>(closurePlace + (service << 2), 0);
  if (free + 16 + (<usize>serviceCount << 3) > arenaEnd) return;
  let at = free + 8;
  for (let entry: u32 = 0; entry < logLength; entry++) {
    // Its first change is the one from nothing.
    if (loggedState(entry) != 0) continue;
    const one = loggedService(entry);
    store<u64>(at, (<u64>stateOf(one) << 32) | one);
    at += 8;
  }
  store<u32>(free, <u32>((at - free) >> 3) - 1);
  store<u32>(closurePlace + (service << 2), <u32>free);
  free = at;
}
