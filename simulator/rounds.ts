import { type CompiledTopology, seedName } from "./compile.js";
import { overloaded } from "./propagate.js";
import type { FailureStep } from "./types.js";
import type { World } from "./world.js";

const NONE = -1;

interface Origin {
  readonly rule: FailureStep["rule"];
  /** What failed before: an instance, or the domain (numbered as a seed) for rule `domain`; none for a cause. */
  readonly parent: number;
  readonly service?: number;
}

/**
 * The same fixpoint in synchronous rounds, each of which applies every rule to the failed set of the round before, so
 * that what failed an instance first does not depend on an order of evaluation. Within a round rule 1 goes before 2
 * before 3, and of several services the one with the smallest id. The parent is the chosen replica for rule 1, and for
 * rules 2 and 3 the service's replica that failed in the latest round, of several the smallest id.
 */
export class Rounds {
  private readonly origins: (Origin | undefined)[];
  private readonly round: Int32Array;
  private readonly isFailed: Uint8Array;

  constructor(private readonly topology: CompiledTopology) {
    this.origins = new Array(topology.instanceIds.length).fill(undefined);
    this.round = new Int32Array(topology.instanceIds.length);
    this.isFailed = new Uint8Array(topology.instanceIds.length);
  }

  /** @param seeds instances and domains, numbered as by `seedCount`, in any order, repeats allowed */
  run(world: World, seeds: Iterable<number>): void {
    this.origins.fill(undefined);
    this.round.fill(NONE);
    this.isFailed.fill(0);
    let latest = this.start(seeds);
    for (let round = 1; latest.length > 0; round++) {
      const touched = new Set(latest.map((instance) => this.topology.serviceOf[instance]!));
      const services = [...touched].sort((x, y) => x - y);
      for (const service of services) world.open(service);
      const found = new Map<number, Origin>();
      this.applyStickyLoss(world, latest, found);
      for (const service of services) this.applyOutage(world, service, found);
      for (const service of services) this.applyOverload(world, service, found);
      latest = [...found.keys()];
      for (const [instance, origin] of found) this.fail(instance, origin, round);
    }
  }

  /** From the cause to a failed instance. */
  pathTo(instance: number): FailureStep[] {
    const steps: FailureStep[] = [];
    for (let at = instance; at !== NONE; ) {
      const origin = this.origins[at];
      if (origin === undefined) {
        steps.push({ id: seedName(this.topology, at), rule: "cause" });
        break;
      }
      const id = this.topology.instanceIds[at]!;
      const service = origin.service === undefined ? undefined : this.topology.serviceIds[origin.service];
      steps.push(service === undefined ? { id, rule: origin.rule } : { id, rule: origin.rule, service });
      at = origin.parent;
    }
    return steps.reverse();
  }

  private start(seeds: Iterable<number>): number[] {
    const { instanceIds, memberStart, members } = this.topology;
    const started: number[] = [];
    // Instances come before domains, and domains in order of id: who is a cause itself is not put down to its host.
    for (const seed of [...new Set(seeds)].sort((x, y) => x - y)) {
      const domain = seed - instanceIds.length;
      const hit = domain < 0 ? [seed] : members.subarray(memberStart[domain]!, memberStart[domain + 1]!);
      for (const instance of hit) {
        if (this.isFailed[instance] === 1) continue;
        this.fail(instance, domain < 0 ? { rule: "cause", parent: NONE } : { rule: "domain", parent: seed }, 0);
        started.push(instance);
      }
    }
    return started;
  }

  private fail(instance: number, origin: Origin, round: number): void {
    this.isFailed[instance] = 1;
    this.round[instance] = round;
    this.origins[instance] = origin;
  }

  private applyStickyLoss(world: World, latest: readonly number[], found: Map<number, Origin>): void {
    for (const replica of latest) {
      const service = this.topology.serviceOf[replica]!;
      for (let d = world.stuckHead[replica]!; d >= 0; d = world.stuckNext[d]!) {
        const client = this.topology.client[d]!;
        const before = found.get(client);
        if (this.isFailed[client] === 1 || (before?.service !== undefined && before.service <= service)) continue;
        found.set(client, { rule: "stickyLoss", parent: replica, service });
      }
    }
  }

  private applyOutage(world: World, service: number, found: Map<number, Origin>): void {
    const { replicaStart, replicas, dependencyStart } = this.topology;
    for (let r = replicaStart[service]!; r < replicaStart[service + 1]!; r++) {
      if (this.isFailed[replicas[r]!] === 0) return;
    }
    const origin: Origin = { rule: "outage", parent: this.latestReplica(service), service };
    const first = dependencyStart[service]!;
    for (let i = first; i < first + world.needingCount[service]!; i++) this.find(world.needing[i]!, origin, found);
  }

  private applyOverload(world: World, service: number, found: Map<number, Origin>): void {
    if (!world.collapses(service) || !overloaded(this.topology, service, this.isFailed)) return;
    const { replicaStart, replicas } = this.topology;
    const origin: Origin = { rule: "overload", parent: this.latestReplica(service), service };
    for (let r = replicaStart[service]!; r < replicaStart[service + 1]!; r++) this.find(replicas[r]!, origin, found);
  }

  private find(instance: number, origin: Origin, found: Map<number, Origin>): void {
    if (this.isFailed[instance] === 0 && !found.has(instance)) found.set(instance, origin);
  }

  private latestReplica(service: number): number {
    const { replicaStart, replicas } = this.topology;
    let latest = replicas[replicaStart[service]!]!;
    for (let r = replicaStart[service]!; r < replicaStart[service + 1]!; r++) {
      if (this.round[replicas[r]!]! > this.round[latest]!) latest = replicas[r]!;
    }
    return latest;
  }
}
