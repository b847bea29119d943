import type { Topology } from "../graph/types.js";
import { type Scored, slack } from "./excess.js";

/** The plan's result, simulated once more from the topology itself. */
export interface Verification {
  readonly scored: Scored;
  /** What is wrong with the plan, or null. */
  readonly problem: string | null;
}

/**
 * Simulates the final topology again, in the same worlds, and compares: a plan stands only if it leaves no more
 * criticality-weighted excess than there was, and if the search saw the very numbers that the simulation gives.
 */
export function verify(before: Scored, planned: Scored, score: (topology: Topology) => Scored): Verification {
  const scored = score(planned.topology);
  if (scored.excess > before.excess + slack) {
    return { scored, problem: `the plan would raise the excess risk from ${before.excess} to ${scored.excess}` };
  }
  for (const { id } of planned.topology.nodes) {
    const [seen, now] = [planned.risks.get(id), scored.risks.get(id)];
    if (seen?.risk !== now?.risk) {
      return { scored, problem: `${id} has risk ${now?.risk}, the search saw ${seen?.risk}` };
    }
  }
  return { scored, problem: null };
}
