import { BatchSums } from "./batches.js";
import type { CompiledTopology } from "./compile.js";
import { Cascade } from "./propagate.js";
import { addRows, joinRows, RowCounter, type Rows } from "./rows.js";
import { allSeeds } from "./seeds.js";
import { Tally } from "./tally.js";
import type { SimulationOptions } from "./types.js";
import { World } from "./world.js";

/**
 * Worlds that are summed together before anything is merged. Parts of a run are whole chunks, and chunks are merged in
 * order of worlds, so that rounding does not depend on how a run was split.
 */
export const CHUNK = 1024;

/** Worlds in a batch of the impact's interval. */
export const BATCH = 64;

/** Pairs of seed and instance that are counted at once: 128 MiB. With more, a chunk is run for some seeds after others. */
const LARGEST_COUNT = 2 ** 26;

/** Cascades from one sign of progress to the next. */
const STRIDE = 1024;

export interface ConditionalOptions extends SimulationOptions {
  /** Also count the failures of each instance given each seed. */
  readonly matrix?: boolean;
  /** Instances and domains to run, as numbered by `seedCount`, sorted, each once. Default: all. */
  readonly seeds?: Int32Array;
}

/** Impact by place in the list of seeds, over some worlds, in units of criticality. */
export interface ConditionalSums {
  /** Over all worlds. */
  readonly total: Float64Array;
  /** Full batches, their mean and their sum of squared deviations from it. */
  readonly batches: number;
  readonly mean: Float64Array;
  readonly deviations: Float64Array;
  /** Worlds in which an instance failed, by seed and instance; only with `matrix`. */
  readonly rows?: Rows;
}

/** 64; with fewer than two full batches each world is a batch. */
export function batchSize(worlds: number): number {
  return worlds >= 2 * BATCH ? BATCH : 1;
}

/**
 * Each instance, host and zone of `seeds` as seed, in worlds from…to−1. `from` is a multiple of `CHUNK`; one result a
 * chunk.
 *
 * @param onCascades told now and then how many (seed, world) pairs were run since it was told last
 */
export function runConditional(
  topology: CompiledTopology,
  options: ConditionalOptions,
  from: number,
  to: number,
  onCascades?: (count: number) => void,
): ConditionalSums[] {
  const seeds = options.seeds ?? allSeeds(topology);
  const instances = topology.instanceIds.length;
  const width = Math.max(1, options.matrix ? Math.floor(LARGEST_COUNT / Math.max(1, instances)) : seeds.length);
  const world = new World(topology, options.seed);
  const cascade = new Cascade(topology);
  const counter = options.matrix ? new RowCounter(Math.min(width, seeds.length), instances) : undefined;
  const tally = new Tally(STRIDE, onCascades);
  const chunks: ConditionalSums[] = [];
  for (let start = from; start < to; start += CHUNK) {
    const parts: ConditionalSums[] = [];
    for (let first = 0; first === 0 || first < seeds.length; first += width) {
      const some = seeds.subarray(first, first + width);
      const end = Math.min(to, start + CHUNK);
      parts.push(runChunk(topology, some, batchSize(options.worlds), world, cascade, counter, start, end, tally));
    }
    chunks.push(joinSeeds(parts));
  }
  tally.flush();
  return chunks;
}

function runChunk(
  topology: CompiledTopology,
  seeds: Int32Array,
  size: number,
  world: World,
  cascade: Cascade,
  counter: RowCounter | undefined,
  from: number,
  to: number,
  tally: Tally,
): ConditionalSums {
  const sums = new BatchSums(seeds.length);
  const batch = new Float64Array(seeds.length);
  for (let number = from; number < to; number++) {
    world.enter(number);
    for (let place = 0; place < seeds.length; place++) {
      cascade.seed(seeds[place]!);
      const first = cascade.count;
      cascade.spread(world);
      let lost = 0;
      for (let i = first; i < cascade.count; i++) lost += topology.criticality[cascade.failed[i]!]!;
      batch[place]! += lost;
      counter?.add(place, cascade.failed, first, cascade.count);
      cascade.clear();
      tally.add(1);
    }
    const full = (number + 1) % size === 0;
    if (!full && number + 1 < to) continue;
    sums.add(full, (place) => batch[place]!);
    batch.fill(0);
  }
  const { total, batches, mean, deviations } = sums;
  return { total, batches, mean, deviations, rows: counter?.take(seeds.length) };
}

/**
 * Adds a chunk to those before it, for the same seeds.
 *
 * Source of the update: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
 * variances", 1979.
 */
export function appendChunk(sums: ConditionalSums, chunk: ConditionalSums): ConditionalSums {
  const batches = sums.batches + chunk.batches;
  for (let place = 0; place < sums.total.length; place++) {
    sums.total[place]! += chunk.total[place]!;
    if (chunk.batches === 0) continue;
    const difference = chunk.mean[place]! - sums.mean[place]!;
    sums.mean[place]! += (difference * chunk.batches) / batches;
    sums.deviations[place]! +=
      chunk.deviations[place]! + (difference * difference * sums.batches * chunk.batches) / batches;
  }
  return { ...sums, batches, rows: sums.rows && chunk.rows && addRows(sums.rows, chunk.rows) };
}

/** The sums of the same worlds for some seeds after others. */
export function joinSeeds(parts: readonly ConditionalSums[]): ConditionalSums {
  if (parts.length === 1) return parts[0]!;
  const rows = parts.flatMap((part) => part.rows ?? []);
  return {
    total: concatenate(parts.map((part) => part.total)),
    batches: parts[0]!.batches,
    mean: concatenate(parts.map((part) => part.mean)),
    deviations: concatenate(parts.map((part) => part.deviations)),
    rows: rows.length > 0 ? joinRows(rows) : undefined,
  };
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => Array.from(part)));
}
