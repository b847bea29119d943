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
export function partsOf(seeds: number, worlds: number, threads: number, matrix: boolean): Part[] {
  const chunks = Math.ceil(worlds / CHUNK);
  const wanted = 2 * threads;
  const width = matrix ? CHUNK : CHUNK * Math.max(1, Math.min(CHUNKS_IN_PART, Math.floor(chunks / wanted)));
  const groups = Math.max(1, Math.min(Math.ceil(wanted / chunks), Math.floor(seeds / FEWEST_SEEDS)));
  const group = Math.ceil(seeds / groups);
  const parts: Part[] = [];
  for (let first = 0; first === 0 || first < seeds; first += Math.max(1, group)) {
    const end = Math.min(seeds, first + group);
    for (const [from, to] of rangesOf(worlds, width)) parts.push({ first, end, from, to });
  }
  return parts;
}

/** Worlds 0…worlds−1 as ranges of a width, the last one perhaps shorter. */
export function rangesOf(worlds: number, width: number): (readonly [from: number, to: number])[] {
  return Array.from({ length: Math.ceil(worlds / width) }, (_, i) => [i * width, Math.min(worlds, (i + 1) * width)]);
}
