import fc from "fast-check";
import { readTopology } from "../../graph/topology.js";
import type { Topology } from "../../graph/types.js";

/** Small layered topologies: each service may depend on the ones after it, over all replicas. */
export const topologies: fc.Arbitrary<Topology> = fc
  .array(
    fc.record({
      replicas: fc.integer({ min: 1, max: 2 }),
      prior: fc.constantFrom(0, 0.01, 0.03, 0.045, 0.1),
      criticality: fc.constantFrom(1, 2, 3),
      load: fc.constantFrom(undefined, undefined, 8, 12),
      needs: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      coupling: fc.constantFrom(0.5, 0.9, 1),
      failover: fc.constantFrom(0, 0.8, 1),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((services) => {
    const ids = (s: number) => Array.from({ length: services[s]?.replicas ?? 0 }, (_, i) => `s${s}-${i}`);
    return readTopology({
      directed: true,
      graph: { utilisationLimit: 1 },
      services: services.map(({ load }, s) => ({ id: `s${s}`, ...(load !== undefined && { load }) })),
      domains: [],
      nodes: services.flatMap(({ prior, criticality }, s) =>
        ids(s).map((id, i) => ({ id, service: `s${s}`, criticality, prior, capacity: 6, zone: i % 2 ? "b" : "a" })),
      ),
      links: services.flatMap(({ needs, coupling, failover }, s) =>
        services.flatMap((_, t) =>
          t > s && needs[t - s - 1]
            ? ids(s).flatMap((source) =>
                ids(t).map((target) => ({ source, target, share: 1 / ids(t).length, coupling, failover })),
              )
            : [],
        ),
      ),
    });
  });
