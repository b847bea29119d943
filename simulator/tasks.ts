import type { CompiledTopology } from "./compile.js";
import type { ConditionalOptions, ConditionalSums } from "./conditional.js";
import { runConditional } from "./kernel/conditional.js";
import { runMarginal } from "./kernel/marginal.js";
import { runMarginalUntil } from "./kernel/precision.js";
import type { MarginalCounts } from "./marginal.js";
import type { PreciseRun } from "./precision.js";

/**
 * What a worker can be asked for, by name: the same functions that run on one thread, about one topology.
 *
 * @param tell receives progress: (seed, world) pairs of the conditional run, worlds of the marginal ones
 */
export function tasksOf(topology: CompiledTopology, tell: (count: number) => void) {
  return {
    conditional: (options: ConditionalOptions, from: number, to: number): ConditionalSums[] =>
      runConditional(topology, options, from, to, tell),
    marginal: (seed: number, from: number, to: number): MarginalCounts => runMarginal(topology, seed, from, to, tell),
    marginalUntil: (seed: number, precision: number, most: number): PreciseRun =>
      runMarginalUntil(topology, seed, precision, most, tell),
  };
}
