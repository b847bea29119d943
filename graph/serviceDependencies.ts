import type { Graph } from "./build.js";
import { groupBy } from "./groups.js";
import { sortBy } from "./order.js";
import { type DependencyOrigin, type Measured, measure } from "./origins.js";
import { addVolume, type Volume } from "./volume.js";

/** What the instances of one service send to another, together. */
export interface ServiceDependency {
  readonly client: string;
  readonly service: string;
  readonly amounts: Volume;
  /** In the best unit, with its 90 % interval. */
  readonly volume: Measured;
  /** Formats that saw it, sorted. */
  readonly sources: readonly string[];
  /** Unix seconds. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Whether a source finds that it comes back day by day. */
  readonly steady: boolean;
  /** Over the client's instances, sorted by instance. */
  readonly parts: readonly DependencyOrigin[];
}

/** Sums a graph's dependencies of instances by the services of both ends; sorted by client, then service. */
export function gatherServices({
  topology,
  dependencies,
}: Pick<Graph, "topology" | "dependencies">): ServiceDependency[] {
  const services = new Map(topology.nodes.map((n) => [n.id, n.service]));
  const groups = groupBy(
    sortBy(dependencies, (d) => d.client),
    (d) => JSON.stringify([services.get(d.client), d.service]),
  );
  const gathered = [...groups].map(([key, parts]): ServiceDependency => {
    const [client, service] = JSON.parse(key) as [string, string];
    const amounts = parts.map((p) => p.amounts).reduce((sum, v) => addVolume(sum, v));
    return {
      client,
      service,
      amounts,
      volume: measure(amounts),
      sources: sortBy(new Set(parts.flatMap((p) => p.sources.map((s) => s.source))), (s) => s),
      firstSeen: Math.min(...parts.map((p) => p.firstSeen)),
      lastSeen: Math.max(...parts.map((p) => p.lastSeen)),
      steady: parts.some((p) => p.sources.some((s) => s.steady)),
      parts,
    };
  });
  return sortBy(
    gathered,
    (d) => d.client,
    (d) => d.service,
  );
}
