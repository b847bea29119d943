import { forEachCausedWorld } from "../causes.js";
import { type CompiledTopology, seedCount } from "../compile.js";
import { type MarginalCounts, runMarginal as runPlainly, STRIDE } from "../marginal.js";
import { Tally } from "../tally.js";
import { membersOf } from "./conditional.js";
import { hasKernel, KernelSpace } from "./space.js";
import { layTopology } from "./topology.js";

/** Worlds that are put into the kernel at once, and the room for what fails in them by itself. */
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
  const members = membersOf(
    topology,
    Int32Array.from({ length: seedCount(topology) }, (_, i) => i),
  );
  const widest = members.reduce((most, list) => Math.max(most, list.length), 0);
  if (!hasKernel() || widest * seedCount(topology) > CAUSES * WORLDS) {
    return runPlainly(topology, seed, from, to, onWorlds);
  }
  const space = new KernelSpace();
  const replicaOf = layTopology(space, topology, seed, []);
  const total = members.reduce((sum, list) => sum + list.length, 0);
  const room = Math.max(CAUSES, total);
  layMarginal(space, topology, room);

  const memory = space.exports.memory.buffer;
  const worlds = new Uint32Array(memory, space.get("worlds"), WORLDS);
  const starts = new Uint32Array(memory, space.get("causeStart"), WORLDS + 1);
  const causes = new Uint32Array(memory, space.get("causes"), room);
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
    let at = count === 0 ? 0 : starts[count]!;
    let size = 0;
    for (let c = start; c < end; c++) size += members[fired[c]!]!.length;
    if (at + size > room) {
      flush();
      at = 0;
    }
    worlds[count] = world;
    starts[count] = at;
    for (let c = start; c < end; c++) for (const instance of members[fired[c]!]!) causes[at++] = replicaOf[instance]!;
    starts[++count] = at;
    if (count === WORLDS) flush();
  });
  flush();
  tally.add(to - last);
  tally.flush();
  const byReplica = new Uint32Array(memory, space.get("failedWorlds"), replicaOf.length);
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
  space.reserve("needing", 8 * dependencies);
  space.reserve("needingCount", 4 * services);
  space.reserve("stuckHead", 4 * instances);
  space.reserve("stuckNext", 4 * dependencies);
}
