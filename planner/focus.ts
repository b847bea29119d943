import type { Topology } from "../graph/types.js";
import type { FailurePath } from "../simulator/types.js";
import { offenders, type Scored } from "./excess.js";
import type { Focus } from "./moves/index.js";

/** How many of the worst instances are looked at in one step. */
const looked = 3;

/**
 * Where to look for changes: the services on the failure paths of the worst offenders, and their own.
 * @param wide all that the offenders depend on as well, however unlikely the path
 */
export function focusOn(
  scored: Scored,
  threshold: number,
  pathsTo: (topology: Topology, instance: string) => readonly FailurePath[],
  wide: boolean,
): Focus {
  const all = offenders(scored, threshold);
  const worst = wide ? all : all.slice(0, looked);
  const paths = all.slice(0, looked).flatMap((node) => pathsTo(scored.topology, node.id));
  const serviceOf = new Map(scored.topology.nodes.map((n) => [n.id, n.service]));
  const services = new Set(worst.map((n) => n.service));
  for (const step of paths.flatMap((p) => p.steps)) {
    const service = step.service ?? serviceOf.get(step.id);
    if (service !== undefined) services.add(service);
  }
  if (wide) for (const service of dependenciesOf(scored.topology, serviceOf, services)) services.add(service);
  return { services, paths };
}

/** Everything that the services depend on, directly or not. */
function dependenciesOf(
  topology: Topology,
  serviceOf: ReadonlyMap<string, string>,
  services: ReadonlySet<string>,
): Set<string> {
  const needs = new Map<string, Set<string>>();
  for (const link of topology.links) {
    const [client, server] = [serviceOf.get(link.source), serviceOf.get(link.target)];
    if (client === undefined || server === undefined) continue;
    needs.set(client, (needs.get(client) ?? new Set()).add(server));
  }
  const found = new Set(services);
  for (const service of found) for (const needed of needs.get(service) ?? []) found.add(needed);
  return found;
}
