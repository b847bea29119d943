import { forEachCausedWorld } from "./causes.js";
import { type CompiledTopology, seedCount } from "./compile.js";
import { Cascade } from "./propagate.js";
import { Tally } from "./tally.js";
import { World } from "./world.js";

/** Whole numbers, so that parts of a run add up to the same in any order. */
export interface MarginalCounts {
  /** Worlds with at least one cause. */
  readonly caused: number;
  /** Of those, the worlds in which an instance failed, by instance. */
  readonly failed: Float64Array;
}

/** Worlds from one sign of progress to the next. */
export const STRIDE = 64;

/**
 * Priors and propagation together, over worlds from…to−1.
 *
 * @param onWorlds told now and then how many worlds were run since it was told last
 */
export function runMarginal(
  topology: CompiledTopology,
  seed: number,
  from: number,
  to: number,
  onWorlds?: (count: number) => void,
): MarginalCounts {
  const world = new World(topology, seed);
  const cascade = new Cascade(topology);
  const failed = new Float64Array(topology.instanceIds.length);
  const tally = new Tally(STRIDE, onWorlds);
  let caused = 0;
  let last = from;
  forEachCausedWorld(topology, seed, from, to, (number, causes, start, end) => {
    caused += 1;
    world.enter(number);
    for (let c = start; c < end; c++) cascade.seed(causes[c]!);
    cascade.spread(world);
    for (let i = 0; i < cascade.count; i++) failed[cascade.failed[i]!]! += 1;
    cascade.clear();
    tally.add(number - last);
    last = number;
  });
  tally.add(to - last);
  tally.flush();
  return { caused, failed };
}

export function addMarginal(parts: readonly MarginalCounts[], instances: number): MarginalCounts {
  const failed = new Float64Array(instances);
  let caused = 0;
  for (const part of parts) {
    caused += part.caused;
    for (let i = 0; i < instances; i++) failed[i]! += part.failed[i]!;
  }
  return { caused, failed };
}

/**
 * P₁, the chance that any cause fires: 1 − Π(1 − q) = −expm1(Σ log1p(−q)), taken as P ← P + q(1 − P) in the order of
 * causes. Every term is positive, so nothing cancels, and + and × give the same bits in every engine.
 */
export function chanceOfAnyCause(topology: CompiledTopology): number {
  let chance = 0;
  for (let cause = 0; cause < seedCount(topology); cause++) chance += topology.priors[cause]! * (1 - chance);
  return chance;
}
