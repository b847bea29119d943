import { CHUNK } from "./conditional.js";

/** Chunks that a thread is given at once: enough to outweigh the message, few enough to share evenly. */
const CHUNKS_IN_PART = 4;

/** Fewer seeds than this are not worth drawing a world's coins once more. */
const FEWEST_SEEDS = 64;

/** Some worlds for some seeds, which are `seeds[first]` … `seeds[end − 1]` of the run's. */
export interface Part {
  readonly first: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * A conditional run as parts that threads can take: by worlds, and where there are too few chunks for the threads by
 * seeds too. Parts of the first seeds come first, each by worlds.
 *
 * @param matrix parts are single chunks, since rows of several would be held at once
 */
export function* partsOf(seeds: number, worlds: number, threads: number, matrix: boolean): Iterable<Part> {
  const chunks = Math.ceil(worlds / CHUNK);
  const wanted = 2 * threads;
  const width = matrix ? CHUNK : CHUNK * Math.max(1, Math.min(CHUNKS_IN_PART, Math.floor(chunks / wanted)));
  const groups = Math.max(1, Math.min(Math.ceil(wanted / chunks), Math.floor(seeds / FEWEST_SEEDS)));
  const group = Math.ceil(seeds / groups);
  for (let first = 0; first === 0 || first < seeds; first += Math.max(1, group)) {
    const end = Math.min(seeds, first + group);
    for (const [from, to] of rangesOf(worlds, width)) yield { first, end, from, to };
  }
}

/** Worlds 0…worlds−1 as ranges of a width, the last one perhaps shorter. */
export function* rangesOf(worlds: number, width: number): Iterable<readonly [from: number, to: number]> {
  for (let from = 0; from < worlds; from += width) yield [from, Math.min(worlds, from + width)];
}
