import { BLOCK } from "../simulator/coins.js";
import type { CompiledTopology } from "../simulator/compile.js";
import { BATCH } from "../simulator/conditional.js";
import { runConditional } from "../simulator/kernel/conditional.js";
import { GROUP } from "../simulator/kernel/engines.js";
import { Cascade } from "../simulator/propagate.js";
import { World } from "../simulator/world.js";
import { runNaively } from "./naive.js";

/** One way to evaluate the model. All give the same numbers for the same arguments. */
export interface Engine {
  readonly name: string;
  /** Worlds that it evaluates or draws coins for together and only when asked: it is measured on whole multiples. */
  readonly block: number;
  /** Whether what it does for one seed helps another: it is then measured on all. */
  readonly shares: boolean;
  /**
   * @param seeds instances that fail, one after the other (domains are numbered after instances)
   * @param run the run seed, key of every coin
   * @returns the impacts, in criticality, summed over the seeds and the worlds from…to−1
   */
  run(topology: CompiledTopology, seeds: Int32Array, run: number, from: number, to: number): number;
}

/** In order: the first is what the others are compared with. */
export const engines: readonly Engine[] = [
  { name: "naive", block: 1, shares: false, run: runNaively },
  { name: "typescript", block: BLOCK, shares: false, run: runCascades },
  { name: "wasm", block: GROUP, shares: true, run: runKernel },
];

/** The simulator's conditional run without its statistics. */
function runCascades(topology: CompiledTopology, seeds: Int32Array, run: number, from: number, to: number): number {
  const world = new World(topology, run);
  const cascade = new Cascade(topology);
  let sum = 0;
  for (let number = from; number < to; number++) {
    world.enter(number);
    for (const seed of seeds) {
      cascade.seed(seed);
      let lost = 0;
      const first = cascade.count;
      cascade.spread(world);
      for (let i = first; i < cascade.count; i++) lost += topology.criticality[cascade.failed[i]!]!;
      sum += lost * topology.criticalityUnit;
      cascade.clear();
    }
  }
  return sum;
}

/** The kernel, with the statistics and the laying out of the topology in its memory. */
function runKernel(topology: CompiledTopology, seeds: Int32Array, run: number, from: number, to: number): number {
  const options = { seed: run, worlds: Math.max(to, 2 * BATCH), seeds };
  let sum = 0;
  for (const { total } of runConditional(topology, options, from, to)) for (const lost of total) sum += lost;
  return sum * topology.criticalityUnit;
}
