import type { Topology } from "../graph/types.js";
import { type CompiledTopology, compile, seedName } from "./compile.js";
import { appendChunk, CHUNK, type ConditionalOptions, type ConditionalSums, runConditional } from "./conditional.js";
import { type MarginalCounts, runMarginal } from "./marginal.js";
import { impactScores, riskScores } from "./score.js";
import type { Risk, SimulationOptions, SimulationResult } from "./types.js";

/**
 * Risks and impacts of a topology, on this thread.
 *
 * @param options with `matrix`, the result also has the probability of every instance given every seed
 * @throws InputError as `compile` does; RangeError for worlds or seed out of range
 */
export function simulateHere(topology: Topology, options: ConditionalOptions): SimulationResult {
  assertOptions(options);
  const compiled = compile(topology);
  let sums: ConditionalSums | undefined;
  for (let from = 0; from < options.worlds; from += CHUNK) {
    for (const chunk of runConditional(compiled, options, from, Math.min(options.worlds, from + CHUNK))) {
      sums = sums === undefined ? chunk : appendChunk(sums, chunk);
    }
  }
  return scoreRun(compiled, options, runMarginal(compiled, options.seed, 0, options.worlds), sums!);
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

export function assertOptions({ worlds, seed }: SimulationOptions): void {
  if (!Number.isInteger(worlds) || worlds < 1 || worlds > 2 ** 31) {
    throw new RangeError(`worlds: got ${worlds}, expected an integer from 1 to 2^31`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed: got ${seed}, expected an integer from 0 to 2^53 - 1`);
  }
}

/** The result that `simulate --json` prints, from the counts of both runs. */
export function scoreRun(
  topology: CompiledTopology,
  options: ConditionalOptions,
  marginal: MarginalCounts,
  conditional: ConditionalSums,
): SimulationResult {
  const risks = riskScores(topology, marginal);
  const impacts = impactScores(topology, conditional, options.worlds);
  return {
    seed: options.seed,
    worlds: options.worlds,
    instances: topology.instanceIds.map((id, i) => ({ id, ...risks[i]!, ...impacts[i]! })),
    domains: topology.domains.map((domain, i) => ({ ...domain, ...impacts[topology.instanceIds.length + i]! })),
    ...(conditional.rows === undefined ? {} : { conditional: matrixOf(topology, conditional.rows, options.worlds) }),
  };
}

function matrixOf(
  topology: CompiledTopology,
  rows: readonly ReadonlyMap<number, number>[],
  worlds: number,
): Record<string, Record<string, number>> {
  return Object.fromEntries(
    rows.map((row, seed) => {
      const victims = [...row].sort(([x], [y]) => x - y);
      return [
        seedName(topology, seed),
        Object.fromEntries(victims.map(([instance, count]) => [topology.instanceIds[instance]!, count / worlds])),
      ];
    }),
  );
}
