import type { Topology } from "../graph/types.js";
import { InputError, type Problem } from "../input/problems.js";

/**
 * What compiling relies on: ids once each, every end of a link there, a replica for every service.
 * A topology that was read from JSON is checked long before (`graph/topology`); this is for one made in a program.
 *
 * @param instances id to place, of the nodes
 * @param services id to place, of the services
 * @throws InputError with every problem
 */
export function assertConsistent(
  topology: Topology,
  instances: ReadonlyMap<string, number>,
  services: ReadonlyMap<string, number>,
): void {
  const problems: Problem[] = [];
  const staffed = new Set(topology.nodes.map((node) => node.service));
  if (instances.size < topology.nodes.length)
    problems.push({ place: "nodes", message: "ids repeat, expected each once" });
  if (services.size < topology.services.length) {
    problems.push({ place: "services", message: "ids repeat, expected each once" });
  }
  for (const [i, service] of topology.services.entries()) {
    if (!staffed.has(service.id)) {
      problems.push({ place: `services[${i}]`, message: `no node has service ${service.id}: add one or leave it out` });
    }
  }
  for (const [i, node] of topology.nodes.entries()) {
    if (!services.has(node.service)) {
      problems.push({ place: `nodes[${i}].service`, message: `no service ${node.service}: add it to services` });
    }
  }
  const pairs = new Map<string, Set<string>>();
  for (const [i, link] of topology.links.entries()) {
    for (const end of ["source", "target"] as const) {
      if (!instances.has(link[end])) {
        problems.push({ place: `links[${i}].${end}`, message: `no node ${link[end]}: add it to nodes` });
      }
    }
    const targets = pairs.get(link.source) ?? new Set();
    if (targets.has(link.target)) {
      problems.push({ place: `links[${i}]`, message: `second link from ${link.source} to ${link.target}: merge them` });
    }
    pairs.set(link.source, targets.add(link.target));
  }
  if (problems.length > 0) throw new InputError("topology", problems);
}
