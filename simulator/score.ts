import type { CompiledTopology } from "./compile.js";
import { batchSize, type ConditionalSums } from "./conditional.js";
import { chanceOfAnyCause, type MarginalCounts } from "./marginal.js";
import { reachableCriticality } from "./reach.js";
import { NORMAL_QUANTILE, studentQuantile } from "./studentT.js";
import type { Risk } from "./types.js";

/**
 * Wilson's interval at 95 % for `successes` of `trials`; [0, 1] where there was no trial.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
 */
export function wilsonInterval(successes: number, trials: number): readonly [number, number] {
  if (trials === 0) return [0, 1];
  const z = NORMAL_QUANTILE;
  const share = successes / trials;
  const scale = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const low = successes === 0 ? 0 : Math.min(share, Math.max(0, centre - half));
  const high = successes === trials ? 1 : Math.max(share, Math.min(1, centre + half));
  return [low, high];
}

/** Risk of every instance, by instance: P₁·h/m with P₁ × Wilson(h, m); without a caused world 0 and [0, P₁]. */
export function riskScores(topology: CompiledTopology, counts: MarginalCounts): Risk[] {
  const chance = chanceOfAnyCause(topology);
  return Array.from(counts.failed, (failed) => {
    const [low, high] = wilsonInterval(failed, counts.caused);
    const risk = counts.caused === 0 ? 0 : chance * (failed / counts.caused);
    return { risk, riskLow: chance * low, riskHigh: chance * high };
  });
}

/** Impact with its 95 % interval, in criticality. */
export interface Impact {
  readonly impact: number;
  readonly impactLow: number;
  readonly impactHigh: number;
}

/**
 * Impact of each of `seeds`, by place in it. The mean is over all worlds; the interval is Student's t over full batches, the last, partial one
 * left out. It never claims certainty that sampling cannot give: where no loss was seen, or the same loss in every batch,
 * its half-width is the criticality that can be reached × 3/worlds (the rule of three); with fewer than two batches it
 * goes from 0 to what can be reached.
 */
export function impactScores(
  topology: CompiledTopology,
  seeds: Int32Array,
  sums: ConditionalSums,
  worlds: number,
): Impact[] {
  const unit = topology.criticalityUnit;
  const size = batchSize(worlds);
  return Array.from(sums.total, (total, place) => {
    const impact = (total / worlds) * unit;
    const reachable = () => reachableCriticality(topology, seeds[place]!) * unit;
    if (sums.batches < 2) return { impact, impactLow: 0, impactHigh: reachable() };
    const degrees = sums.batches - 1;
    const deviation = Math.sqrt(sums.deviations[place]! / degrees / sums.batches);
    const half = (studentQuantile(degrees) * deviation * unit) / size;
    if (half > 0) return { impact, impactLow: Math.max(0, impact - half), impactHigh: impact + half };
    const most = reachable();
    const margin = (most * 3) / worlds;
    return {
      impact,
      impactLow: total === 0 ? 0 : Math.max(0, impact - margin),
      impactHigh: Math.max(impact, Math.min(most, impact + margin)),
    };
  });
}
