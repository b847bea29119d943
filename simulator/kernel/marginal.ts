import { LEVEL_RATES, levelOf, NO_LEVEL, windowOf } from "../causes.js";
import { type CompiledTopology, seedCount } from "../compile.js";
import { type MarginalCounts, runMarginal as runPlainly, STRIDE } from "../marginal.js";
import { Tally } from "../tally.js";
import { hasKernel, KernelSpace } from "./space.js";
import { layTopology, putIdentities, wide } from "./topology.js";

/** Worlds whose events are held at once, at most: what is often begun anew is soon compiled well, and fits the cache. */
const WINDOW = 2 ** 15;

/** Worlds that the kernel runs together. */
const BLOCK = 32;

/** Dependencies of those worlds that are known to be stuck to a replica, at most: what would be more is drawn again. */
const STUCK_ROOM = 2 ** 15;

/** `runMarginal` by the kernel, to the same counts; the plain engine where WebAssembly has no SIMD. */
export function runMarginal(
  topology: CompiledTopology,
  seed: number,
  from: number,
  to: number,
  onWorlds?: (count: number) => void,
): MarginalCounts {
  if (!hasKernel()) return runPlainly(topology, seed, from, to, onWorlds);
  const run = new MarginalRun(topology, seed, from, to, onWorlds);
  run.advance(to);
  return run.counts();
}

/** A marginal run in the kernel that is taken on in steps, over worlds from…to−1. */
export class MarginalRun {
  private readonly space = new KernelSpace();
  private readonly replicaOf: Uint32Array;
  private readonly window: number;
  private readonly tally: Tally;
  private caused = 0;
  /** First world of the window whose events are drawn, and the one after its last. */
  private base: number;
  private windowEnd: number;

  constructor(
    topology: CompiledTopology,
    seed: number,
    private reached: number,
    private readonly end: number,
    onWorlds?: (count: number) => void,
  ) {
    this.replicaOf = layTopology(this.space, topology, seed);
    this.window = Math.min(WINDOW, windowOf(topology), Math.max(1, end - reached));
    layCauses(this.space, topology, this.replicaOf, this.window);
    layMarginal(this.space, topology);
    this.space.exports.openStreams(reached, end);
    this.base = reached;
    this.windowEnd = reached;
    this.tally = new Tally(STRIDE, onWorlds);
  }

  /** Runs the worlds up to, and without, `to`: at most the last of the run. */
  advance(to: number): void {
    const { gatherEvents, runCaused } = this.space.exports;
    while (this.reached < to) {
      if (this.reached === this.windowEnd) {
        this.base = this.reached;
        this.windowEnd = Math.min(this.end, this.base + this.window);
        gatherEvents(this.base, this.windowEnd);
      }
      const stop = Math.min(to, this.windowEnd, this.reached + STRIDE);
      this.caused += runCaused(this.base, this.reached - this.base, stop - this.base);
      this.tally.add(stop - this.reached);
      this.reached = stop;
    }
    this.tally.flush();
  }

  counts(): MarginalCounts {
    const byReplica = this.space.words("failedWorlds", this.replicaOf.length);
    return { caused: this.caused, failed: Float64Array.from(this.replicaOf, (replica) => byReplica[replica]!) };
  }
}

/** @param window worlds whose events are held at once */
function layCauses(space: KernelSpace, topology: CompiledTopology, replicaOf: Uint32Array, window: number): void {
  const { priors, memberStart, members } = topology;
  const instances = replicaOf.length;
  const causes = seedCount(topology);
  const starts = new Uint32Array(causes + 1);
  const failing = new Uint32Array(instances + members.length);
  failing.set(replicaOf);
  for (let m = 0; m < members.length; m++) failing[instances + m] = replicaOf[members[m]!]!;
  for (let cause = 0; cause <= causes; cause++) {
    starts[cause] = cause <= instances ? cause : instances + memberStart[cause - instances]!;
  }
  const lowest = new Uint32Array(causes);
  const thresholds = new Float64Array(causes);
  let streams = 0;
  // Most have the prior of the one before.
  let known = { level: NO_LEVEL, threshold: 0 };
  for (let cause = 0; cause < causes; cause++) {
    const prior = priors[cause]!;
    if (prior !== priors[cause - 1]) known = prior > 0 ? levelOf(prior) : { level: NO_LEVEL, threshold: 0 };
    lowest[cause] = known.level;
    thresholds[cause] = known.threshold;
    streams += NO_LEVEL - known.level;
  }

  space.set("causeCount", causes);
  putIdentities(space, "cause", topology.causeIdentities);
  space.put("lowestLevel", lowest);
  space.put("causeThreshold", wide(thresholds));
  space.put("levelRate", Float64Array.from(LEVEL_RATES));
  space.put("causeStart", starts);
  space.put("causeMembers", failing);
  space.reserve("streamWorld", 8 * streams);
  space.reserve("streamIndex", 4 * streams);
  space.reserve("streamCause", 4 * streams);
  space.reserve("streamLevel", 4 * streams);
  const room = eventRoom(topology.priors, window);
  space.set("eventRoom", room);
  space.reserve("eventWorld", 4 * room);
  space.reserve("eventCause", 4 * room);
  space.reserve("causeEvents", 4 * room);
  space.reserve("windowStart", 4 * (window + 2));
}

/**
 * Events that a window may have. Each is independent of the others, and all levels of a prior p together have
 * −ln(1 − p) a world at most, or 1 + ln 2 where p is above a half: 24 standard deviations are left beside that mean.
 */
function eventRoom(priors: Float64Array, window: number): number {
  const mean = window * priors.reduce((sum, prior) => sum + Math.min(1.7, -Math.log1p(-Math.min(prior, 0.9))), 0);
  return Math.ceil(mean + 24 * Math.sqrt(mean) + 1000);
}

function layMarginal(space: KernelSpace, topology: CompiledTopology): void {
  const [instances, services, dependencies] = [
    topology.instanceIds.length,
    topology.serviceIds.length,
    topology.client.length,
  ];
  const quads = Math.ceil(dependencies / 4) + services;
  space.reserve("quadStart", 4 * (services + 1));
  space.reserve("stickyQuads", 64 * quads);
  space.reserve("hasAlways", services);
  space.reserve("failedWorlds", 4 * instances);
  space.reserve("failedIn", 4 * instances);
  space.reserve("outIn", 4 * services);
  space.reserve("openedIn", 4 * services);
  space.reserve("failed", 4 * BLOCK * instances);
  space.reserve("stuckHead", 4 * instances);
  const stuckRoom = Math.min(STUCK_ROOM, BLOCK * dependencies);
  space.set("stuckRoom", stuckRoom);
  space.reserve("stuckEntries", 8 * (stuckRoom + 1));
  space.exports.prepareMarginal();
}
