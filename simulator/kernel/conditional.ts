import { BatchSums } from "../batches.js";
import type { CompiledTopology } from "../compile.js";
import {
  BATCH,
  batchSize,
  CHUNK,
  type ConditionalOptions,
  type ConditionalSums,
  runConditional as runPlainly,
} from "../conditional.js";
import { allSeeds } from "../seeds.js";
import { type EngineName, GROUP, KernelEngines } from "./engines.js";
import { hasKernel } from "./space.js";

/** Seeds between two signs of progress. */
const STRIDE = 512;

/**
 * `runConditional` by the kernel, to the same bits. The plain engine does what the kernel does not: rows of the matrix,
 * runs of fewer worlds than two batches, and engines without WebAssembly SIMD.
 */
export function runConditional(
  topology: CompiledTopology,
  options: ConditionalOptions,
  from: number,
  to: number,
  onCascades?: (count: number) => void,
): ConditionalSums[] {
  if (options.matrix || batchSize(options.worlds) !== BATCH || !hasKernel()) {
    return runPlainly(topology, options, from, to, onCascades);
  }
  const seeds = options.seeds ?? allSeeds(topology);
  const kernel = new KernelEngines(topology, options.seed, membersOf(topology, seeds));
  const engine = kernel.canMemo ? "memo" : "lanes";
  const chunks: ConditionalSums[] = [];
  for (let start = from; start < to; start += CHUNK) {
    chunks.push(runChunk(kernel, engine, seeds.length, start, Math.min(to, start + CHUNK), onCascades));
  }
  return chunks;
}

/** Instances that each seed fails. */
export function membersOf(topology: CompiledTopology, seeds: Int32Array): number[][] {
  const { instanceIds, memberStart, members } = topology;
  return Array.from(seeds, (seed) => {
    const domain = seed - instanceIds.length;
    return domain < 0 ? [seed] : Array.from(members.subarray(memberStart[domain]!, memberStart[domain + 1]!));
  });
}

function runChunk(
  kernel: KernelEngines,
  engine: EngineName,
  seeds: number,
  from: number,
  to: number,
  onCascades: ((count: number) => void) | undefined,
): ConditionalSums {
  const batches = new BatchSums(seeds);
  for (let start = from; start < to; start += GROUP) {
    const end = Math.min(to, start + GROUP);
    for (const slice of slices(engine, start, end, seeds)) {
      kernel.run(engine, slice.from, slice.to, slice.first, slice.last);
      onCascades?.((slice.last - slice.first) * (slice.to - slice.from));
    }
    const sums = kernel.sums;
    for (let number = 0; start + number * BATCH < end; number++) {
      const full = start + (number + 1) * BATCH <= end;
      batches.add(full, (place) => sums[number * seeds + place]!);
    }
    sums.fill(0);
  }
  return { total: batches.total, batches: batches.batches, mean: batches.mean, deviations: batches.deviations };
}

/** Some worlds and some seeds at a time. The memo engine keeps what it found in a world, so it takes all seeds at once. */
function slices(engine: EngineName, from: number, to: number, seeds: number) {
  const [step, width] = engine === "memo" ? [BATCH, Math.max(1, seeds)] : [GROUP, STRIDE];
  const parts: { from: number; to: number; first: number; last: number }[] = [];
  for (let start = from; start < to; start += step) {
    for (let first = 0; first < seeds; first += width) {
      parts.push({ from: start, to: Math.min(to, start + step), first, last: Math.min(seeds, first + width) });
    }
  }
  return parts;
}
