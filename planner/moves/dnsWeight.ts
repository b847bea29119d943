import { sortBy } from "../../graph/order.js";
import type { Topology } from "../../graph/types.js";
import { type Costs, weightCost } from "../costs.js";
import type { Ground } from "../ground.js";
import { occupancyOf } from "../occupancy.js";
import { replicasOf } from "../replicaSet.js";
import type { Hold } from "../types.js";
import { shareOf, type Weight, withScaledShares } from "../weights.js";
import type { Candidate, Move } from "./move.js";

/** Parts of its weight that a backend may be left with. */
const parts = [0.5, 0.25, 0.1];

/**
 * Less traffic to a backend of each service in focus: a lower weight of its own, or where that is too small to be
 * divided, a higher one of another. A weight is never taken to 0: of a backend without traffic nothing would show what it
 * is worth, and so when to give it back.
 */
export const dnsWeight: Move = {
  kind: "dnsWeight",
  propose(topology, focus, { ground, costs }) {
    const all = [...(ground.weights?.values() ?? [])].filter((w) => focus.services.has(w.service));
    return sortBy(
      all,
      (w) => w.service,
      (w) => w.backend,
    ).flatMap((weight): Candidate[] => {
      const others = all.filter((w) => w.service === weight.service && w.backend !== weight.backend && w.current > 0);
      if (weight.weight === null) return [candidateOf(weight, 1, 0, topology, ground, costs)];
      if (weight.current <= 0 || replicasOf(topology, weight.service).length < 2) return [];
      const lower = parts.flatMap((part) => Math.floor(weight.current * part) || []);
      const isSmall = others.some((w) => Math.floor(w.current * (parts.at(-1) ?? 1)) < 1);
      const higher = isSmall ? parts.map((part) => Math.round(weight.current / part)) : [];
      const values = [...new Set([...lower, ...higher])].filter((to) => to !== weight.current && to <= weight.most);
      return values.map((to, i) => candidateOf(weight, to, i, topology, ground, costs));
    });
  },
};

/** @param rank of the values of one weight: of those that do as well the gentlest comes first */
function candidateOf(
  weight: Weight,
  to: number,
  rank: number,
  topology: Topology,
  ground: Ground,
  costs: Costs,
): Candidate {
  const { service, backend, current, applied } = weight;
  return {
    key: `dnsWeight:${service}:${backend}:${rank}:${to}`,
    kind: "dnsWeight",
    service,
    backend,
    from: current,
    to,
    costPerDay: applied ? 0 : weightCost(costs),
    repeats: false,
    touches: touchedBy(weight, to, topology),
    apply: (before) => withWeight(before, weight, to, ground),
  };
}

/** The topology with another weight of one backend, or why it cannot be. */
function withWeight(before: Topology, weight: Weight, to: number, ground: Ground): Topology | Hold {
  const { service, backend, current, instances } = weight;
  if (current <= 0) return { reason: "unknownValue", detail: `what ${backend} of ${service} is sent is not known` };
  const all = [...(ground.weights?.values() ?? [])].filter((w) => w.service === service);
  const idle = new Set([...instances, ...all.flatMap((w) => (w.current > 0 ? [] : w.instances))]);
  const others = replicasOf(before, service).filter((r) => !idle.has(r.id));
  if (to < current && !others.some((r) => isHealthy(r, before, ground))) {
    const detail = `${backend} is the last healthy target of ${service}: nothing else could take its traffic`;
    return { reason: "lastHealthyTarget", detail };
  }
  const after = withScaledShares(before, service, instances, to / current);
  return overloadedBackend(before, after, service, ground) ?? after;
}

/** Part of the traffic that moves, in instances. */
function touchedBy({ service, instances, current }: Weight, to: number, topology: Topology): number {
  if (current <= 0) return 0;
  const own = new Set(instances);
  const before = shareOf(topology, service, own);
  const after = shareOf(withScaledShares(topology, service, instances, to / current), service, own);
  return Math.abs(after - before) * replicasOf(topology, service).length;
}

function isHealthy(
  { prior, host, zone }: { readonly prior: number; readonly host?: string; readonly zone?: string },
  topology: Topology,
  ground: Ground,
): boolean {
  const { hosts, zones } = occupancyOf(topology, ground);
  const priors = [prior, hosts.find((h) => h.id === host)?.prior, zones.get(zone ?? "")?.prior];
  return priors.every((p) => p === undefined || p <= ground.threshold);
}

/** A backend that would have to carry more than it can, where it carries more than before. */
function overloadedBackend(before: Topology, after: Topology, service: string, ground: Ground): Hold | null {
  const load = after.services.find((s) => s.id === service)?.load;
  if (load === undefined) return null;
  const groups = [...(ground.weights?.values() ?? [])].filter((w) => w.service === service);
  for (const { backend, instances } of groups) {
    const own = new Set(instances);
    const [was, is] = [shareOf(before, service, own), shareOf(after, service, own)];
    const replicas = replicasOf(after, service).filter((r) => own.has(r.id));
    if (is <= was || replicas.some((r) => r.capacity === undefined)) continue;
    const most = after.graph.utilisationLimit * replicas.reduce((sum, r) => sum + (r.capacity ?? 0), 0);
    if (load * is > most * (1 + 1e-9)) {
      const detail = `${backend} of ${service} would have to carry ${Number((load * is).toPrecision(3))}, and can carry ${Number(most.toPrecision(3))}`;
      return { reason: "noRoom", detail };
    }
  }
  return null;
}
