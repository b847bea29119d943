import { type Coupling, findCoupling } from "./coupling.js";
import type { Dependency, Flows } from "./dependencies.js";
import type { Estimates } from "./estimate.js";
import { type Failover, findFailover, type Outcomes } from "./failover.js";
import { type Amount, intervalOf } from "./interval.js";
import { computeShares } from "./shares.js";
import { amountIn, commonUnit, sumVolumes, type Volume, type VolumeUnit } from "./volume.js";

/** An amount of traffic in one unit, with its 90 % interval. */
export interface Measured extends Amount {
  readonly unit: VolumeUnit;
}

/** What one source saw of a dependency. */
export interface SourceOrigin {
  readonly source: string;
  readonly volume: Measured;
  /** Part of the traffic that it looked at, 0 (excluded) to 1. */
  readonly sampling: number;
  /** Unix seconds. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly steady: boolean;
}

/** A dependency with where each of its numbers comes from. */
export interface DependencyOrigin {
  readonly client: string;
  readonly service: string;
  readonly sources: readonly SourceOrigin[];
  /** Unix seconds, over all sources. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** All sources together, what several saw counted once. */
  readonly volume: Measured;
  /** The same in every unit. */
  readonly amounts: Volume;
  /** Sorted by server, with the unit that shares go by. */
  readonly shares: readonly { readonly server: string; readonly share: number }[];
  readonly shareUnit: VolumeUnit;
  readonly coupling: Coupling;
  readonly failover: Failover;
}

/** What the estimates of dependencies are made from. */
export interface OriginContext {
  readonly flows: Flows;
  readonly outcomes: Outcomes;
  readonly estimates: Estimates;
  readonly serviceOf: (instance: string) => string;
  readonly tierOfService: (service: string) => string | undefined;
}

/** Estimates a dependency and says where each number comes from. */
export function traceDependency(dependency: Dependency, context: OriginContext): DependencyOrigin {
  const { flows, outcomes, estimates } = context;
  const { client, service, servers } = dependency;
  const clientService = context.serviceOf(client);
  const tier = context.tierOfService(service);
  const volumes = [...servers.values()];
  const total = sumVolumes(volumes);
  return {
    client,
    service,
    sources: dependency.sources.map(({ source, volume, ...rest }) => {
      const unit = commonUnit([volume]);
      const seen = amountIn(volume.seen, unit);
      const amount = amountIn(volume, unit);
      return { source, volume: measure(volume), sampling: amount > 0 ? Math.min(1, seen / amount) : 1, ...rest };
    }),
    firstSeen: dependency.sources.reduce((least, s) => Math.min(least, s.firstSeen), Number.POSITIVE_INFINITY),
    lastSeen: dependency.sources.reduce((most, s) => Math.max(most, s.lastSeen), 0),
    volume: measure(total),
    amounts: total,
    shares: computeShares(dependency),
    shareUnit: commonUnit(volumes),
    coupling: findCoupling(dependency, clientService, tier, flows.inbound.get(client), estimates),
    failover: findFailover(clientService, service, tier, outcomes, estimates),
  };
}

/** An amount in its best unit, with its interval. */
export function measure(volume: Volume): Measured {
  const unit = commonUnit([volume]);
  const amount = intervalOf(amountIn(volume, unit), amountIn(volume.seen, unit), amountIn(volume.variance, unit));
  return { unit, ...amount };
}
