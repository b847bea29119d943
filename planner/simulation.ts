import type { Topology } from "../graph/types.js";
import { compile } from "../simulator/compile.js";
import { explain } from "../simulator/explain.js";
import { chanceOfAnyCause, runMarginal } from "../simulator/marginal.js";
import { riskScores } from "../simulator/score.js";
import type { FailurePath, Risk, SimulationOptions } from "../simulator/types.js";

/** The marginal run of a topology. */
export interface Sample {
  /** By instance, as `simulate` prints it. */
  readonly risks: ReadonlyMap<string, Risk>;
  /** Worlds in which an instance failed, of all worlds: exact to the coin between alternatives of one topology. */
  readonly failures: ReadonlyMap<string, number>;
  /**
   * Risk of one failed world. It differs a little from one alternative to the next, since a replica that is added is
   * one more cause: differences of `risks` hold that noise, differences of `failures` do not.
   */
  readonly scale: number;
}

/** What the planner asks of the simulator; the same topology and options give the same answer. */
export interface Simulation {
  sample(topology: Topology, options: SimulationOptions): Sample;
  explain(
    topology: Topology,
    instance: string,
    options: SimulationOptions,
  ): { readonly pathsTo: readonly FailurePath[] };
}

export const simulation: Simulation = { sample, explain };

function sample(topology: Topology, options: SimulationOptions): Sample {
  const compiled = compile(topology);
  const { caused, failed } = runMarginal(compiled, options.seed, 0, options.worlds);
  const risks = riskScores(compiled, { caused, failed });
  const none: Risk = { risk: 0, riskLow: 0, riskHigh: 0 };
  return {
    risks: new Map(compiled.instanceIds.map((id, i) => [id, risks[i] ?? none])),
    failures: new Map(compiled.instanceIds.map((id, i) => [id, failed[i] ?? 0])),
    scale: caused === 0 ? 0 : chanceOfAnyCause(compiled) / caused,
  };
}
