import { type CompiledTopology, seedCount } from "./compile.js";
import { Cascade } from "./propagate.js";
import type { SimulationOptions } from "./types.js";
import { World } from "./world.js";

/**
 * Worlds that are summed together before anything is merged. Parts of a run are whole chunks, and chunks are merged in
 * order of worlds, so that rounding does not depend on how a run was split.
 */
export const CHUNK = 1024;

/** Worlds in a batch of the impact's interval. */
export const BATCH = 64;

export interface ConditionalOptions extends SimulationOptions {
  /** Also count the failures of each instance given each seed. */
  readonly matrix?: boolean;
}

/** Impact by seed over some worlds, in units of criticality. */
export interface ConditionalSums {
  /** Over all worlds. */
  readonly total: Float64Array;
  /** Full batches, their mean and their sum of squared deviations from it. */
  readonly batches: number;
  readonly mean: Float64Array;
  readonly deviations: Float64Array;
  /** By seed: worlds in which an instance failed, by instance; only with `matrix`. */
  readonly rows?: readonly ReadonlyMap<number, number>[];
}

/** 64; with fewer than two full batches each world is a batch. */
export function batchSize(worlds: number): number {
  return worlds >= 2 * BATCH ? BATCH : 1;
}

/** Every instance, host and zone as seed, in worlds from…to−1. `from` is a multiple of `CHUNK`; one result a chunk. */
export function runConditional(
  topology: CompiledTopology,
  options: ConditionalOptions,
  from: number,
  to: number,
): ConditionalSums[] {
  const world = new World(topology, options.seed);
  const cascade = new Cascade(topology);
  const chunks: ConditionalSums[] = [];
  for (let start = from; start < to; start += CHUNK) {
    chunks.push(runChunk(topology, options, world, cascade, start, Math.min(to, start + CHUNK)));
  }
  return chunks;
}

function runChunk(
  topology: CompiledTopology,
  options: ConditionalOptions,
  world: World,
  cascade: Cascade,
  from: number,
  to: number,
): ConditionalSums {
  const seeds = seedCount(topology);
  const size = batchSize(options.worlds);
  const total = new Float64Array(seeds);
  const mean = new Float64Array(seeds);
  const deviations = new Float64Array(seeds);
  const batch = new Float64Array(seeds);
  const rows = options.matrix ? Array.from({ length: seeds }, () => new Map<number, number>()) : undefined;
  let batches = 0;
  for (let number = from; number < to; number++) {
    world.enter(number);
    for (let seed = 0; seed < seeds; seed++) {
      cascade.seed(seed);
      const first = cascade.count;
      cascade.spread(world);
      let lost = 0;
      for (let i = first; i < cascade.count; i++) lost += topology.criticality[cascade.failed[i]!]!;
      batch[seed]! += lost;
      const row = rows?.[seed];
      if (row !== undefined) {
        for (let i = first; i < cascade.count; i++) row.set(cascade.failed[i]!, (row.get(cascade.failed[i]!) ?? 0) + 1);
      }
      cascade.clear();
    }
    const full = (number + 1) % size === 0;
    if (full) batches += 1;
    if (!full && number + 1 < to) continue;
    for (let seed = 0; seed < seeds; seed++) {
      const sum = batch[seed]!;
      batch[seed] = 0;
      total[seed]! += sum;
      if (!full) continue;
      const difference = sum - mean[seed]!;
      mean[seed]! += difference / batches;
      deviations[seed]! += difference * (sum - mean[seed]!);
    }
  }
  return { total, batches, mean, deviations, rows };
}

/**
 * Adds a chunk to those before it.
 *
 * Source of the update: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
 * variances", 1979.
 */
export function appendChunk(sums: ConditionalSums, chunk: ConditionalSums): ConditionalSums {
  const batches = sums.batches + chunk.batches;
  for (let seed = 0; seed < sums.total.length; seed++) {
    sums.total[seed]! += chunk.total[seed]!;
    if (chunk.batches === 0) continue;
    const difference = chunk.mean[seed]! - sums.mean[seed]!;
    sums.mean[seed]! += (difference * chunk.batches) / batches;
    sums.deviations[seed]! +=
      chunk.deviations[seed]! + (difference * difference * sums.batches * chunk.batches) / batches;
  }
  return { ...sums, batches, rows: sums.rows?.map((row, seed) => addRow(row, chunk.rows?.[seed])) };
}

function addRow(row: ReadonlyMap<number, number>, more: ReadonlyMap<number, number> | undefined): Map<number, number> {
  const sum = new Map(row);
  for (const [instance, count] of more ?? []) sum.set(instance, (sum.get(instance) ?? 0) + count);
  return sum;
}
