import { forEachCausedWorld } from "../causes.js";
import type { CompiledTopology } from "../compile.js";
import { type MarginalCounts, runMarginal as runPlainly, STRIDE } from "../marginal.js";
import { allSeeds } from "../seeds.js";
import { Tally } from "../tally.js";
import { membersOf } from "./conditional.js";
import { hasKernel, KernelSpace } from "./space.js";
import { layTopology } from "./topology.js";

/** Worlds that are put into the kernel at once, and how much may fail by itself in them before they are run. */
const WORLDS = 4096;
const CAUSES = 65536;

const TWO_32 = 2 ** 32;

/** `runMarginal` by the kernel, to the same counts; the plain engine where WebAssembly has no SIMD. */
export function runMarginal(
  topology: CompiledTopology,
  seed: number,
  from: number,
  to: number,
  onWorlds?: (count: number) => void,
): MarginalCounts {
  if (!hasKernel()) return runPlainly(topology, seed, from, to, onWorlds);
  const members = membersOf(topology, allSeeds(topology));
  const space = new KernelSpace();
  const replicaOf = layTopology(space, topology, seed, []);
  // A world that is begun with fewer than CAUSES before it has room, even where everything fails in it.
  const room = members.reduce((sum, list) => sum + list.length, CAUSES);
  layMarginal(space, topology, room);

  const worlds = space.words("worlds", WORLDS);
  const starts = space.words("causeStart", WORLDS + 1);
  const causes = space.words("causes", room);
  const tally = new Tally(STRIDE, onWorlds);
  let caused = 0;
  let count = 0;
  let last = from;
  const flush = () => {
    if (count === 0) return;
    space.exports.runCaused(count);
    const reached = worlds[count - 1]! + 1;
    tally.add(reached - last);
    last = reached;
    caused += count;
    count = 0;
  };
  forEachCausedWorld(topology, seed, from, to, (world, fired, start, end) => {
    if (count > 0 && starts[count]! >= CAUSES) flush();
    let at = count === 0 ? 0 : starts[count]!;
    worlds[count] = world;
    starts[count] = at;
    for (let c = start; c < end; c++) {
      // One that fired more than once stands there as often, together.
      if (c > start && fired[c] === fired[c - 1]) continue;
      for (const instance of members[fired[c]!]!) causes[at++] = replicaOf[instance]!;
    }
    starts[++count] = at;
    if (count === WORLDS) flush();
  });
  flush();
  tally.add(to - last);
  tally.flush();
  const byReplica = space.words("failedWorlds", replicaOf.length);
  return { caused, failed: Float64Array.from(replicaOf, (replica) => byReplica[replica]!) };
}

function layMarginal(space: KernelSpace, topology: CompiledTopology, room: number): void {
  const [instances, services, dependencies] = [
    topology.instanceIds.length,
    topology.serviceIds.length,
    topology.client.length,
  ];
  const padded = (values: Float64Array, of: (threshold: number) => number) => {
    const words = new Uint32Array(dependencies + 8);
    words.set(values.map(of));
    return words;
  };
  for (const [name, thresholds] of [
    ["needs", topology.needsThreshold],
    ["sticky", topology.stickyThreshold],
  ] as const) {
    space.put(
      `${name}Rest`,
      padded(thresholds, (t) => t % TWO_32),
    );
    space.put(
      `${name}Always`,
      padded(thresholds, (t) => (t === TWO_32 ? TWO_32 - 1 : 0)),
    );
  }
  space.reserve("worlds", 4 * WORLDS);
  space.reserve("causeStart", 4 * (WORLDS + 1));
  space.reserve("causes", 4 * room);
  space.reserve("failedWorlds", 4 * instances);
  space.reserve("isFailed", instances);
  space.reserve("down", 4 * services);
  space.reserve("isOut", services);
  space.reserve("failed", 4 * instances);
  space.reserve("openedWorld", 4 * services);
  let most = 0;
  for (let s = 0; s < services; s++) {
    most = Math.max(most, topology.dependencyStart[s + 1]! - topology.dependencyStart[s]!);
  }
  space.reserve("fired", 4 * (most + 8));
  space.reserve("undecided", 4 * (most + 8));
  space.reserve("stuckHead", 4 * instances);
  space.reserve("stuckNext", 4 * dependencies);
}
