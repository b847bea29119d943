import type { CompiledTopology } from "../compile.js";
import { KernelSpace } from "./space.js";
import { laySeeds, layTopology, MASK_BITS } from "./topology.js";

/** Worlds that the kernel draws coins for at once. */
export const GROUP = 512;

/** Worlds whose lists the memo engine makes at once. */
const BLOCK = 32;

/** Batches of 64 worlds in a group. */
export const GROUP_BATCHES = 8;

/** Most room for the closures of one world; past it they are found again instead of kept. */
const ARENA_BYTES = 96 * 2 ** 20;

/** Two ways to run worlds of one topology and run seed, with the same coins and the same results. */
export type EngineName = "lanes" | "memo";

/**
 * The kernel with one topology and one list of seeds in it. `run` adds the criticality that each seed lost to `sums`, by
 * seed and batch of 64 worlds; both engines give the same sums, which are whole numbers of criticality units.
 */
export class KernelEngines {
  readonly space = new KernelSpace();
  readonly canMemo: boolean;
  private readonly prepared = new Set<EngineName>();
  private last: EngineName | undefined;
  private readonly sumsPlace: number;

  /** @param seeds members of each seed, as instances */
  constructor(
    private readonly topology: CompiledTopology,
    runSeed: number,
    private readonly seeds: readonly (readonly number[])[],
  ) {
    laySeeds(this.space, topology, seeds, layTopology(this.space, topology, runSeed));
    const { replicaStart } = topology;
    this.canMemo = topology.serviceIds.every((_, s) => replicaStart[s + 1]! - replicaStart[s]! <= MASK_BITS);
    this.sumsPlace = this.space.reserve("sums", seeds.length * GROUP_BATCHES * 8);
    this.space.reserve("drawnGroup", 4 * topology.serviceIds.length);
  }

  /** Criticality lost since it was last cleared: batch · seeds + seed. Take it anew after each run: memory may move. */
  get sums(): Float64Array {
    return new Float64Array(this.space.exports.memory.buffer, this.sumsPlace, this.seeds.length * GROUP_BATCHES);
  }

  /**
   * Some seeds in some worlds of one group.
   *
   * @param from first world; the worlds are in one group
   */
  run(engine: EngineName, from: number, to: number, seedFrom = 0, seedTo = this.seeds.length): void {
    this.enter(engine);
    const { exports } = this.space;
    if (engine === "memo") {
      for (const { number, worlds } of blocksOf(from, to)) exports.runBlock(number, worlds, seedFrom, seedTo);
      return;
    }
    this.limitTo(from, to);
    exports.runSeeds(Math.floor(from / GROUP), seedFrom, seedTo);
  }

  private enter(engine: EngineName): void {
    if (!this.prepared.has(engine)) {
      this.prepared.add(engine);
      if (engine === "memo") this.prepareMemo();
      else this.prepareLanes();
    }
    if (this.last !== engine) {
      // Each engine keeps the drawn coins in a form of its own.
      const services = this.topology.serviceIds.length;
      this.space.words("drawnGroup", services).fill(0);
    }
    this.last = engine;
  }

  /** Rows hold worlds 128·b + 32·w … of a group in word 4·w + b. */
  private limitTo(from: number, to: number): void {
    const row = this.space.words("validRow", 16);
    row.fill(0);
    for (let world = from; world < to; world++) {
      const lane = world % GROUP;
      const word = ((lane >> 5) & 3) * 4 + (lane >> 7);
      row[word] = row[word]! | (1 << (lane & 31));
    }
  }

  private prepareLanes(): void {
    const { space, topology } = this;
    const [instances, services] = [topology.instanceIds.length, topology.serviceIds.length];
    const rows = (count: number) => 64 * count;
    let widest = 0;
    for (let s = 0; s < services; s++) {
      widest = Math.max(widest, topology.replicaStart[s + 1]! - topology.replicaStart[s]!);
    }
    space.reserve("needsRows", rows(topology.client.length));
    space.reserve("choiceRows", rows(topology.candidates.length));
    space.reserve("collapseRows", rows(services));
    space.reserve("outageRows", rows(services));
    space.reserve("failedRows", rows(instances));
    space.reserve("isTouched", instances);
    space.reserve("isChanged", instances);
    space.reserve("isQueued", services);
    space.reserve("isSeed", instances);
    space.reserve("isOpened", services);
    space.reserve("touched", 4 * instances);
    space.reserve("ring", 4 * (services + 1));
    space.reserve("changed", 4 * widest);
    space.reserve("openedServices", 4 * services);
  }

  private prepareMemo(): void {
    const { space, topology } = this;
    const [instances, services, dependencies] = [
      topology.instanceIds.length,
      topology.serviceIds.length,
      topology.client.length,
    ];
    space.reserve("needsWords", 64 * dependencies);
    space.reserve("stickyWords", 64 * dependencies);
    space.reserve("collapseWords", 64 * services);
    space.reserve("openedWord", 4 * services);
    space.reserve("stuckWorlds", 4 * instances);
    space.reserve("stuckHeads", 4 * BLOCK * instances);
    space.reserve("entries", 8 * BLOCK * dependencies);
    space.reserve("entryCounts", 4 * BLOCK);
    space.reserve("needing", 4 * dependencies);
    space.reserve("needingEpoch", 4 * services);
    space.reserve("needingCount", 4 * services);
    space.reserve("state", 4 * services);
    // Every change brings a replica that was not failed before, or takes an outage in; a change has one entry of the queue.
    space.reserve("log", 8 * (instances + services + 1));
    space.reserve("queue", 8 * (instances + services + 1));
    space.reserve("active", 4 * this.seeds.length + 64);
    space.reserve("bucketHead", 4 * services);
    space.reserve("bucketNext", 4 * this.seeds.length);
    space.reserve("buckets", 4 * services);
    space.reserve("closureEpoch", 4 * services);
    space.reserve("closurePlace", 4 * services);
    space.reserve("closureLost", 8 * services);
    const every = (8 * services + 16) * (services + 1);
    const bytes = Math.min(every, ARENA_BYTES);
    const arena = space.reserve("arena", bytes);
    space.set("arenaEnd", arena + bytes);
  }
}

/** The blocks of worlds from…to−1 of one group, with a bit for each world of a block that is among them. */
function blocksOf(from: number, to: number): { number: number; worlds: number }[] {
  const blocks: { number: number; worlds: number }[] = [];
  for (let start = from; start < to; ) {
    const number = Math.floor(start / BLOCK);
    const end = Math.min(to, (number + 1) * BLOCK);
    blocks.push({ number, worlds: 2 ** (end - number * BLOCK) - 2 ** (start - number * BLOCK) });
    start = end;
  }
  return blocks;
}
