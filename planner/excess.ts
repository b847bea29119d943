import { compareText, sortBy } from "../graph/order.js";
import type { Instance, Topology } from "../graph/types.js";
import type { Risk } from "../simulator/types.js";
import type { Sample } from "./simulation.js";

/** A topology with the risk of each of its instances. */
export interface Scored {
  readonly topology: Topology;
  readonly risks: ReadonlyMap<string, Risk>;
  /** Worlds in which each instance failed. */
  readonly failures: ReadonlyMap<string, number>;
  /** Risk of one failed world, in this topology. */
  readonly scale: number;
  /** Σ max(0, risk − threshold) · criticality: 0 where every instance is at or under the threshold. */
  readonly excess: number;
  /** The same of the failed worlds, all alternatives by one scale: its differences are exact to the coin. */
  readonly comparable: number;
}

/**
 * Scores a topology against a threshold.
 * @param scale risk of one failed world that `comparable` is to use; its own unless given
 */
export function scoredBy(topology: Topology, sample: Sample, threshold: number, scale = sample.scale): Scored {
  let [excess, comparable] = [0, 0];
  for (const { id, criticality } of sortBy(topology.nodes, (n) => n.id)) {
    excess += Math.max(0, riskOf(sample.risks, id) - threshold) * criticality;
    comparable += Math.max(0, (sample.failures.get(id) ?? 0) * scale - threshold) * criticality;
  }
  return { topology, ...sample, excess, comparable };
}

/** Instances over the threshold, the worst first: by excess weighted with criticality, ties by risk, then id. */
export function offenders({ topology, risks }: Scored, threshold: number): Instance[] {
  const weight = (node: Instance) => (riskOf(risks, node.id) - threshold) * node.criticality;
  return topology.nodes
    .filter((n) => riskOf(risks, n.id) > threshold)
    .sort((a, b) => weight(b) - weight(a) || riskOf(risks, b.id) - riskOf(risks, a.id) || compareText(a.id, b.id));
}

/** The highest risk of any instance; 0 for an empty topology. */
export function highestRisk(risks: ReadonlyMap<string, Risk>): number {
  let highest = 0;
  for (const { risk } of risks.values()) highest = Math.max(highest, risk);
  return highest;
}

export function riskOf(risks: ReadonlyMap<string, Risk>, id: string): number {
  return risks.get(id)?.risk ?? 0;
}

/** Sums of doubles compare with this much slack, so that rounding is no reason for a change. */
export const slack = 1e-12;
