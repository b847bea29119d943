import type { CompiledTopology } from "./compile.js";
import type { World } from "./world.js";

/**
 * The least fixpoint of the three rules in one world. `failed` holds the failed instances, seeds first, `count` of them;
 * `isFailed` says it by instance. `clear` before the next use.
 */
export class Cascade {
  readonly failed: Int32Array;
  readonly isFailed: Uint8Array;
  count = 0;

  private readonly down: Int32Array;
  private readonly outageDone: Uint8Array;

  constructor(private readonly topology: CompiledTopology) {
    this.failed = new Int32Array(topology.instanceIds.length);
    this.isFailed = new Uint8Array(topology.instanceIds.length);
    this.down = new Int32Array(topology.serviceIds.length);
    this.outageDone = new Uint8Array(topology.serviceIds.length);
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) {
      const instance = this.failed[i]!;
      this.isFailed[instance] = 0;
      const service = this.topology.serviceOf[instance]!;
      this.down[service] = 0;
      this.outageDone[service] = 0;
    }
    this.count = 0;
  }

  /** Fails a seed: an instance, or a domain with all on it (numbered as by `seedCount`). */
  seed(seed: number): void {
    const { instanceIds, memberStart, members } = this.topology;
    const domain = seed - instanceIds.length;
    if (domain < 0) {
      this.fail(seed);
      return;
    }
    for (let m = memberStart[domain]!; m < memberStart[domain + 1]!; m++) this.fail(members[m]!);
  }

  /** Closes the failed set under the rules. A worklist: each failed instance is looked at once. */
  spread(world: World): void {
    const { serviceOf, replicaStart, dependencyStart, client } = this.topology;
    for (let head = 0; head < this.count; head++) {
      const instance = this.failed[head]!;
      const service = serviceOf[instance]!;
      if (this.outageDone[service] === 1) continue;
      world.open(service);
      const replicas = replicaStart[service + 1]! - replicaStart[service]!;
      if (
        this.down[service]! < replicas &&
        world.collapses(service) &&
        overloaded(this.topology, service, this.isFailed)
      ) {
        this.failService(service);
      }
      if (this.down[service] === replicas) {
        this.outageDone[service] = 1;
        const first = dependencyStart[service]!;
        const end = first + world.needingCount[service]!;
        for (let i = first; i < end; i++) this.fail(world.needing[i]!);
      } else {
        for (let d = world.stuckHead[instance]!; d >= 0; d = world.stuckNext[d]!) this.fail(client[d]!);
      }
    }
  }

  private failService(service: number): void {
    const { replicaStart, replicas } = this.topology;
    for (let r = replicaStart[service]!; r < replicaStart[service + 1]!; r++) this.fail(replicas[r]!);
  }

  private fail(instance: number): void {
    if (this.isFailed[instance] === 1) return;
    this.isFailed[instance] = 1;
    this.failed[this.count++] = instance;
    this.down[this.topology.serviceOf[instance]!]! += 1;
  }
}

/**
 * Whether a service's survivors are over the utilisation limit (rule 3, without its "some replica failed" and collapse).
 * Survivors are summed in id order, then the reservation is added: the order of floating-point operations is part of the
 * result.
 */
export function overloaded(topology: CompiledTopology, service: number, isFailed: Uint8Array): boolean {
  const load = topology.load[service]!;
  if (Number.isNaN(load)) return false;
  let capacity = 0;
  for (let r = topology.replicaStart[service]!; r < topology.replicaStart[service + 1]!; r++) {
    const replica = topology.replicas[r]!;
    if (isFailed[replica] === 0) capacity += topology.capacity[replica]!;
  }
  const limit = topology.utilisationLimit * (capacity + topology.reserved[service]!);
  return load > limit + 1e-9 * Math.max(1, load);
}
