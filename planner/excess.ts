import { compareText } from "../graph/order.js";
import type { Instance, Topology } from "../graph/types.js";
import type { Risk } from "../simulator/types.js";

/** A topology with the risk of each of its instances. */
export interface Scored {
  readonly topology: Topology;
  readonly risks: ReadonlyMap<string, Risk>;
  /** Σ max(0, risk − threshold) · criticality: 0 where every instance is at or under the threshold. */
  readonly excess: number;
}

/** Scores a topology against a threshold. */
export function scoredBy(topology: Topology, risks: ReadonlyMap<string, Risk>, threshold: number): Scored {
  const excess = sortedNodes(topology).reduce((sum, node) => sum + excessOf(node, risks, threshold), 0);
  return { topology, risks, excess };
}

/** Instances over the threshold, the worst first: by excess weighted with criticality, ties by risk, then id. */
export function offenders({ topology, risks }: Scored, threshold: number): Instance[] {
  return topology.nodes
    .filter((n) => riskOf(risks, n.id) > threshold)
    .sort(
      (a, b) =>
        excessOf(b, risks, threshold) - excessOf(a, risks, threshold) ||
        riskOf(risks, b.id) - riskOf(risks, a.id) ||
        compareText(a.id, b.id),
    );
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

function excessOf(node: Instance, risks: ReadonlyMap<string, Risk>, threshold: number): number {
  return Math.max(0, riskOf(risks, node.id) - threshold) * node.criticality;
}

function sortedNodes(topology: Topology): Instance[] {
  return [...topology.nodes].sort((a, b) => compareText(a.id, b.id));
}
