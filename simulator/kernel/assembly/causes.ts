import { roughLog } from "./coins";
import {
  causeCount,
  causeEvents,
  causeHigh,
  causeLow,
  causeThreshold,
  eventCause,
  eventRoom,
  eventWorld,
  levelRate,
  lowestLevel,
  streamCause,
  streamIndex,
  streamLevel,
  streamWorld,
  windowStart,
} from "./layout";
import { negativeLog } from "./negativeLog";
import { out0, out1, out2, out3, philox } from "./philox";

// The events of every cause, as simulator/causes.ts defines them: a stream for each of its levels, with geometric gaps.

const GAP: u32 = 0x300;
const THINNING: u32 = 0x400;
const LEVELS: u32 = 33;
const ALWAYS: u64 = 0x100000000;

/** Sixteen words of one stream in a row, from a multiple of sixteen on: those of the gaps, and those of the thinning. */
const gaps = memory.data(64, 16);
const thinnings = memory.data(64, 16);
/** The first words of the gaps of four causes, and the rough logarithms of them. */
const firstWords = memory.data(16, 16);
const rough = memory.data(16, 16);
let gapsFrom: u32 = -1;
let thinningsFrom: u32 = -1;

let streams: u32 = 0;

@inline
function drawWords(to: usize, cause: u32, purpose: u32, from: u32): void {
  const low = i32x4.splat(load<u32>(causeLow + (cause << 2)));
  const high = i32x4.splat(load<u32>(causeHigh + (cause << 2)));
  philox(low, high, i32x4.add(i32x4.splat(from >> 2), i32x4(0, 1, 2, 3)), i32x4.splat(purpose));
  v128.store(to, out0, 0);
  v128.store(to, out1, 16);
  v128.store(to, out2, 32);
  v128.store(to, out3, 48);
}

@inline
function wordIn(words: usize, index: u32): u32 {
  return load<u32>(words + ((index & 3) << 4) + (((index >> 2) & 3) << 2));
}

@inline
function gapOf(word: u32, level: u32): f64 {
  return Math.floor(negativeLog((<f64>word + 0.5) / 4294967296.0) / load<f64>(levelRate + (level << 3)));
}

/** Opens the streams that have an event before world `to`, each at its first event from world `from` on. */
export function openStreams(from: f64, to: f64): void {
  streams = 0;
  for (let first: u32 = 0; first < causeCount; first += 4) {
    const low = v128.load(causeLow + (first << 2));
    const high = v128.load(causeHigh + (first << 2));
    const lanes = min<u32>(4, causeCount - first);
    let lowest = LEVELS;
    for (let j: u32 = 0; j < lanes; j++) lowest = min<u32>(lowest, load<u32>(lowestLevel + ((first + j) << 2)));
    for (let level = lowest; level < LEVELS; level++) {
      philox(low, high, i32x4.splat(0), i32x4.splat(GAP + level));
      const words = out0;
      v128.store(rough, roughLog(words));
      v128.store(firstWords, words);
      for (let j: u32 = 0; j < lanes; j++) {
        const cause = first + j;
        if (load<u32>(lowestLevel + (cause << 2)) > level) continue;
        // Most streams of the higher levels have none: seen from afar, where that is sure.
        const far = (<f64>load<f32>(rough + (j << 2)) - 1e-4) * 0.9999 > load<f64>(levelRate + (level << 3)) * (to + 2);
        if (level != 0 && far) continue;
        open(cause, level, level == 0 ? 0 : gapOf(load<u32>(firstWords + (j << 2)), level), from, to);
      }
    }
  }
}

function open(cause: u32, level: u32, firstWorld: f64, from: f64, to: f64): void {
  let world = firstWorld;
  let index: u32 = 0;
  gapsFrom = -1;
  while (world < from) {
    index++;
    world += 1 + gapAt(cause, level, index);
  }
  if (world >= to) return;
  store<f64>(streamWorld + (streams << 3), world);
  store<u32>(streamIndex + (streams << 2), index);
  store<u32>(streamCause + (streams << 2), cause);
  store<u32>(streamLevel + (streams << 2), level);
  streams++;
}

@inline
function gapAt(cause: u32, level: u32, index: u32): f64 {
  if (level == 0) return 0;
  if (gapsFrom != index >> 4) {
    gapsFrom = index >> 4;
    drawWords(gaps, cause, GAP + level, gapsFrom << 4);
  }
  return gapOf(wordIn(gaps, index), level);
}

@inline
function isTaken(cause: u32, level: u32, index: u32): bool {
  if (load<u32>(lowestLevel + (cause << 2)) != level) return true;
  const threshold = load<u64>(causeThreshold + (cause << 3));
  if (threshold == ALWAYS) return true;
  if (thinningsFrom != index >> 4) {
    thinningsFrom = index >> 4;
    drawWords(thinnings, cause, THINNING + level, thinningsFrom << 4);
  }
  return <u64>wordIn(thinnings, index) < threshold;
}

/**
 * Takes the events before world `to` from the streams and sorts them by world: those of world base + w are
 * `causeEvents[windowStart[w]]` … `causeEvents[windowStart[w + 1] − 1]`.
 */
export function gatherEvents(base: f64, to: f64): void {
  let events: u32 = 0;
  for (let stream: u32 = 0; stream < streams; stream++) {
    let world = load<f64>(streamWorld + (stream << 3));
    if (world >= to) continue;
    const cause = load<u32>(streamCause + (stream << 2));
    const level = load<u32>(streamLevel + (stream << 2));
    let index = load<u32>(streamIndex + (stream << 2));
    gapsFrom = -1;
    thinningsFrom = -1;
    while (world < to) {
      if (isTaken(cause, level, index)) {
        if (events == eventRoom) unreachable();
        store<u32>(eventWorld + (events << 2), <u32>(world - base));
        store<u32>(eventCause + (events << 2), cause);
        events++;
      }
      index++;
      world += 1 + gapAt(cause, level, index);
    }
    store<f64>(streamWorld + (stream << 3), world);
    store<u32>(streamIndex + (stream << 2), index);
  }
  sort(events, <u32>(to - base));
}

/** Counting sort: the starts are first the counts, shifted by two, then the next free places. */
function sort(events: u32, worlds: u32): void {
  memory.fill(windowStart, 0, (<usize>worlds + 2) << 2);
  for (let e: u32 = 0; e < events; e++) {
    const at = windowStart + ((<usize>load<u32>(eventWorld + (e << 2)) + 2) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let w: u32 = 0; w < worlds + 2; w++) {
    sum += load<u32>(windowStart + (w << 2));
    store<u32>(windowStart + (w << 2), sum);
  }
  for (let e: u32 = 0; e < events; e++) {
    const at = windowStart + ((<usize>load<u32>(eventWorld + (e << 2)) + 1) << 2);
    const place = load<u32>(at);
    store<u32>(causeEvents + (place << 2), load<u32>(eventCause + (e << 2)));
    store<u32>(at, place + 1);
  }
}
