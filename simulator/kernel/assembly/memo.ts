import {
  arena,
  arenaEnd,
  bitOf,
  bucketHead,
  bucketNext,
  buckets,
  clientPair,
  closureEpoch,
  closureLost,
  closurePlace,
  criticality,
  dependencyStart,
  fullMask,
  logA,
  logB,
  maskA,
  maskB,
  mergedA,
  mergedB,
  needing,
  needingCount,
  queueA,
  queueB,
  replicaStart,
  seedMembers,
  seedStart,
  serviceCount,
  serviceOf,
  stuckHead,
  stuckNext,
  sums,
} from "./layout";
import { isOverloaded as overloaded } from "./overload";
import { collapses, enter, open, world } from "./worldLists";

// A world at a time. A set of failed replicas is one mask a service. What the outage of a whole service takes with it is
// found once a world and kept. A seed is first followed until it takes some service whole; seeds that take the same one
// first are closed together, each from that service's closure, with every change logged and taken back afterwards.

const LOG_ENTRY: usize = 12;
const NONE: u32 = -1;

let free: usize = 0;
/** A number of its own for every world that is entered: the closures of another are no longer there. */
let epoch: u32 = 0;

// The set that is being closed.
let mask: usize = 0;
let merged: usize = 0;
let log: usize = 0;
let queue: usize = 0;
let logLength: u32 = 0;
let queueEnd: u32 = 0;
let lost: f64 = 0;

/** Seeds in one world; adds what they lost to `sums`. */
export function runWorld(number: u32, seedFrom: u32, seedTo: u32): void {
  if (world != number) {
    enter(number);
    free = arena;
    epoch++;
  }
  mask = maskA;
  merged = mergedA;
  log = logA;
  queue = queueA;
  logLength = 0;
  let bucketCount: u32 = 0;
  for (let seed = seedFrom; seed < seedTo; seed++) {
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
  for (let i: u32 = 0; i < bucketCount; i++) closeBucket(load<u32>(buckets + (i << 2)));
}

@inline
function addSum(seed: u32, result: f64): void {
  const at = sums + (((seed << 3) | ((world & 511) >> 6)) << 3);
  store<f64>(at, load<f64>(at) + result);
}

/** Follows a seed up to the first service that falls whole, which it returns; NONE where the seed is done. */
function followSeed(seed: u32): u32 {
  const first = load<u32>(seedStart + (seed << 2));
  const end = load<u32>(seedStart + (seed << 2), 4);
  if (end - first == 1) {
    const replica = load<u32>(seedMembers + (first << 2));
    const service = load<u32>(serviceOf + (replica << 2));
    open(service);
    const own = load<u32>(bitOf + (replica << 2));
    if (own == load<u32>(fullMask + (service << 2)) || (collapses(service) && overloaded(service, own))) {
      if (closureOf(service) == 0) return service;
      addSum(seed, load<f64>(closureLost + (service << 3)) - load<f64>(criticality + (replica << 3)));
      return NONE;
    }
    if (load<u32>(stuckHead + (replica << 2)) == 0) return NONE;
  }
  lost = 0;
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
  const place = closureOf(service);
  lost = 0;
  if (place != 0) merge(place);
  const base = logLength;
  const baseLost = lost;
  while (next != 0) {
    const seed = next - 1;
    lost = baseLost;
    const own = addSeed(load<u32>(seedStart + (seed << 2)), load<u32>(seedStart + (seed << 2), 4));
    spread(false);
    addSum(seed, lost - own);
    undo(base);
    next = load<u32>(bucketNext + (seed << 2));
  }
  undo(0);
}

@inline
function record(service: u32, old: u32): void {
  const at = log + <usize>logLength * LOG_ENTRY;
  store<u32>(at, service);
  store<u32>(at, old, 4);
  store<u32>(at, load<u8>(merged + service), 8);
  logLength++;
}

function undo(to: u32): void {
  let at = log + <usize>logLength * LOG_ENTRY;
  const end = log + <usize>to * LOG_ENTRY;
  while (at > end) {
    at -= LOG_ENTRY;
    const service = load<u32>(at);
    store<u32>(mask + (service << 2), load<u32>(at, 4));
    store<u8>(merged + service, <u8>load<u32>(at, 8));
  }
  logLength = to;
  queueEnd = 0;
}

@inline
function add(service: u32, bits: u32): void {
  const at = mask + (service << 2);
  const old = load<u32>(at);
  const fresh = bits & ~old;
  if (fresh == 0) return;
  record(service, old);
  store<u32>(at, old | fresh);
  lost += criticalityOf(service, fresh);
  push(service, fresh);
}

@inline
function push(service: u32, bits: u32): void {
  const at = queue + (queueEnd << 3);
  store<u32>(at, service);
  store<u32>(at, bits, 4);
  queueEnd++;
}

@inline
function criticalityOf(service: u32, bits: u32): f64 {
  const first = criticality + (load<u32>(replicaStart + (service << 2)) << 3);
  let sum = load<f64>(first + (ctz(bits) << 3));
  bits &= bits - 1;
  while (bits != 0) {
    sum += load<f64>(first + (ctz(bits) << 3));
    bits &= bits - 1;
  }
  return sum;
}

/** Closes the set, or stops at the first service that is whole, which it then returns; else NONE. */
function spread(stopping: bool): u32 {
  for (let head: u32 = 0; head < queueEnd; head++) {
    const service = load<u32>(queue + (head << 3));
    let fresh = load<u32>(queue + (head << 3), 4);
    if (load<u8>(merged + service) != 0) continue;
    open(service);
    const full = load<u32>(fullMask + (service << 2));
    const current = load<u32>(mask + (service << 2));
    if (current != full && !(collapses(service) && overloaded(service, current))) {
      const first = stuckHead + (load<u32>(replicaStart + (service << 2)) << 2);
      while (fresh != 0) {
        let next = load<u32>(first + (ctz(fresh) << 2));
        while (next != 0) {
          const pair = clientPair + ((next - 1) << 3);
          next = load<u32>(stuckNext + ((next - 1) << 2));
          add(load<u32>(pair), load<u32>(pair, 4));
        }
        fresh &= fresh - 1;
      }
      continue;
    }
    if (stopping) return service;
    record(service, current);
    if (current != full) {
      lost += criticalityOf(service, full & ~current);
      store<u32>(mask + (service << 2), full);
    }
    store<u8>(merged + service, 1);
    if (load<u32>(closureEpoch + (service << 2)) == epoch) {
      const place = <usize>load<u32>(closurePlace + (service << 2));
      // Most of what a large set would take in is in it already: going on by the rules is then less work.
      if (load<u32>(place) > logLength) {
        merge(place);
        continue;
      }
    }
    failNeeding(service);
  }
  return NONE;
}

function failNeeding(service: u32): void {
  let at = needing + ((<usize>load<u32>(dependencyStart + (service << 2))) << 3);
  const end = at + ((<usize>load<u32>(needingCount + (service << 2))) << 3);
  for (; at < end; at += 8) add(load<u32>(at), load<u32>(at, 4));
}

/** Takes a closed set in. Where a service comes to hold more than either set did, its own rules are looked at again. */
function merge(place: usize): void {
  const count = load<u32>(place);
  let at = place + 16;
  const end = at + ((<usize>count) << 4);
  for (; at < end; at += 16) {
    const service = load<u32>(at);
    const bits = load<u32>(at, 4);
    const slot = mask + (service << 2);
    const old = load<u32>(slot);
    const fresh = bits & ~old;
    const whole = bits == load<u32>(fullMask + (service << 2));
    if (fresh == 0 && !(whole && load<u8>(merged + service) == 0)) continue;
    record(service, old);
    if (whole) store<u8>(merged + service, 1);
    if (fresh == 0) continue;
    store<u32>(slot, old | fresh);
    if (old == 0) lost += load<f64>(at, 8);
    else {
      lost += criticalityOf(service, fresh);
      if ((old & ~bits) != 0) push(service, 0);
    }
  }
}

/** Place of what the outage of a service takes, itself included; 0 where there is no room to keep it. */
function closureOf(service: u32): usize {
  if (load<u32>(closureEpoch + (service << 2)) == epoch) return load<u32>(closurePlace + (service << 2));
  const heldLength = logLength;
  const heldLost = lost;
  mask = maskB;
  merged = mergedB;
  log = logB;
  queue = queueB;
  logLength = 0;
  queueEnd = 0;
  lost = 0;
  open(service);
  const full = load<u32>(fullMask + (service << 2));
  record(service, 0);
  store<u32>(mask + (service << 2), full);
  store<u8>(merged + service, 1);
  lost = criticalityOf(service, full);
  failNeeding(service);
  spread(false);
  const place = keep(service);
  undo(0);
  mask = maskA;
  merged = mergedA;
  log = logA;
  queue = queueA;
  logLength = heldLength;
  lost = heldLost;
  return place;
}

/** Keeps the set as the closure of a service. */
function keep(service: u32): usize {
  if (free + 32 + ((<usize>serviceCount) << 4) > arenaEnd) return 0;
  const place = free;
  let at = place + 16;
  let entry = log;
  const end = log + <usize>logLength * LOG_ENTRY;
  for (; entry < end; entry += LOG_ENTRY) {
    // Its first change is the one from nothing.
    if (load<u32>(entry, 4) != 0) continue;
    const one = load<u32>(entry);
    const bits = load<u32>(mask + (one << 2));
    store<u32>(at, one);
    store<u32>(at, bits, 4);
    store<f64>(at, criticalityOf(one, bits), 8);
    at += 16;
  }
  store<u32>(place, <u32>((at - place) >> 4) - 1);
  free = at;
  store<u32>(closureEpoch + (service << 2), epoch);
  store<u32>(closurePlace + (service << 2), <u32>place);
  store<f64>(closureLost + (service << 3), lost);
  return place;
}
