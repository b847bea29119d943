import { criticality, log, queue, replicaStart, state, uniformCriticality } from "./layout";

// The failed replicas of one world: a mask a service, with every change logged so that it can be taken back.

/** Set beside a service's mask once its outage is taken in. */
export const OUT: u32 = 0x80000000;

export let logLength: u32 = 0;
export let queueEnd: u32 = 0;
/** Criticality of the failed. */
export let lost: f64 = 0;

@inline
export function restartLost(value: f64): void {
  lost = value;
}

@inline
export function stateOf(service: u32): u32 {
  return load<u32>(state + (service << 2));
}

@inline
export function loggedService(entry: u32): u32 {
  return load<u32>(log + (<usize>entry << 3));
}

@inline
export function loggedState(entry: u32): u32 {
  return load<u32>(log + (<usize>entry << 3), 4);
}

@inline
export function queuedService(place: u32): u32 {
  return load<u32>(queue + (<usize>place << 3));
}

@inline
export function queuedMask(place: u32): u32 {
  return load<u32>(queue + (<usize>place << 3), 4);
}

/** Logs what a service was and makes it `next`. */
@inline
export function change(service: u32, old: u32, next: u32): void {
  store<u64>(log + (<usize>logLength << 3), (<u64>old << 32) | service);
  logLength++;
  store<u32>(state + (service << 2), next);
}

/** Takes changes back until `length` are left. */
export function undo(length: u32): void {
  let at = log + (<usize>logLength << 3);
  const end = log + (<usize>length << 3);
  while (at > end) {
    at -= 8;
    store<u32>(state + (load<u32>(at) << 2), load<u32>(at, 4));
  }
  logLength = length;
  queueEnd = 0;
}

@inline
export function clearQueue(): void {
  queueEnd = 0;
}

/** Fails replicas of a service. */
@inline
export function add(service: u32, mask: u32): void {
  const old = stateOf(service);
  const fresh = mask & ~old;
  if (fresh == 0) return;
  change(service, old, old | fresh);
  lost += criticalityOf(service, fresh);
  push(service, fresh);
}

/** Fails one replica, packed as service · 32 + place in it. */
@inline
export function addPacked(packed: u32): void {
  add(packed >> 5, 1 << (packed & 31));
}

/** Has the rules of a service looked at, for what its replicas in a mask take with them. */
@inline
export function push(service: u32, mask: u32): void {
  store<u64>(queue + (<usize>queueEnd << 3), (<u64>mask << 32) | service);
  queueEnd++;
}

/** @param mask without OUT */
@inline
export function criticalityOf(service: u32, mask: u32): f64 {
  const uniform = load<f64>(uniformCriticality + (service << 3));
  return isNaN(uniform) ? sumCriticality(service, mask) : uniform * <f64>popcnt(mask);
}

function sumCriticality(service: u32, mask: u32): f64 {
  const first = criticality + (load<u32>(replicaStart + (service << 2)) << 3);
  let sum: f64 = 0;
  while (mask != 0) {
    sum += load<f64>(first + (ctz(mask) << 3));
    mask &= mask - 1;
  }
  return sum;
}

@inline
export function addLost(value: f64): void {
  lost += value;
}
