import type { CompiledTopology } from "../compile.js";
import { KernelSpace } from "./space.js";
import { layTopology, MASK_BITS, reserveLists } from "./topology.js";

/** Worlds that the kernel draws coins for at once. */
export const GROUP = 512;

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
    layTopology(this.space, topology, runSeed, seeds);
    const { replicaStart } = topology;
    this.canMemo = topology.serviceIds.every((_, s) => replicaStart[s + 1]! - replicaStart[s]! <= MASK_BITS);
    this.sumsPlace = this.space.reserve("sums", seeds.length * GROUP_BATCHES * 8);
    this.space.reserve("drawnGroup", 4 * topology.serviceIds.length);
  }

  /** Criticality lost since it was last cleared: seed · 8 + batch. Take it anew after each run: memory may move. */
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
      for (let world = from; world < to; world++) exports.runWorld(world, seedFrom, seedTo);
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
      if (engine === "memo") this.space.words("openedWorld", services).fill(0);
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
    space.reserve("queue", 4 * (services + 1));
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
    reserveLists(space, topology);
    for (const set of ["A", "B"]) {
      space.reserve(`mask${set}`, 4 * services);
      space.reserve(`merged${set}`, services);
      // Every change brings a replica that was not failed before, or takes an outage in; so does every entry of the queue.
      space.reserve(`log${set}`, 12 * (instances + services + 1));
      space.reserve(`queue${set}`, 8 * (instances + 1));
    }
    space.reserve("bucketHead", 4 * services);
    space.reserve("bucketNext", 4 * this.seeds.length);
    space.reserve("buckets", 4 * services);
    space.reserve("closureEpoch", 4 * services);
    space.reserve("closurePlace", 4 * services);
    space.reserve("closureLost", 8 * services);
    const every = 16 * services * (services + 3);
    const bytes = Math.min(every, ARENA_BYTES);
    const arena = space.reserve("arena", bytes);
    space.set("arenaEnd", arena + bytes);
  }
}
