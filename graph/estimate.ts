import type { Dependency, Flows } from "./dependencies.js";
import type { Volume } from "./volume.js";

/** What holds for the instances of a tier, and for those that depend on them. Each part may be left out. */
export interface TierEstimate {
  /** Factor on the estimated coupling of those that depend on the tier, 0 or more. */
  readonly impact?: number;
  readonly criticality?: number;
  /** 0…1. */
  readonly prior?: number;
  /** Of dependencies on the tier, 0…1. */
  readonly failover?: number;
  /** Of dependencies on the tier before traffic speaks, 0…1. */
  readonly coupling?: number;
}

/** What a person knows better than traffic: the final coupling and failover of one service into another. */
export interface DependencyEstimate {
  /** Service ids. */
  readonly client: string;
  readonly service: string;
  /** 0…1. */
  readonly coupling?: number;
  /** 0…1. */
  readonly failover?: number;
}

/** What the graph assumes where neither traffic nor inventory speaks. */
export interface Estimates {
  /** Part of its capacity that a service may use, above 0. */
  readonly utilisationLimit: number;
  /** 0…1. */
  readonly coupling: number;
  /** 0…1. */
  readonly failover: number;
  /** Probability that an instance fails by itself within the horizon, 0…1. */
  readonly prior: number;
  readonly criticality: number;
  /** Requests that the default coupling weighs as much as, 0 or more. */
  readonly pseudoCount: number;
  readonly tiers: Readonly<Record<string, TierEstimate>>;
  readonly dependencies: readonly DependencyEstimate[];
}

export const defaultEstimates: Estimates = {
  utilisationLimit: 1,
  coupling: 0.5,
  failover: 0.9,
  prior: 0.002,
  criticality: 1,
  pseudoCount: 10,
  tiers: { data: { impact: 1.5, criticality: 3, prior: 0.002 } },
  dependencies: [],
};

/** The estimates of a tier; nothing for a tier that is not known. */
export function tierOf(tier: string | undefined, { tiers }: Estimates): TierEstimate {
  return tier !== undefined && Object.hasOwn(tiers, tier) ? (tiers[tier] ?? {}) : {};
}

/**
 * Coupling of a dependency from traffic: the mean of the posterior of a binomial rate under a beta prior
 * (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4), (k + m·d) / (n + m), where n requests came into
 * the client, k = min(n, requests of the client into the service), d is the default and m its weight in requests.
 * Where requests are not known, d.
 */
export function estimateCoupling(
  requests: { readonly inbound: number; readonly outbound: number } | null,
  { coupling, pseudoCount }: Pick<Estimates, "coupling" | "pseudoCount">,
): number {
  if (requests === null || requests.inbound + pseudoCount <= 0) return coupling;
  const n = requests.inbound;
  const k = Math.min(n, requests.outbound);
  return (k + pseudoCount * coupling) / (n + pseudoCount);
}

/**
 * Coupling and failover of a dependency. An override is final; an estimated coupling is multiplied by the impact of the
 * server's tier and clipped to 1.
 * @param clientService service of the client
 * @param serverTier tier of the service that is depended on
 */
export function estimateDependency(
  dependency: Dependency,
  clientService: string,
  serverTier: string | undefined,
  flows: Flows,
  estimates: Estimates,
): { readonly coupling: number; readonly failover: number } {
  const tier = tierOf(serverTier, estimates);
  const override = estimates.dependencies.findLast(
    (d) => d.client === clientService && d.service === dependency.service,
  );
  const estimated = estimateCoupling(requestsOf(dependency, flows.inbound.get(dependency.client)), {
    coupling: tier.coupling ?? estimates.coupling,
    pseudoCount: estimates.pseudoCount,
  });
  return {
    coupling: override?.coupling ?? Math.min(1, estimated * (tier.impact ?? 1)),
    failover: override?.failover ?? tier.failover ?? estimates.failover,
  };
}

/** Requests into the client and on to the service, or null where a source counts none. */
function requestsOf({ servers }: Dependency, inbound: Volume | undefined) {
  const sent = [...servers.values()].map((v) => v.requests);
  if (sent.some((requests) => requests === null) || inbound?.requests === null) return null;
  return { inbound: inbound?.requests ?? 0, outbound: sent.reduce<number>((sum, r) => sum + (r ?? 0), 0) };
}
