import type { Topology } from "../graph/types.js";
import { explain } from "../simulator/explain.js";
import { marginalRisks } from "../simulator/simulate.js";
import type { FailurePath, Risk, SimulationOptions } from "../simulator/types.js";

/** What the planner asks of the simulator; the same topology and options give the same answer. */
export interface Simulation {
  marginalRisks(topology: Topology, options: SimulationOptions): ReadonlyMap<string, Risk>;
  explain(
    topology: Topology,
    instance: string,
    options: SimulationOptions,
  ): { readonly pathsTo: readonly FailurePath[] };
}

/** The real simulator. */
export const simulation: Simulation = { marginalRisks, explain };
