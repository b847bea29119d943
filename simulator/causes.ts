import { BLOCK, type CoinKey, coinKey, openUniform, PURPOSE, thresholdOf, wordOf } from "./coins.js";
import { type CompiledTopology, seedCount } from "./compile.js";
import { negativeLog, negativeLogOfComplement } from "./negativeLog.js";

const LEVELS = 33;
const ALWAYS = 2 ** 32;
const EVENTS_IN_WINDOW = 2 ** 20;
const LARGEST_WINDOW = 2 ** 20;

/** Past the last level: that of a cause without a prior. */
export const NO_LEVEL = LEVELS;

/** −ln(1 − r_k) of each level's chance per world: r_k = 1/(2^(k+1) − 1), but r_32 = 2^−32. Level 0 fires in every world. */
export const LEVEL_RATES = Array.from({ length: LEVELS }, (_, k) => {
  if (k === 0) return Number.POSITIVE_INFINITY;
  return negativeLogOfComplement(k === LEVELS - 1 ? 2 ** -k : 1 / (2 ** (k + 1) - 1));
});

/**
 * The lowest level whose events a prior takes part in, and the threshold by which it thins them; it takes all events of
 * the levels above. Levels ≥ k together fire with probability 2^−k exactly, so for 2^−(K+1) < q ≤ 2^−K level K gives the
 * rest: (q − h)/(1 − h) of its r_K = h/(1 − h) with h = 2^−(K+1), a share of q/h − 1.
 *
 * @param prior in 0…1, above 0
 */
export function levelOf(prior: number): { readonly level: number; readonly threshold: number } {
  let level = 0;
  while (level < LEVELS - 1 && prior <= 2 ** -(level + 1)) level++;
  const share = level === LEVELS - 1 ? prior * 2 ** level : prior * 2 ** (level + 1) - 1;
  return { level, threshold: thresholdOf(share) };
}

/** One level of one cause: its events as geometric gaps. */
interface Stream {
  readonly cause: number;
  readonly level: number;
  readonly threshold: number;
  /** Number of the coming event, and its world. */
  index: number;
  world: number;
}

/**
 * Calls `visit` for every world in from…to−1 in which some cause fires, in order of worlds; worlds without one cost
 * nothing. The events of a cause depend on the run seed, its id and its prior only, and those of a lower prior are a
 * subset of those of a higher one.
 *
 * @param visit receives the causes as `causes[start]` … `causes[end − 1]`; one may stand there more than once
 */
export function forEachCausedWorld(
  topology: CompiledTopology,
  seed: number,
  from: number,
  to: number,
  visit: (world: number, causes: Int32Array, start: number, end: number) => void,
): void {
  const key = coinKey(seed);
  const streams = openStreams(topology, key);
  const window = windowOf(topology);

  for (const stream of streams) {
    while (stream.world < from) advance(topology, key, stream);
  }
  for (let start = from; start < to; start += window) {
    visitWindow(topology, key, streams, start, Math.min(to, start + window), visit);
  }
}

/** Worlds whose events are held at once: some 2²⁰ of them at most, or one block of worlds. */
export function windowOf({ priors }: CompiledTopology): number {
  const perWorld = priors.reduce((sum, prior) => sum + prior, 0);
  return Math.min(LARGEST_WINDOW, BLOCK * Math.max(1, Math.floor(EVENTS_IN_WINDOW / BLOCK / perWorld)));
}

function openStreams(topology: CompiledTopology, key: CoinKey): Stream[] {
  const streams: Stream[] = [];
  for (let cause = 0; cause < seedCount(topology); cause++) {
    const prior = topology.priors[cause]!;
    if (prior <= 0) continue;
    const { level: lowest, threshold } = levelOf(prior);
    for (let level = lowest; level < LEVELS; level++) {
      const stream = { cause, level, threshold: level === lowest ? threshold : ALWAYS, index: -1, world: -1 };
      advance(topology, key, stream);
      streams.push(stream);
    }
  }
  return streams;
}

function advance(topology: CompiledTopology, key: CoinKey, stream: Stream): void {
  stream.index += 1;
  stream.world += 1;
  if (stream.level === 0) return;
  const word = wordOf(key, topology.causeIdentities, stream.cause, PURPOSE.causeGap + stream.level, stream.index);
  stream.world += Math.floor(negativeLog(openUniform(word)) / LEVEL_RATES[stream.level]!);
}

function isTaken(topology: CompiledTopology, key: CoinKey, stream: Stream): boolean {
  if (stream.threshold === ALWAYS) return true;
  const purpose = PURPOSE.causeThinning + stream.level;
  return wordOf(key, topology.causeIdentities, stream.cause, purpose, stream.index) < stream.threshold;
}

function visitWindow(
  topology: CompiledTopology,
  key: CoinKey,
  streams: readonly Stream[],
  from: number,
  to: number,
  visit: (world: number, causes: Int32Array, start: number, end: number) => void,
): void {
  const worlds: number[] = [];
  const causes: number[] = [];
  for (const stream of streams) {
    for (; stream.world < to; advance(topology, key, stream)) {
      if (!isTaken(topology, key, stream)) continue;
      worlds.push(stream.world - from);
      causes.push(stream.cause);
    }
  }
  const starts = new Int32Array(to - from + 1);
  for (const world of worlds) starts[world + 1]! += 1;
  for (let w = 0; w < to - from; w++) starts[w + 1]! += starts[w]!;
  const next = starts.slice();
  const byWorld = new Int32Array(causes.length);
  for (const [i, world] of worlds.entries()) byWorld[next[world]!++] = causes[i]!;
  for (let w = 0; w < to - from; w++) {
    if (starts[w + 1]! > starts[w]!) visit(from + w, byWorld, starts[w]!, starts[w + 1]!);
  }
}
