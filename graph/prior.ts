import { type Estimates, tierOf } from "./estimate.js";
import type { InventoryInstance, InventoryService } from "./types.js";

/** A prior, and where it comes from. */
export interface Prior {
  readonly instance: string;
  /** 0…1: probability that the instance fails by itself within the horizon. */
  readonly value: number;
  readonly from: "inventory" | "outcomes" | "tier" | "default";
  /** Times that the instance failed, and seconds that it was watched for. */
  readonly failures: number;
  readonly watched: number;
}

interface Watched {
  readonly failures: number;
  readonly watched: number;
}

/**
 * Priors of the instances, in their order: the inventory's, else estimated from past failures.
 *
 * Failures are a Poisson stream whose rate has a gamma prior (Gelman et al., Bayesian Data Analysis, 3rd ed., section
 * 2.6): after f failures in w seconds its mean is (f + T·λ) / (w + T), where λ is the rate that is assumed and T the
 * seconds that it weighs as much as. The service's rate is drawn to that of its tier, λ = −ln(1 − q) / horizon with q the
 * default prior; the instance's rate is drawn to its service's; its prior is 1 − exp(−rate × horizon).
 *
 * @param listed the inventory's services, which keep the counts of replicas that are gone
 */
export function findPriors(
  instances: readonly InventoryInstance[],
  listed: readonly InventoryService[],
  estimates: Estimates,
): Prior[] {
  const services = new Map<string, Watched>(listed.map((s) => [s.id, outcomesOf(s)]));
  for (const instance of instances) {
    const { failures, watched } = outcomesOf(instance);
    const known = services.get(instance.service) ?? { failures: 0, watched: 0 };
    services.set(instance.service, { failures: known.failures + failures, watched: known.watched + watched });
  }
  return instances.map((instance) => {
    const own = outcomesOf(instance);
    const tier = tierOf(instance.tier, estimates).prior;
    const assumed = tier ?? estimates.prior;
    const ofService = services.get(instance.service) ?? own;
    const known = { instance: instance.id, ...own };
    if (instance.prior !== undefined) return { ...known, value: instance.prior, from: "inventory" };
    if (ofService.watched === 0 || assumed === 1) {
      return { ...known, value: assumed, from: tier === undefined ? "default" : "tier" };
    }
    const { horizon, watchedSeconds } = estimates;
    const rate = shrink(own, shrink(ofService, -Math.log1p(-assumed) / horizon, watchedSeconds), watchedSeconds);
    return { ...known, value: -Math.expm1(-rate * horizon), from: "outcomes" };
  });
}

/** Failures count only where it is known for how long they were watched for. */
function outcomesOf({ failures = 0, watched = 0 }: Partial<Watched>): Watched {
  return watched > 0 ? { failures, watched } : { failures: 0, watched: 0 };
}

function shrink({ failures, watched }: Watched, rate: number, weight: number): number {
  return (failures + weight * rate) / (watched + weight);
}
