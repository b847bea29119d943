import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import { type Costs, replicaCostPerDay } from "./costs.js";
import type { Declared } from "./declared.js";
import { riskOf, type Scored } from "./excess.js";
import { type Circumstances, changeKey, refusalOf } from "./limits.js";
import { withoutReplica } from "./replicaSet.js";
import type { Ground } from "./room.js";
import type { Refusal } from "./types.js";

/** A replica goes only where risk stays this far under the threshold, so that it is not wanted back at once. */
export const hysteresis = 0.8;

export interface Withdrawn {
  readonly scored: Scored;
  /** Services that are a replica lower now. */
  readonly services: ReadonlySet<string>;
  readonly refusals: readonly Refusal[];
}

export interface WithdrawSetting {
  readonly ground: Ground;
  readonly costs: Costs;
  readonly threshold: number;
  readonly circumstances: Circumstances;
  score(topology: Topology): Scored;
}

/**
 * Takes back what earlier decisions added and nothing needs any more: at most one replica of each service a plan, the
 * dearest first, and only where in the same worlds every instance ends at or under `threshold` × `hysteresis`, or is not
 * touched by the step at all, and `limits` permits. What stays is no refusal; what could go but may not is.
 */
export function withdraw(start: Scored, declared: Iterable<Declared>, setting: WithdrawSetting): Withdrawn {
  const { circumstances, costs, ground, threshold } = setting;
  const cost = (service: string) => replicaCostPerDay(service, ground.inventory, costs);
  const candidates = sortBy(declared, (d) => d.service)
    .filter((d) => d.applied !== undefined && d.live > 0 && d.current > d.written)
    .sort((a, b) => cost(b.service) - cost(a.service));

  let scored = start;
  const services = new Set<string>();
  const changed = new Set<string>();
  const refusals: Refusal[] = [];
  for (const { service, current } of candidates) {
    const less = setting.score(withoutReplica(scored.topology, service));
    if (!isSafe(less, scored, threshold * hysteresis)) continue;
    const wish = { kind: "replicas" as const, service, costPerDay: 0, withdrawal: true };
    const refused = refusalOf(wish, { changed, migrations: 0, costPerDay: 0 }, circumstances);
    if (refused) {
      refusals.push({ kind: "replicas", service, from: current, to: current - 1, ...refused });
      continue;
    }
    scored = less;
    services.add(service);
    changed.add(changeKey(wish));
  }
  return { scored, services, refusals };
}

function isSafe(after: Scored, before: Scored, limit: number): boolean {
  return after.topology.nodes.every(({ id }) => {
    const risk = riskOf(after.risks, id);
    return risk <= limit || after.failures.get(id) === before.failures.get(id);
  });
}
