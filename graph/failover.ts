import type { TrafficFailover } from "../history/traffic.js";
import type { Endpoints } from "./endpoints.js";
import { type Estimates, overrideOf, tierOf } from "./estimate.js";

/** A failover, and where it comes from. */
export interface Failover {
  /** 0…1. */
  readonly value: number;
  readonly from: "override" | "outcomes" | "tier" | "default";
  /** What was seen between the two services: intervals in which a replica failed a client, and those that it got over. */
  readonly trials: number;
  readonly survived: number;
  /** What is assumed before outcomes speak, and the trials that it weighs as much as. */
  readonly default: number;
  readonly failoverTrials: number;
}

/** Trials and survivals of each service against each other, as text of both. */
export type Outcomes = ReadonlyMap<string, { readonly trials: number; readonly survived: number }>;

const keyOf = (client: string, service: string) => JSON.stringify([client, service]);

/** Sums what was seen of failovers by the services of both ends. Clients that no one knows are left out. */
export function gatherOutcomes(failovers: readonly TrafficFailover[], { instances, parts }: Endpoints): Outcomes {
  const serviceOf = new Map(instances.map((i) => [i.id, i.service]));
  const outcomes = new Map<string, { trials: number; survived: number }>();
  for (const { client, group, trials, survived } of failovers) {
    const service = serviceOf.get(parts.get(client)?.[0]?.instance ?? "");
    if (service === undefined) continue;
    const key = keyOf(service, group);
    const known = outcomes.get(key) ?? { trials: 0, survived: 0 };
    outcomes.set(key, { trials: known.trials + trials, survived: known.survived + survived });
  }
  return outcomes;
}

/**
 * Failover of a dependency: the override, else the mean of the posterior of a binomial rate under a beta prior
 * (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4), (s + m·d) / (t + m), where a replica failed the client's
 * service in t intervals, s of which it got over, d is the default (of the server's tier, else of all) and m its weight.
 */
export function findFailover(
  client: string,
  service: string,
  serverTier: string | undefined,
  outcomes: Outcomes,
  estimates: Estimates,
): Failover {
  const { trials, survived } = outcomes.get(keyOf(client, service)) ?? { trials: 0, survived: 0 };
  const tier = tierOf(serverTier, estimates).failover;
  const assumed = tier ?? estimates.failover;
  const { failoverTrials } = estimates;
  const override = overrideOf(client, service, estimates)?.failover;
  const estimated = trials > 0 ? (survived + failoverTrials * assumed) / (trials + failoverTrials) : assumed;
  const from = trials > 0 ? "outcomes" : tier === undefined ? "default" : "tier";
  return {
    value: override ?? estimated,
    from: override === undefined ? from : "override",
    trials,
    survived,
    default: assumed,
    failoverTrials,
  };
}
