import { drawRows } from "./groupRows";
import {
  candidate,
  candidateStart,
  capacity,
  changed,
  choiceRows,
  client,
  collapseRows,
  criticality,
  dependencyStart,
  drawnGroup,
  failedRows,
  isChanged,
  isOpened,
  isQueued,
  isSeed,
  isTouched,
  loads,
  MANY,
  needsRows,
  openedServices,
  outageRows,
  ring,
  replicaStart,
  ROW,
  seedCount,
  seedMembers,
  seedStart,
  serviceCount,
  serviceOf,
  subsets,
  subsetStart,
  sums,
  touched,
} from "./layout";
import { isOver } from "./overload";

// 512 worlds at a time, a bit a world: a row of 64 bytes says in which of them a replica failed.

const overloadRow = memory.data(64, 16);
export const validRow: usize = memory.data(64, 16);

let group: u32 = 0;
let queueHead: u32 = 0;
let queueLength: u32 = 0;
let touchedCount: u32 = 0;
let openedCount: u32 = 0;

/** Seeds in the worlds of `validRow` of a group; adds what they lost to `sums`. */
export function runSeeds(number: u32, seedFrom: u32, seedTo: u32): void {
  group = number;
  for (let seed = seedFrom; seed < seedTo; seed++) {
    clear();
    const first = load<u32>(seedStart + (seed << 2));
    const end = load<u32>(seedStart + (seed << 2), 4);
    for (let m = first; m < end; m++) {
      const replica = load<u32>(seedMembers + (m << 2));
      store<u8>(isSeed + replica, 1);
      fail(replica, v128.load(validRow, 0), v128.load(validRow, 16), v128.load(validRow, 32), v128.load(validRow, 48));
    }
    spread();
    count(sums + (<usize>seed << 3));
    for (let m = first; m < end; m++) store<u8>(isSeed + load<u32>(seedMembers + (m << 2)), 0);
  }
}

function clear(): void {
  for (let i: u32 = 0; i < touchedCount; i++) {
    const replica = load<u32>(touched + (i << 2));
    store<u8>(isTouched + replica, 0);
    memory.fill(failedRows + <usize>replica * ROW, 0, ROW);
  }
  for (let i: u32 = 0; i < openedCount; i++) {
    const service = load<u32>(openedServices + (i << 2));
    store<u8>(isOpened + service, 0);
    memory.fill(outageRows + <usize>service * ROW, 0, ROW);
  }
  touchedCount = 0;
  openedCount = 0;
}

@inline
function fail(replica: u32, n0: v128, n1: v128, n2: v128, n3: v128): void {
  const at = failedRows + <usize>replica * ROW;
  const o0 = v128.load(at, 0);
  const o1 = v128.load(at, 16);
  const o2 = v128.load(at, 32);
  const o3 = v128.load(at, 48);
  const fresh = v128.or(
    v128.or(v128.andnot(n0, o0), v128.andnot(n1, o1)),
    v128.or(v128.andnot(n2, o2), v128.andnot(n3, o3)),
  );
  if (v128.any_true(fresh)) {
    v128.store(at, v128.or(o0, n0), 0);
    v128.store(at, v128.or(o1, n1), 16);
    v128.store(at, v128.or(o2, n2), 32);
    v128.store(at, v128.or(o3, n3), 48);
    note(replica);
  }
}

function note(replica: u32): void {
  if (load<u8>(isTouched + replica) == 0) {
    store<u8>(isTouched + replica, 1);
    store<u32>(touched + (touchedCount << 2), replica);
    touchedCount++;
  }
  store<u8>(isChanged + replica, 1);
  const service = load<u32>(serviceOf + (replica << 2));
  if (load<u8>(isQueued + service) != 0) return;
  store<u8>(isQueued + service, 1);
  let place = queueHead + queueLength;
  if (place >= serviceCount) place -= serviceCount;
  store<u32>(ring + (place << 2), service);
  queueLength++;
}

function spread(): void {
  while (queueLength != 0) {
    const service = load<u32>(ring + (queueHead << 2));
    queueHead++;
    if (queueHead == serviceCount) queueHead = 0;
    queueLength--;
    store<u8>(isQueued + service, 0);
    look(service);
  }
}

/** Applies the rules of a service whose replicas changed. */
function look(service: u32): void {
  if (load<u32>(drawnGroup + (service << 2)) != group + 1) drawRows(service, group);
  const first = load<u32>(replicaStart + (service << 2));
  const end = load<u32>(replicaStart + (service << 2), 4);
  if (!isNaN(load<f64>(loads + (service << 3)))) overload(service, first, end);

  let changedCount: u32 = 0;
  let a0 = i32x4.splat(-1);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let r = first; r < end; r++) {
    const at = failedRows + <usize>r * ROW;
    a0 = v128.and(a0, v128.load(at, 0));
    a1 = v128.and(a1, v128.load(at, 16));
    a2 = v128.and(a2, v128.load(at, 32));
    a3 = v128.and(a3, v128.load(at, 48));
    if (load<u8>(isChanged + r) != 0) {
      store<u8>(isChanged + r, 0);
      store<u32>(changed + (changedCount << 2), r);
      changedCount++;
    }
  }
  const outage = outageRows + <usize>service * ROW;
  a0 = v128.andnot(a0, v128.load(outage, 0));
  a1 = v128.andnot(a1, v128.load(outage, 16));
  a2 = v128.andnot(a2, v128.load(outage, 32));
  a3 = v128.andnot(a3, v128.load(outage, 48));
  if (v128.any_true(v128.or(v128.or(a0, a1), v128.or(a2, a3)))) {
    if (load<u8>(isOpened + service) == 0) {
      store<u8>(isOpened + service, 1);
      store<u32>(openedServices + (openedCount << 2), service);
      openedCount++;
    }
    v128.store(outage, v128.or(a0, v128.load(outage, 0)), 0);
    v128.store(outage, v128.or(a1, v128.load(outage, 16)), 16);
    v128.store(outage, v128.or(a2, v128.load(outage, 32)), 32);
    v128.store(outage, v128.or(a3, v128.load(outage, 48)), 48);
    applyOutage(service, a0, a1, a2, a3);
  }
  for (let i: u32 = 0; i < changedCount; i++) applyLoss(service, load<u32>(changed + (i << 2)), first);
}

function applyOutage(service: u32, a0: v128, a1: v128, a2: v128, a3: v128): void {
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  for (let d = first; d < end; d++) {
    const needs = needsRows + <usize>d * ROW;
    fail(
      load<u32>(client + (d << 2)),
      v128.and(a0, v128.load(needs, 0)),
      v128.and(a1, v128.load(needs, 16)),
      v128.and(a2, v128.load(needs, 32)),
      v128.and(a3, v128.load(needs, 48)),
    );
  }
}

/** Rule 1 for a changed replica. */
function applyLoss(service: u32, replica: u32, firstReplica: u32): void {
  const row = failedRows + <usize>replica * ROW;
  const r0 = v128.load(row, 0);
  const r1 = v128.load(row, 16);
  const r2 = v128.load(row, 32);
  const r3 = v128.load(row, 48);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  for (let d = first; d < end; d++) {
    const c = candidateAt(d, replica, firstReplica);
    if (c == -1) continue;
    const choice = choiceRows + <usize>c * ROW;
    fail(
      load<u32>(client + (d << 2)),
      v128.and(r0, v128.load(choice, 0)),
      v128.and(r1, v128.load(choice, 16)),
      v128.and(r2, v128.load(choice, 32)),
      v128.and(r3, v128.load(choice, 48)),
    );
  }
}

/** The candidate of a dependency that is a replica, or -1: mostly at the replica's own place. */
@inline
function candidateAt(dependency: u32, replica: u32, firstReplica: u32): i32 {
  const first = load<u32>(candidateStart + (dependency << 2));
  const end = load<u32>(candidateStart + (dependency << 2), 4);
  const guess = first + (replica - firstReplica);
  if (guess < end && load<u32>(candidate + (guess << 2)) == replica) return guess;
  return searchCandidate(first, end, replica);
}

function searchCandidate(first: u32, end: u32, replica: u32): i32 {
  for (let c = first; c < end; c++) if (load<u32>(candidate + (c << 2)) == replica) return c;
  return -1;
}

/** Rule 3: adds the worlds in which a loss overloads the rest to every replica. */
function overload(service: u32, first: u32, end: u32): void {
  const collapse = collapseRows + <usize>service * ROW;
  let o0 = i32x4.splat(0);
  let o1 = o0;
  let o2 = o0;
  let o3 = o0;
  if (end - first <= MANY) {
    const lastSubset = load<u32>(subsetStart + (service << 2), 4);
    for (let s = load<u32>(subsetStart + (service << 2)); s < lastSubset; s++) {
      let bits = load<u32>(subsets + (s << 2));
      let at = failedRows + <usize>(first + ctz(bits)) * ROW;
      let s0 = v128.load(at, 0);
      let s1 = v128.load(at, 16);
      let s2 = v128.load(at, 32);
      let s3 = v128.load(at, 48);
      bits &= bits - 1;
      while (bits != 0) {
        at = failedRows + <usize>(first + ctz(bits)) * ROW;
        s0 = v128.and(s0, v128.load(at, 0));
        s1 = v128.and(s1, v128.load(at, 16));
        s2 = v128.and(s2, v128.load(at, 32));
        s3 = v128.and(s3, v128.load(at, 48));
        bits &= bits - 1;
      }
      o0 = v128.or(o0, s0);
      o1 = v128.or(o1, s1);
      o2 = v128.or(o2, s2);
      o3 = v128.or(o3, s3);
    }
  } else {
    overloadOfMany(service, first, end);
    o0 = v128.load(overloadRow, 0);
    o1 = v128.load(overloadRow, 16);
    o2 = v128.load(overloadRow, 32);
    o3 = v128.load(overloadRow, 48);
  }
  o0 = v128.and(o0, v128.load(collapse, 0));
  o1 = v128.and(o1, v128.load(collapse, 16));
  o2 = v128.and(o2, v128.load(collapse, 32));
  o3 = v128.and(o3, v128.load(collapse, 48));
  if (!v128.any_true(v128.or(v128.or(o0, o1), v128.or(o2, o3)))) return;
  for (let r = first; r < end; r++) fail(r, o0, o1, o2, o3);
}

/** A world at a time: where there are many replicas, few worlds have lost one. */
function overloadOfMany(service: u32, first: u32, end: u32): void {
  const collapse = collapseRows + <usize>service * ROW;
  for (let w: usize = 0; w < 64; w += 4) {
    let some: u32 = 0;
    let every: u32 = -1;
    for (let r = first; r < end; r++) {
      const bits = load<u32>(failedRows + <usize>r * ROW + w);
      some |= bits;
      every &= bits;
    }
    let open = some & ~every & load<u32>(collapse + w);
    let result: u32 = 0;
    while (open != 0) {
      const bit = ctz(open);
      open &= open - 1;
      if (overloadedIn(service, first, end, w, bit)) result |= 1 << bit;
    }
    store<u32>(overloadRow + w, result);
  }
}

function overloadedIn(service: u32, first: u32, end: u32, w: usize, bit: u32): bool {
  let rest: f64 = 0;
  for (let r = first; r < end; r++) {
    if (((load<u32>(failedRows + <usize>r * ROW + w) >> bit) & 1) == 0) rest += load<f64>(capacity + (r << 3));
  }
  return isOver(service, rest);
}

/** Adds the criticality of the failed, seeds left out, to the eight batches of 64 worlds at `at`. */
function count(at: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let i: u32 = 0; i < touchedCount; i++) {
    const replica = load<u32>(touched + (i << 2));
    if (load<u8>(isSeed + replica) != 0) continue;
    const row = failedRows + <usize>replica * ROW;
    const weight = f64x2.splat(load<f64>(criticality + (replica << 3)));
    // Lane b counts batch 2b, or 2b + 1.
    const even = pairCounts(v128.load(row, 0), v128.load(row, 16));
    const odd = pairCounts(v128.load(row, 32), v128.load(row, 48));
    s0 = f64x2.add(s0, f64x2.mul(f64x2.convert_low_i32x4_u(even), weight));
    s1 = f64x2.add(s1, f64x2.mul(f64x2.convert_low_i32x4_u(odd), weight));
    s2 = f64x2.add(s2, f64x2.mul(f64x2.convert_low_i32x4_u(v128.shuffle<u32>(even, even, 2, 3, 2, 3)), weight));
    s3 = f64x2.add(s3, f64x2.mul(f64x2.convert_low_i32x4_u(v128.shuffle<u32>(odd, odd, 2, 3, 2, 3)), weight));
  }
  addTo(at, 0, s0);
  addTo(at, 1, s1);
  addTo(at, 4, s2);
  addTo(at, 5, s3);
}

/** The lanes of two batches that are two apart. */
@inline
function addTo(at: usize, batch: u32, values: v128): void {
  const first = at + (<usize>(batch * seedCount) << 3);
  store<f64>(first, load<f64>(first) + f64x2.extract_lane(values, 0));
  const second = first + (<usize>(2 * seedCount) << 3);
  store<f64>(second, load<f64>(second) + f64x2.extract_lane(values, 1));
}

@inline
function pairCounts(a: v128, b: v128): v128 {
  const bytes = i8x16.add(i8x16.popcnt(a), i8x16.popcnt(b));
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
}
