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
  /** Failures of a replica that the default failover weighs as much as, 0 or more. */
  readonly failoverTrials: number;
  /** Seconds of watching that the default prior weighs as much as, 0 or more. */
  readonly watchedSeconds: number;
  /** Seconds within which an instance fails with its prior, above 0. */
  readonly horizon: number;
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
  failoverTrials: 10,
  watchedSeconds: 30 * 86_400,
  horizon: 3600,
  tiers: { data: { impact: 1.5, criticality: 3, prior: 0.002 } },
  dependencies: [],
};

/** The estimates of a tier; nothing for a tier that is not known. */
export function tierOf(tier: string | undefined, { tiers }: Estimates): TierEstimate {
  return tier !== undefined && Object.hasOwn(tiers, tier) ? (tiers[tier] ?? {}) : {};
}

/** The override of a dependency of one service on another, if any: the last that is written. */
export function overrideOf(
  client: string,
  service: string,
  { dependencies }: Estimates,
): DependencyEstimate | undefined {
  return dependencies.findLast((d) => d.client === client && d.service === service);
}
