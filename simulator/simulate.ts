import type { Topology } from "../graph/types.js";
import { type CompiledTopology, compile } from "./compile.js";
import { appendChunk, CHUNK, type ConditionalSums, runConditional } from "./conditional.js";
import { runMarginal } from "./kernel/marginal.js";
import { runMarginalUntil } from "./kernel/precision.js";
import type { MarginalCounts } from "./marginal.js";
import { rangesOf } from "./parts.js";
import { MOST_WORLDS, type PreciseRun } from "./precision.js";
import { matrixOf } from "./rows.js";
import { impactScores, riskScores } from "./score.js";
import { seedsNamed } from "./seeds.js";
import type { Risk, RunOptions, SimulationOptions, SimulationResult } from "./types.js";

/**
 * Risks and impacts of a topology, on this thread.
 *
 * @throws InputError as `compile` does, and for a seed that is not in the topology; RangeError for options out of range
 */
export function simulateHere(topology: Topology, options: RunOptions): SimulationResult {
  assertOptions(options);
  const compiled = compile(topology);
  const seeds = seedsNamed(compiled, options.seeds);
  const { worlds, counts } = runRisks(compiled, options);
  const { seed, matrix } = options;
  let sums: ConditionalSums | undefined;
  for (const [from, to] of rangesOf(worlds, CHUNK)) {
    for (const chunk of runConditional(compiled, { seed, worlds, matrix, seeds }, from, to)) {
      sums = sums === undefined ? chunk : appendChunk(sums, chunk);
    }
  }
  return scoreRun(compiled, { seed, worlds }, seeds, counts, sums!);
}

/** The marginal run that decides how many worlds there are. @param options checked */
export function runRisks(topology: CompiledTopology, { seed, worlds, precision }: RunOptions): PreciseRun {
  if (precision !== undefined) return runMarginalUntil(topology, seed, precision, worlds ?? MOST_WORLDS);
  const all = worlds ?? 0;
  return { worlds: all, counts: runMarginal(topology, seed, 0, all) };
}

/**
 * The risk of every instance, by id in order of id: the marginal run alone, on this thread. The same bits as `simulate`.
 *
 * @throws InputError as `compile` does; RangeError for worlds or seed out of range
 */
export function marginalRisks(topology: Topology, options: SimulationOptions): ReadonlyMap<string, Risk> {
  return compiledRisks(compile(topology), options);
}

/** `marginalRisks` of a topology that was compiled before, for one that is run more than once. */
export function compiledRisks(topology: CompiledTopology, options: SimulationOptions): ReadonlyMap<string, Risk> {
  assertOptions(options);
  const risks = riskScores(topology, runMarginal(topology, options.seed, 0, options.worlds));
  return new Map(topology.instanceIds.map((id, i) => [id, risks[i]!]));
}

/** @throws RangeError for worlds, seed or precision out of range */
export function assertOptions({ worlds, seed, precision }: RunOptions): void {
  const needless = worlds === undefined && precision !== undefined;
  if (!needless && !(Number.isInteger(worlds) && worlds! >= 1 && worlds! <= 2 ** 31)) {
    throw new RangeError(`worlds: got ${worlds}, expected an integer from 1 to 2^31`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed: got ${seed}, expected an integer from 0 to 2^53 - 1`);
  }
  if (precision !== undefined && !(precision > 0 && precision <= 1)) {
    throw new RangeError(`precision: got ${precision}, expected a number above 0, at most 1`);
  }
}

/** The result that `simulate --json` prints, from the counts of both runs; the conditional ones are those of `seeds`. */
export function scoreRun(
  topology: CompiledTopology,
  { seed, worlds }: SimulationOptions,
  seeds: Int32Array,
  marginal: MarginalCounts,
  conditional: ConditionalSums,
): SimulationResult {
  const risks = riskScores(topology, marginal);
  const scores = impactScores(topology, seeds, conditional, worlds);
  const impacts = new Map(scores.map((impact, place) => [seeds[place]!, impact]));
  return {
    seed,
    worlds,
    instances: topology.instanceIds.map((id, i) => ({ id, ...risks[i]!, ...impacts.get(i) })),
    domains: topology.domains.flatMap((domain, i) => {
      const impact = impacts.get(topology.instanceIds.length + i);
      return impact === undefined ? [] : [{ ...domain, ...impact }];
    }),
    ...(conditional.rows && { conditional: matrixOf(topology, seeds, conditional.rows, worlds) }),
  };
}
