import { readTopology } from "../../graph/topology.js";
import type { Topology } from "../../graph/types.js";
import type { PlanInput } from "../../planner/plan.js";
import { withReplica } from "../../planner/replicaSet.js";
import type { Target, WeightedTarget } from "../../planner/types.js";

/** A frontend that needs one catalog: catalog's own risk is under the threshold, what it does to frontend is not. */
export function shop(
  change: (json: Record<"services" | "domains" | "nodes" | "links", unknown[]>) => void = () => {},
): Topology {
  const json = {
    services: [{ id: "catalog" }, { id: "frontend" }] as unknown[],
    domains: [] as unknown[],
    nodes: [
      { id: "catalog-0", service: "catalog", criticality: 1, zone: "a", prior: 0.045 },
      { id: "frontend-0", service: "frontend", criticality: 2, zone: "a", prior: 0.02 },
      { id: "frontend-1", service: "frontend", criticality: 2, zone: "b", prior: 0.02 },
    ] as unknown[],
    links: ["frontend-0", "frontend-1"].map((source) => ({
      source,
      target: "catalog-0",
      share: 1,
      coupling: 1,
      failover: 0.95,
    })) as unknown[],
  };
  change(json);
  return readTopology({ directed: true, graph: { utilisationLimit: 1 }, ...json });
}

/** Catalogs of capacity 8 that share a load, two of them unless said: what is left of them may be too few for it. */
export function loaded(load: number, { catalogs = 2, zones = [] as readonly string[] } = {}): Topology {
  let topology = shop((json) => {
    json.services = [{ id: "catalog", load }, { id: "frontend" }];
    json.nodes = [0, 1].map((i) => ({
      id: `catalog-${i}`,
      service: "catalog",
      capacity: 8,
      prior: 0.03,
      ...(zones[i] !== undefined && { zone: zones[i] }),
    }));
    json.nodes.push({ id: "frontend-0", service: "frontend", prior: 0 });
    json.links = [0, 1].map((i) => ({
      source: "frontend-0",
      target: `catalog-${i}`,
      share: 0.5,
      coupling: 1,
      failover: 1,
    }));
  });
  for (let n = 2; n < catalogs; n++) topology = withReplica(topology, "catalog", {});
  return topology;
}

export function target(service: string, replicas: number | null = 1, more: Partial<Target> = {}): Target {
  return { service, type: "kubernetes:apps/v1:Deployment", name: service, replicas, hold: null, ...more };
}

export const now = Date.parse("2026-01-01T12:00:00Z") / 1000;

export function input(topology: Topology, more: Partial<PlanInput> = {}): PlanInput {
  const count = (service: string) => topology.nodes.filter((n) => n.service === service).length;
  return {
    topology,
    targets: topology.services.map((s) => target(s.id, count(s.id))),
    boundTo: { project: "shop", stack: "dev" },
    threshold: 0.05,
    simulation: { worlds: 4000, seed: 1 },
    limits: { changesPerRun: 5, migrationsPerHour: 3, costPerDay: 50, coolDown: 1800, freeze: [] },
    costs: { cpuHour: 0.04, memoryGiBHour: 0.005, migration: 0.5 },
    applied: [],
    lastChangedAt: {},
    now,
    data: { from: null, to: null, rows: null },
    maxAge: 1800,
    failMode: "hold",
    unknown: "fail",
    horizon: 3600,
    version: "0.1.0",
    ...more,
  };
}

/** Two catalogs, each behind its own backend of one route; the one in zone `a` is in danger there. */
export function routed(prior = 0.12): Topology {
  return shop((json) => {
    json.domains = [{ kind: "zone", id: "a", prior }];
    json.nodes = [
      { id: "catalog-0", service: "catalog", criticality: 0, zone: "a", prior: 0.01 },
      { id: "catalog-1", service: "catalog", criticality: 0, zone: "b", prior: 0.01 },
      { id: "frontend-0", service: "frontend", criticality: 2, zone: "b", prior: 0.001 },
    ];
    json.links = ["catalog-0", "catalog-1"].map((target) => ({
      source: "frontend-0",
      target,
      share: 0.5,
      coupling: 1,
      failover: 0,
    }));
  });
}

export function weight(
  backend: string,
  instances: readonly string[],
  more: Partial<WeightedTarget> = {},
): WeightedTarget {
  return {
    service: "catalog",
    type: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
    name: "shop",
    backend,
    weight: 100,
    most: 1_000_000,
    instances,
    hold: null,
    ...more,
  };
}
