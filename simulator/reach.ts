import type { CompiledTopology } from "./compile.js";

/**
 * The criticality (in units) that a seed's failure can reach at all, whatever the coins: every client that may need a
 * service with a failed replica, and every replica of a service that overload may bring down; the seed's own left out.
 */
export function reachableCriticality(topology: CompiledTopology, seed: number): number {
  const { instanceIds, memberStart, members, serviceOf, replicaStart, replicas, dependencyStart, client } = topology;
  const domain = seed - instanceIds.length;
  const seeds = domain < 0 ? [seed] : Array.from(members.subarray(memberStart[domain]!, memberStart[domain + 1]!));
  const reached = new Uint8Array(instanceIds.length);
  const opened = new Uint8Array(topology.serviceIds.length);
  const queue = [...seeds];
  for (const instance of queue) reached[instance] = 1;
  let sum = 0;
  const reach = (instance: number) => {
    if (reached[instance] === 1) return;
    reached[instance] = 1;
    sum += topology.criticality[instance]!;
    queue.push(instance);
  };
  for (const instance of queue) {
    const service = serviceOf[instance]!;
    if (opened[service] === 1) continue;
    opened[service] = 1;
    for (let d = dependencyStart[service]!; d < dependencyStart[service + 1]!; d++) {
      if (topology.needsThreshold[d]! > 0) reach(client[d]!);
    }
    if (Number.isNaN(topology.load[service]!) || topology.collapseThreshold[service] === 0) continue;
    for (let r = replicaStart[service]!; r < replicaStart[service + 1]!; r++) reach(replicas[r]!);
  }
  return sum;
}
