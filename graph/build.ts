import type { Traffic } from "../history/traffic.js";
import { type Flows, layFlows } from "./dependencies.js";
import { type Endpoints, resolveEndpoints } from "./endpoints.js";
import { type Estimates, tierOf } from "./estimate.js";
import { gatherOutcomes } from "./failover.js";
import { sortBy } from "./order.js";
import { type DependencyOrigin, traceDependency } from "./origins.js";
import { findPriors, type Prior } from "./prior.js";
import { writeTopology } from "./topology.js";
import type { Domain, Instance, Inventory, InventoryInstance, Link, Service, Topology } from "./types.js";
import { amountIn, commonUnit, type VolumeUnit } from "./volume.js";

export { addressOwners } from "./endpoints.js";

/** Traffic into a service from addresses that no one knows, decayed; it is no node and no link. */
export interface ExternalTraffic {
  readonly service: string;
  readonly volume: number;
  readonly unit: VolumeUnit;
}

/** The communication graph of a window. */
export interface Graph {
  readonly topology: Topology;
  /** Each dependency with its sources, volume and where its numbers come from; sorted by client, then service. */
  readonly dependencies: readonly DependencyOrigin[];
  /** Where each instance's prior comes from; sorted by instance. */
  readonly priors: readonly Prior[];
  /** Sorted by service. */
  readonly external: readonly ExternalTraffic[];
  /** Sentences for people: what is left out or looks wrong. */
  readonly warnings: readonly string[];
}

/**
 * Builds the graph of a window (`docs/topology.md`). The order of the traffic and of the inventory never changes a byte
 * of it, and `readTopology` accepts its topology.
 */
export function buildGraph(traffic: Traffic, inventory: Inventory, estimates: Estimates): Graph {
  const endpoints = resolveEndpoints(inventory, traffic.edges);
  const flows = layFlows(traffic.edges, endpoints);
  const instances = fillZones(endpoints.instances, inventory);
  const priors = findPriors(instances, inventory.services, estimates);
  const nodes = instances.map((instance, i) => toNode(instance, priors[i]?.value ?? estimates.prior, estimates));
  const { services, warnings } = describeServices(nodes, inventory, traffic);
  const tiers = tiersOfServices(nodes);
  const serviceOf = new Map(nodes.map((n) => [n.id, n.service]));
  const context = {
    flows,
    outcomes: gatherOutcomes(traffic.failovers, endpoints),
    estimates,
    serviceOf: (instance: string) => serviceOf.get(instance) ?? instance,
    tierOfService: (service: string) => tiers.tierOf.get(service),
  };
  const dependencies = flows.dependencies.map((d) => traceDependency(d, context)).filter((d) => d.shares.length > 0);
  const topology = writeTopology({
    directed: true,
    graph: { utilisationLimit: estimates.utilisationLimit },
    services,
    domains: listDomains(nodes, inventory),
    nodes,
    links: dependencies.flatMap(linksOf),
  });
  return {
    topology,
    dependencies,
    priors,
    external: describeExternal(flows),
    warnings: [
      ...endpoints.warnings,
      ...warnings,
      ...tiers.warnings,
      ...warnOfOverrides(topology, estimates),
      ...warnOfUnknownServers(flows),
    ],
  };
}

function toNode(instance: InventoryInstance, prior: number, estimates: Estimates): Instance {
  const { id, service, tier, host, zone, capacity } = instance;
  const criticality = instance.criticality ?? tierOf(tier, estimates).criticality ?? estimates.criticality;
  return { id, service, tier, criticality, host, zone, capacity, prior };
}

/** An instance that names no zone is in that of its host, where the inventory says which. */
function fillZones(instances: Endpoints["instances"], { domains }: Inventory): InventoryInstance[] {
  const zoneOf = new Map(domains.flatMap((d) => (d.kind === "host" ? [[d.id, d.zone]] : [])));
  return instances.map((i) => ({ ...i, zone: i.zone ?? (i.host === undefined ? undefined : zoneOf.get(i.host)) }));
}

function linksOf({ client, shares, coupling, failover }: DependencyOrigin): Link[] {
  return shares.map(({ server, share }) => ({
    source: client,
    target: server,
    share,
    coupling: coupling.value,
    failover: failover.value,
  }));
}

/** Services with their load: the inventory's, else the peak of the window where a capacity gives it meaning. */
function describeServices(nodes: readonly Instance[], inventory: Inventory, traffic: Traffic) {
  const warnings: string[] = [];
  const known = new Map(inventory.services.map((s) => [s.id, s]));
  const peaks = new Map<string, number>();
  for (const { group, perSecond } of traffic.peaks) peaks.set(group, Math.max(perSecond, peaks.get(group) ?? 0));
  const sized = new Set(nodes.filter((n) => n.capacity !== undefined).map((n) => n.service));
  const ids = new Set(nodes.map((n) => n.service));
  const services = sortBy(ids, (id) => id).map((id): Service => {
    const { load, reserved = 0, collapse = 1 } = known.get(id) ?? {};
    if (load && !sized.has(id)) {
      warnings.push(`service ${id} has a load and none of its instances a capacity; it has no overload rule`);
    }
    return { id, load: sized.has(id) ? (load ?? peaks.get(id)) : undefined, reserved, collapse };
  });
  for (const { id } of sortBy(inventory.services, (s) => s.id)) {
    if (!ids.has(id)) warnings.push(`service ${id} has no instance and no traffic; it is left out of the graph`);
  }
  return { services, warnings };
}

/** The tier of each service: that of its replicas; where they differ the first in order, with a warning. */
function tiersOfServices(nodes: readonly Instance[]) {
  const tiers = new Map<string, Set<string>>();
  for (const { service, tier } of nodes) {
    if (tier !== undefined) tiers.set(service, (tiers.get(service) ?? new Set()).add(tier));
  }
  const chosen = sortBy(tiers, ([service]) => service).map(([service, found]) => {
    const sorted = sortBy(found, (t) => t);
    return { service, tier: sorted[0] ?? "", sorted };
  });
  return {
    tierOf: new Map(chosen.map(({ service, tier }) => [service, tier])),
    warnings: chosen
      .filter(({ sorted }) => sorted.length > 1)
      .map(
        ({ service, tier, sorted }) =>
          `replicas of ${service} are of the tiers ${sorted.join(" and ")}; dependencies on it are estimated as of ${tier}`,
      ),
  };
}

function listDomains(nodes: readonly Instance[], inventory: Inventory): Domain[] {
  const domains = new Map<string, Domain>();
  const add = (kind: Domain["kind"], id: string, prior: number) => domains.set(`${kind}/${id}`, { kind, id, prior });
  for (const { host, zone } of nodes) {
    if (host !== undefined) add("host", host, 0);
    if (zone !== undefined) add("zone", zone, 0);
  }
  for (const { kind, id, prior } of inventory.domains) add(kind, id, prior ?? 0);
  return [...domains.values()];
}

function describeExternal({ external }: Flows): ExternalTraffic[] {
  return sortBy(external, ([service]) => service).map(([service, volume]) => {
    const unit = commonUnit([volume]);
    return { service, volume: amountIn(volume, unit), unit };
  });
}

/** Says which overrides meet no dependency: most often a misspelt service. */
function warnOfOverrides({ nodes, links }: Topology, { dependencies }: Estimates): string[] {
  const serviceOf = new Map(nodes.map((n) => [n.id, n.service]));
  const services = new Set(serviceOf.values());
  const pairOf = (client: string | undefined, service: string | undefined) => JSON.stringify([client, service]);
  const pairs = new Set(links.map((l) => pairOf(serviceOf.get(l.source), serviceOf.get(l.target))));
  return dependencies.flatMap(({ client, service }) => {
    if (pairs.has(pairOf(client, service))) return [];
    const unknown = [...new Set([client, service])].filter((id) => !services.has(id));
    const reason =
      unknown.length > 0
        ? `${unknown.join(" and ")} is no service of the graph`
        : "there is no such traffic in the window";
    return [`dependencies: the override of ${client} into ${service} has no effect; ${reason}`];
  });
}

function warnOfUnknownServers({ unknownServers }: Flows): string[] {
  if (unknownServers.length === 0) return [];
  const shown = unknownServers.slice(0, 3).join(", ");
  const rest = unknownServers.length > 3 ? `${shown}, …` : shown;
  return [
    `instances connect to ${unknownServers.length} address(es) that the inventory does not know (${rest}); the simulation leaves them out`,
  ];
}
