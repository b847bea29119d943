import { type Problem, show } from "../input/problems.js";
import { findDuplicates } from "./duplicates.js";
import type { Instance, Link, Topology } from "./types.js";

/** How far the shares of one client into one service may sum from 1. */
export const shareTolerance = 1e-6;

/**
 * What is wrong with the meaning of a topology whose structure is right. Places are indices into its arrays as they
 * were written.
 */
export function findTopologyProblems(topology: Topology): Problem[] {
  const { services, domains, nodes, links } = topology;
  return [
    ...findDuplicates(services, "services", "id", (s) => s.id),
    ...findDuplicates(domains, "domains", "id", (d) => `${d.kind}/${d.id}`),
    ...findDuplicates(nodes, "nodes", "id", (n) => n.id),
    ...findDuplicates(links, "links", "target", (l) => `${l.source} -> ${l.target}`),
    ...findServiceProblems(topology),
    ...findSplitHosts(nodes, "nodes"),
    ...findLinkProblems(topology),
  ];
}

function findServiceProblems({ services, nodes }: Topology): Problem[] {
  const served = new Set(nodes.map((n) => n.service));
  const listed = new Set(services.map((s) => s.id));
  const unlisted = nodes.flatMap(({ service }, i): Problem[] => {
    if (listed.has(service)) return [];
    return [
      { place: `nodes[${i}].service`, message: `${show(service)} is not among the services; list it or correct it` },
    ];
  });
  const sized = new Set(nodes.filter((n) => n.capacity !== undefined).map((n) => n.service));
  const declared = services.flatMap((service, i): Problem[] => {
    if (!served.has(service.id)) {
      const message = `service ${service.id} has no replica among the nodes; add a node of it or remove the service`;
      return [{ place: `services[${i}].id`, message }];
    }
    if (service.load === undefined || service.load === 0 || sized.has(service.id)) return [];
    const message = `${service.load}: no replica of ${service.id} has a capacity; give its nodes a capacity or remove the load`;
    return [{ place: `services[${i}].load`, message }];
  });
  return [...unlisted, ...declared];
}

/** A host stands in one zone: instances on it that name different zones contradict each other. */
export function findSplitHosts(instances: readonly Pick<Instance, "host" | "zone">[], list: string): Problem[] {
  const zones = new Map<string, { zone: string; index: number }>();
  return instances.flatMap(({ host, zone }, index): Problem[] => {
    if (host === undefined || zone === undefined) return [];
    const first = zones.get(host);
    if (first === undefined) zones.set(host, { zone, index });
    if (first === undefined || first.zone === zone) return [];
    const message = `${show(zone)}: host ${host} is in zone ${first.zone} at ${list}[${first.index}]; a host stands in one zone, correct one of them`;
    return [{ place: `${list}[${index}].zone`, message }];
  });
}

interface Group {
  readonly client: string;
  readonly service: string;
  readonly first: { readonly link: Link; readonly index: number };
  last: number;
  sum: number;
}

function findLinkProblems({ nodes, links }: Topology): Problem[] {
  const problems: Problem[] = [];
  const serviceOf = new Map(nodes.map((n) => [n.id, n.service]));
  const groups = new Map<string, Group>();
  links.forEach((link, index) => {
    const place = `links[${index}]`;
    for (const end of ["source", "target"] as const) {
      if (serviceOf.has(link[end])) continue;
      const message = `${show(link[end])} is not the id of a node; add the node or correct the id`;
      problems.push({ place: `${place}.${end}`, message });
    }
    const service = serviceOf.get(link.target);
    if (service === undefined) return;
    if (link.source === link.target) {
      const message = `${show(link.target)}: an instance cannot depend on itself; put its share on the other replicas of ${service}`;
      problems.push({ place: `${place}.target`, message });
    }
    const key = JSON.stringify([link.source, service]);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { client: link.source, service, first: { link, index }, last: index, sum: link.share });
      return;
    }
    group.sum += link.share;
    group.last = index;
    problems.push(...findDifferences(link, place, group));
  });
  for (const { client, service, last, sum } of groups.values()) {
    if (Math.abs(sum - 1) <= shareTolerance) continue;
    const message = `shares of ${client} into ${service} sum to ${Number(sum.toPrecision(12))}, expected 1`;
    problems.push({ place: `links[${last}].share`, message });
  }
  return problems;
}

function findDifferences(link: Link, place: string, { client, service, first }: Group): Problem[] {
  return (["coupling", "failover"] as const).flatMap((field) => {
    if (link[field] === first.link[field]) return [];
    const message =
      `${link[field]}: ${client} into ${service} has ${field} ${first.link[field]} at links[${first.index}]; ` +
      "links of one client into one service carry the same, correct one of them";
    return [{ place: `${place}.${field}`, message }];
  });
}
