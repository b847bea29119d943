import type { Topology } from "../graph/types.js";
import { type Scored, slack } from "./excess.js";

/** The plan's result, simulated once more from the topology itself. */
export interface Verification {
  readonly scored: Scored;
  /** Whether the plan may stand: it leaves no more criticality-weighted excess risk than there was. */
  readonly stands: boolean;
}

/**
 * Simulates the final topology again, in the same worlds, and judges the plan by what comes out.
 * @throws Error when the search saw other numbers: then the simulator contradicts itself
 */
export function verify(before: Scored, planned: Scored, score: (topology: Topology) => Scored): Verification {
  const scored = score(planned.topology);
  for (const { id } of planned.topology.nodes) {
    const [seen, now] = [planned.risks.get(id)?.risk, scored.risks.get(id)?.risk];
    if (seen !== now)
      throw new Error(`${id}: the search saw risk ${seen}, the verification ${now}; please report this`);
  }
  const rises = scored.excess > before.excess + slack || scored.comparable > before.comparable + slack;
  return { scored, stands: !rises };
}
