import {
  candidate,
  candidateHigh,
  candidateLow,
  candidateStart,
  collapseThreshold,
  dependencyHigh,
  dependencyLow,
  inverseShare,
  needsThreshold,
  serviceHigh,
  serviceLow,
  share,
  stickyThreshold,
} from "./layout";
import { negativeLog } from "./negativeLog";
import { out0, out1, out2, out3, philox } from "./philox";

export const DEPENDENCY: u32 = 0x000;
export const COLLAPSE: u32 = 0x100;
export const RENDEZVOUS: u32 = 0x200;

const scratch = memory.data(16, 16);

/**
 * Bit-sliced Bernoulli coins of the 512 worlds of a group, two thresholds over the same uniforms. A row is 16 words:
 * word w·4 + b holds worlds 128·b + 32·w … + 31 of the group, as lane b of vector w.
 */
function drawRow(
  first: usize,
  second: usize,
  low: u32,
  high: u32,
  group: u32,
  purpose: u32,
  firstThreshold: u64,
  secondThreshold: u64,
): void {
  const counter0 = i32x4.splat(low);
  const counter1 = i32x4.splat(high);
  const counter2 = i32x4.add(i32x4.splat(group << 2), i32x4(0, 1, 2, 3));
  const always: u64 = 0x100000000;
  const all = i32x4.splat(-1);
  const none = i32x4.splat(0);
  let a0 = firstThreshold == always ? all : none;
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = secondThreshold == always ? all : none;
  let b1 = b0;
  let b2 = b0;
  let b3 = b0;
  let restA = <u32>firstThreshold;
  let restB = <u32>secondThreshold;
  let e0 = restA == 0 ? none : all;
  let e1 = e0;
  let e2 = e0;
  let e3 = e0;
  let f0 = restB == 0 ? none : all;
  let f1 = f0;
  let f2 = f0;
  let f3 = f0;
  for (let plane: u32 = 0; plane < 32; plane++) {
    if (restA == 0) {
      e0 = none;
      e1 = none;
      e2 = none;
      e3 = none;
    }
    if (restB == 0) {
      f0 = none;
      f1 = none;
      f2 = none;
      f3 = none;
    }
    const open = v128.or(v128.or(v128.or(e0, e1), v128.or(e2, e3)), v128.or(v128.or(f0, f1), v128.or(f2, f3)));
    if (!v128.any_true(open)) break;
    philox(counter0, counter1, counter2, i32x4.splat(purpose + plane));
    const p0 = out0;
    const p1 = out1;
    const p2 = out2;
    const p3 = out3;
    const bitA = i32x4.splat(<i32>restA >> 31);
    const bitB = i32x4.splat(<i32>restB >> 31);
    a0 = v128.or(a0, v128.and(bitA, v128.andnot(e0, p0)));
    a1 = v128.or(a1, v128.and(bitA, v128.andnot(e1, p1)));
    a2 = v128.or(a2, v128.and(bitA, v128.andnot(e2, p2)));
    a3 = v128.or(a3, v128.and(bitA, v128.andnot(e3, p3)));
    b0 = v128.or(b0, v128.and(bitB, v128.andnot(f0, p0)));
    b1 = v128.or(b1, v128.and(bitB, v128.andnot(f1, p1)));
    b2 = v128.or(b2, v128.and(bitB, v128.andnot(f2, p2)));
    b3 = v128.or(b3, v128.and(bitB, v128.andnot(f3, p3)));
    e0 = v128.andnot(e0, v128.xor(p0, bitA));
    e1 = v128.andnot(e1, v128.xor(p1, bitA));
    e2 = v128.andnot(e2, v128.xor(p2, bitA));
    e3 = v128.andnot(e3, v128.xor(p3, bitA));
    f0 = v128.andnot(f0, v128.xor(p0, bitB));
    f1 = v128.andnot(f1, v128.xor(p1, bitB));
    f2 = v128.andnot(f2, v128.xor(p2, bitB));
    f3 = v128.andnot(f3, v128.xor(p3, bitB));
    restA <<= 1;
    restB <<= 1;
  }
  v128.store(first, a0, 0);
  v128.store(first, a1, 16);
  v128.store(first, a2, 32);
  v128.store(first, a3, 48);
  v128.store(second, b0, 0);
  v128.store(second, b1, 16);
  v128.store(second, b2, 32);
  v128.store(second, b3, 48);
}

/** Both coins of a dependency, as rows of a group. */
@inline
export function drawDependency(needs: usize, sticky: usize, dependency: u32, group: u32): void {
  const low = load<u32>(dependencyLow + (dependency << 2));
  const high = load<u32>(dependencyHigh + (dependency << 2));
  const needsBelow = load<u64>(needsThreshold + (dependency << 3));
  const stickyBelow = load<u64>(stickyThreshold + (dependency << 3));
  drawRow(needs, sticky, low, high, group, DEPENDENCY, needsBelow, stickyBelow);
}

/** The coin of a service, as a row of a group; another row is written over. */
@inline
export function drawCollapse(row: usize, other: usize, service: u32, group: u32): void {
  const low = load<u32>(serviceLow + (service << 2));
  const high = load<u32>(serviceHigh + (service << 2));
  drawRow(row, other, low, high, group, COLLAPSE, load<u64>(collapseThreshold + (service << 3)), 0);
}

/** Place of a world of a group among the 16 words of a row. */
@inline
export function wordOf(world: u32): u32 {
  return (((world >> 5) & 3) << 2) | ((world >> 7) & 3);
}

/**
 * Weighted rendezvous: the candidate of a dependency with the smallest −ln(u)/share, ties to the smaller id.
 * First a look in single precision; where the two smallest are nearer than its error, the whole in double precision.
 */
export function choose(dependency: u32, world: u32): u32 {
  const first = load<u32>(candidateStart + (dependency << 2));
  const end = load<u32>(candidateStart + (dependency << 2), 4);
  if (end - first == 1) return first;
  let chosen = first;
  let best: f32 = Infinity;
  let second: f32 = Infinity;
  let widest: f32 = 0;
  const block = i32x4.splat(world >> 2);
  const word = world & 3;
  for (let c = first; c < end; c += 4) {
    philox(v128.load(candidateLow + (c << 2)), v128.load(candidateHigh + (c << 2)), block, i32x4.splat(RENDEZVOUS));
    const words = word == 0 ? out0 : word == 1 ? out1 : word == 2 ? out2 : out3;
    v128.store(scratch, f32x4.mul(roughLog(words), v128.load(inverseShare + (c << 2))));
    const count = min<u32>(4, end - c);
    for (let j: u32 = 0; j < count; j++) {
      const score = load<f32>(scratch + (j << 2));
      widest = max<f32>(widest, load<f32>(inverseShare + ((c + j) << 2)));
      second = min<f32>(second, max<f32>(score, best));
      chosen = score < best ? c + j : chosen;
      best = min<f32>(best, score);
    }
  }
  const clear = isClear(f32x4.splat(best), f32x4.splat(second), f32x4.splat(widest));
  return v128.any_true(clear) ? chosen : chooseExactly(first, end, world);
}

/**
 * Where the smallest of rough scores is surely the smallest: the second is further off than twice the error of
 * `roughLog` over the smallest share, and that of two products.
 */
@inline
export function isClear(best: v128, second: v128, widest: v128): v128 {
  const error = f32x4.add(f32x4.mul(f32x4.splat(4e-6), widest), f32x4.mul(f32x4.splat(1e-6), second));
  return f32x4.gt(f32x4.sub(second, best), error);
}

/** −ln((x + ½)/2³²) of four words, within 2e-6. Abramowitz and Stegun 4.1.44 for ln(1 + f), 0 ≤ f ≤ 1, is off by 3e-8. */
@inline
export function roughLog(words: v128): v128 {
  const bits = f32x4.convert_i32x4_u(words);
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.splat(159), i32x4.shr_u(bits, 23)));
  const f = f32x4.sub(v128.or(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000)), f32x4.splat(1));
  let sum = f32x4.splat(-0.0064535442);
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.0360884937));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(-0.0953293897));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.1676540711));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(-0.2407338084));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.3317990258));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(-0.4998741238));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.9999964239));
  return f32x4.sub(f32x4.mul(exponent, f32x4.splat(0.6931471805599453)), f32x4.mul(sum, f));
}

export function chooseExactly(first: u32, end: u32, world: u32): u32 {
  let chosen = first;
  let best: f64 = Infinity;
  const block = i32x4.splat(world >> 2);
  const word = world & 3;
  for (let c = first; c < end; c += 4) {
    philox(v128.load(candidateLow + (c << 2)), v128.load(candidateHigh + (c << 2)), block, i32x4.splat(RENDEZVOUS));
    v128.store(scratch, word == 0 ? out0 : word == 1 ? out1 : word == 2 ? out2 : out3);
    const count = min<u32>(4, end - c);
    for (let j: u32 = 0; j < count; j++) {
      const uniform = (<f64>load<u32>(scratch + (j << 2)) + 0.5) / 4294967296.0;
      const score = negativeLog(uniform) / load<f64>(share + ((c + j) << 3));
      if (score < best) {
        best = score;
        chosen = c + j;
      }
    }
  }
  return chosen;
}

/** The replica that a candidate is. */
@inline
export function replicaOf(chosen: u32): u32 {
  return load<u32>(candidate + (chosen << 2));
}
