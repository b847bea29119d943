import { BLOCK, type CoinKey, coinKey, drawBlock, openUniform, PURPOSE, wordOf } from "./coins.js";
import type { CompiledTopology } from "./compile.js";
import { negativeLog } from "./negativeLog.js";

const NONE = -1;

/**
 * The coins of one world at a time, as the two lists that the rules ask for. Drawn only for services that something
 * failed in: Bernoulli coins for the 128 worlds of a block at once, choices for a world.
 */
export class World {
  /** Clients that need a service, by service: clients of s are needing[dependencyStart[s]] … for needingCount[s]. */
  readonly needing: Int32Array;
  readonly needingCount: Int32Array;
  /** Dependencies stuck to an instance: a list that starts at stuckHead[instance] and goes on by stuckNext. */
  readonly stuckHead: Int32Array;
  readonly stuckNext: Int32Array;

  private readonly key: CoinKey;
  private readonly needs: Uint32Array;
  private readonly sticky: Uint32Array;
  private readonly collapse: Uint32Array;
  private readonly drawnBlock: Int32Array;
  private readonly drawnWorld: Int32Array;
  private world = NONE;
  private block = NONE;
  private word = 0;
  private bit = 0;

  constructor(
    private readonly topology: CompiledTopology,
    seed: number,
  ) {
    const dependencies = topology.client.length;
    const services = topology.serviceIds.length;
    this.key = coinKey(seed);
    this.needing = new Int32Array(dependencies);
    this.needingCount = new Int32Array(services);
    this.stuckHead = new Int32Array(topology.instanceIds.length);
    this.stuckNext = new Int32Array(dependencies);
    this.needs = new Uint32Array(4 * dependencies);
    this.sticky = new Uint32Array(4 * dependencies);
    this.collapse = new Uint32Array(4 * services);
    this.drawnBlock = new Int32Array(services).fill(NONE);
    this.drawnWorld = new Int32Array(services).fill(NONE);
  }

  enter(world: number): void {
    this.world = world;
    this.block = Math.floor(world / BLOCK);
    this.word = (world % BLOCK) >>> 5;
    this.bit = 1 << (world & 31);
  }

  /** Makes a service's lists those of the entered world. */
  open(service: number): void {
    if (this.drawnWorld[service] === this.world) return;
    this.drawnWorld[service] = this.world;
    if (this.drawnBlock[service] !== this.block) this.drawBlock(service);
    const { dependencyStart, replicaStart, replicas, client } = this.topology;
    for (let r = replicaStart[service]!; r < replicaStart[service + 1]!; r++) this.stuckHead[replicas[r]!] = NONE;
    const first = dependencyStart[service]!;
    const end = dependencyStart[service + 1]!;
    let count = 0;
    for (let d = first; d < end; d++) {
      if ((this.needs[4 * d + this.word]! & this.bit) === 0) continue;
      this.needing[first + count++] = client[d]!;
      if ((this.sticky[4 * d + this.word]! & this.bit) === 0) continue;
      const replica = this.choose(d);
      this.stuckNext[d] = this.stuckHead[replica]!;
      this.stuckHead[replica] = d;
    }
    this.needingCount[service] = count;
  }

  /** Whether overload brings an opened service's survivors down in the entered world. */
  collapses(service: number): boolean {
    return (this.collapse[4 * service + this.word]! & this.bit) !== 0;
  }

  private drawBlock(service: number): void {
    this.drawnBlock[service] = this.block;
    const t = this.topology;
    for (let d = t.dependencyStart[service]!; d < t.dependencyStart[service + 1]!; d++) {
      drawBlock(
        this.needs,
        this.sticky,
        4 * d,
        this.key,
        t.dependencyIdentities,
        d,
        PURPOSE.dependency,
        this.block,
        t.needsThreshold[d]!,
        t.stickyThreshold[d]!,
      );
    }
    const threshold = t.collapseThreshold[service]!;
    drawBlock(
      this.collapse,
      this.collapse,
      4 * service,
      this.key,
      t.serviceIdentities,
      service,
      PURPOSE.collapse,
      this.block,
      threshold,
      threshold,
    );
  }

  /** Weighted rendezvous: the candidate with the smallest −ln(u)/share, ties to the smaller id. */
  private choose(dependency: number): number {
    const { candidateStart, candidates, candidateIdentities, shares } = this.topology;
    const first = candidateStart[dependency]!;
    const end = candidateStart[dependency + 1]!;
    let chosen = candidates[first]!;
    if (end - first === 1) return chosen;
    let best = Number.POSITIVE_INFINITY;
    for (let c = first; c < end; c++) {
      const word = wordOf(this.key, candidateIdentities, c, PURPOSE.rendezvous, this.world);
      const score = negativeLog(openUniform(word)) / shares[c]!;
      if (score < best) {
        best = score;
        chosen = candidates[c]!;
      }
    }
    return chosen;
  }
}
