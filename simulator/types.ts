/** What one run is asked for. The same topology, seed and worlds give the same bits, on any number of threads. */
export interface SimulationOptions {
  /** Number of sampled worlds, 1…2³¹. */
  readonly worlds: number;
  /** Run seed, an integer in 0…2⁵³−1; the key of every coin. */
  readonly seed: number;
}

/** What `simulate` is asked for: a number of worlds, or how precise risks shall be. */
export interface RunOptions {
  /** Run seed, an integer in 0…2⁵³−1; the key of every coin. */
  readonly seed: number;
  /** Number of sampled worlds, 1…2³¹; with `precision` the most, default 2²⁰. */
  readonly worlds?: number;
  /**
   * Runs until half the width of every risk's interval is below this (above 0, at most 1), looked at after every 1,024
   * worlds. The result is that of a run of as many worlds, and says how many; it is less precise where `worlds` was too
   * few.
   */
  readonly precision?: number;
  /** Also the probability of every instance given every seed. */
  readonly matrix?: boolean;
  /**
   * Whose impact to find, by name: an instance's id, `host/ID`, `zone/ID`; each once, in any order. Default: all. Risks
   * are of every instance all the same.
   */
  readonly seeds?: readonly string[];
}

/** Risk and impact of one instance; every probability in 0…1, intervals at 95 %. */
export interface InstanceScore {
  readonly id: string;
  readonly risk: number;
  readonly riskLow: number;
  readonly riskHigh: number;
  /** Absent where seeds were chosen and this is none of them; so are its limits. */
  readonly impact?: number;
  readonly impactLow?: number;
  readonly impactHigh?: number;
}

/** Impact of losing a host or zone. */
export interface DomainScore {
  readonly kind: "host" | "zone";
  readonly id: string;
  readonly impact: number;
  readonly impactLow: number;
  readonly impactHigh: number;
}

/** What `simulate --json` prints. Instances and domains are sorted by id. */
export interface SimulationResult {
  readonly seed: number;
  readonly worlds: number;
  readonly instances: readonly InstanceScore[];
  /** Where seeds were chosen, those among them. */
  readonly domains: readonly DomainScore[];
  /**
   * Seed (`id`, `host/ID`, `zone/ID`) → instance → probability that it fails given the seed; zeros are left out.
   * A row is made each time it is read: keep it in a variable.
   */
  readonly conditional?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Probability with its 95 % interval. */
export interface Risk {
  readonly risk: number;
  readonly riskLow: number;
  readonly riskHigh: number;
}

/** One way that an instance fails: from the cause to it, with the rule of each step. */
export interface FailurePath {
  /** Probability within the horizon (marginal run) or given the seed (conditional run). */
  readonly probability: number;
  readonly steps: readonly FailureStep[];
}

export interface FailureStep {
  /** Instance id, or `host/ID`, `zone/ID` for a cause. */
  readonly id: string;
  /** Why it failed: by itself, because its host or zone did, or by one of the three rules. */
  readonly rule: "cause" | "domain" | "stickyLoss" | "outage" | "overload";
  /** The service that the rule was about, for the three rules. */
  readonly service?: string;
}

/** One change that lowers an instance's risk, with the risk after it. */
export type Improvement =
  /** The client needs the service no more. */
  | { readonly kind: "dependency"; readonly client: string; readonly service: string; readonly risk: Risk }
  /** One more replica like its siblings, on a host of its own; in the zone that has the fewest, where there are zones. */
  | { readonly kind: "replica"; readonly service: string; readonly zone?: string; readonly risk: Risk }
  /** `reserved`, in the service's unit, is what the service has then in all. */
  | { readonly kind: "capacity"; readonly service: string; readonly reserved: number; readonly risk: Risk };
