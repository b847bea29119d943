import type { Dependency } from "./dependencies.js";
import { type Estimates, overrideOf, tierOf } from "./estimate.js";
import type { Volume } from "./volume.js";

/** A coupling, and where it comes from. */
export interface Coupling {
  /** 0…1, final. */
  readonly value: number;
  readonly from: "override" | "traffic" | "default";
  /** Requests into the client and on to the service, decayed; null where a source counts none. */
  readonly requests: { readonly inbound: number; readonly outbound: number } | null;
  /** What is assumed before traffic speaks, and the requests that it weighs as much as. */
  readonly default: number;
  readonly pseudoCount: number;
  /** Factor of the server's tier. */
  readonly impact: number;
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
 * Coupling of a dependency: the override, else the estimate times the impact of the server's tier, clipped to 1.
 * @param clientService service of the client
 * @param serverTier tier of the service that is depended on
 * @param inbound all that came into the client
 */
export function findCoupling(
  dependency: Dependency,
  clientService: string,
  serverTier: string | undefined,
  inbound: Volume | undefined,
  estimates: Estimates,
): Coupling {
  const tier = tierOf(serverTier, estimates);
  const override = overrideOf(clientService, dependency.service, estimates)?.coupling;
  const { pseudoCount } = estimates;
  const assumed = tier.coupling ?? estimates.coupling;
  const impact = tier.impact ?? 1;
  const requests = requestsOf(dependency, inbound);
  const estimated = estimateCoupling(requests, { coupling: assumed, pseudoCount });
  return {
    value: override ?? Math.min(1, estimated * impact),
    from: override !== undefined ? "override" : requests === null || requests.inbound === 0 ? "default" : "traffic",
    requests,
    default: assumed,
    pseudoCount,
    impact,
  };
}

/** Requests into the client and on to the service, or null where a source counts none. */
function requestsOf({ servers }: Dependency, inbound: Volume | undefined): Coupling["requests"] {
  const sent = [...servers.values()].map((v) => v.requests);
  if (sent.some((requests) => requests === null) || inbound?.requests === null) return null;
  return { inbound: inbound?.requests ?? 0, outbound: sent.reduce<number>((sum, r) => sum + (r ?? 0), 0) };
}
