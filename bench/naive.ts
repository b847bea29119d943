import { BLOCK, coinKey, drawBlock, openUniform, PURPOSE, wordOf } from "../simulator/coins.js";
import type { CompiledTopology } from "../simulator/compile.js";
import { negativeLog } from "../simulator/negativeLog.js";

/** The coins of one world as plain lists, by dependency and by service. */
interface NaiveWorld {
  readonly needs: readonly boolean[];
  /** The replica that a sticky dependency is stuck to, else `NOT_STUCK`. */
  readonly stuckTo: readonly number[];
  readonly collapses: readonly boolean[];
}

const NOT_STUCK = -1;

interface NaiveService {
  readonly replicas: readonly { readonly id: number; readonly capacity: number }[];
  readonly clients: readonly { readonly id: number; readonly dependency: number }[];
  readonly load: number;
  readonly reserved: number;
}

/**
 * What one would write first, with care: the coins of every dependency drawn before a world is looked at, then a
 * worklist and a set for each seed, over objects and lists. It reads the same coins by the same calls as the simulator,
 * so its results are equal; it shares none of the propagation.
 *
 * @param seeds instances (or domains, numbered after them)
 * @returns the impacts summed over the seeds and the worlds from…to−1
 */
export function runNaively(
  topology: CompiledTopology,
  seeds: Int32Array,
  run: number,
  from: number,
  to: number,
): number {
  const services = servicesOf(topology);
  const draw = coinsOf(topology, run);
  let sum = 0;
  for (let number = from; number < to; number++) {
    const world = draw(number);
    for (const seed of seeds) sum += impactOf(topology, services, world, membersOf(topology, seed));
  }
  return sum;
}

/** Criticality of what fails besides `seeded`. */
function impactOf(
  topology: CompiledTopology,
  services: readonly NaiveService[],
  world: NaiveWorld,
  seeded: readonly number[],
): number {
  const failed = new Set(seeded);
  const worklist = [...seeded];
  let lost = 0;
  const fail = (instance: number) => {
    if (failed.has(instance)) return;
    failed.add(instance);
    worklist.push(instance);
    lost += topology.criticality[instance]! * topology.criticalityUnit;
  };
  for (let instance = worklist.pop(); instance !== undefined; instance = worklist.pop()) {
    const at = topology.serviceOf[instance]!;
    const service = services[at]!;
    const { replicas, clients } = service;
    if (world.collapses[at] && isOverloaded(service, failed, topology.utilisationLimit)) {
      for (const replica of replicas) fail(replica.id);
    }
    const isOut = replicas.every((replica) => failed.has(replica.id));
    for (const client of clients) {
      if (!world.needs[client.dependency]) continue;
      if (isOut || world.stuckTo[client.dependency] === instance) fail(client.id);
    }
  }
  return lost;
}

function isOverloaded(service: NaiveService, failed: ReadonlySet<number>, utilisationLimit: number): boolean {
  const { load, reserved, replicas } = service;
  if (Number.isNaN(load)) return false;
  let capacity = 0;
  for (const replica of replicas) if (!failed.has(replica.id)) capacity += replica.capacity;
  return load > utilisationLimit * (capacity + reserved) + 1e-9 * Math.max(1, load);
}

/** Draws by the block, as the coins are defined, and hands out a world at a time, always in the same lists. */
function coinsOf(topology: CompiledTopology, run: number): (world: number) => NaiveWorld {
  const key = coinKey(run);
  const dependencies = topology.client.length;
  const services = topology.serviceIds.length;
  const needs = new Uint32Array(4 * dependencies);
  const sticky = new Uint32Array(4 * dependencies);
  const collapses = new Uint32Array(4 * services);
  const drawnWorld = {
    needs: new Array<boolean>(dependencies).fill(false),
    stuckTo: new Array<number>(dependencies).fill(NOT_STUCK),
    collapses: new Array<boolean>(services).fill(false),
  };
  let drawn = -1;

  const drawAll = (block: number) => {
    const { dependencyIdentities, needsThreshold, stickyThreshold, serviceIdentities, collapseThreshold } = topology;
    for (let d = 0; d < dependencies; d++) {
      const [first, second] = [needsThreshold[d]!, stickyThreshold[d]!];
      drawBlock(needs, sticky, 4 * d, key, dependencyIdentities, d, PURPOSE.dependency, block, first, second);
    }
    for (let s = 0; s < services; s++) {
      const threshold = collapseThreshold[s]!;
      drawBlock(collapses, collapses, 4 * s, key, serviceIdentities, s, PURPOSE.collapse, block, threshold, threshold);
    }
  };

  const choose = (dependency: number, world: number): number => {
    let chosen = NOT_STUCK;
    let best = Number.POSITIVE_INFINITY;
    for (let c = topology.candidateStart[dependency]!; c < topology.candidateStart[dependency + 1]!; c++) {
      const word = wordOf(key, topology.candidateIdentities, c, PURPOSE.rendezvous, world);
      const score = negativeLog(openUniform(word)) / topology.shares[c]!;
      if (score >= best) continue;
      best = score;
      chosen = topology.candidates[c]!;
    }
    return chosen;
  };

  return (world) => {
    const block = Math.floor(world / BLOCK);
    if (block !== drawn) drawAll(block);
    drawn = block;
    const lane = world % BLOCK;
    const fires = (bits: Uint32Array, i: number) => ((bits[4 * i + (lane >>> 5)]! >>> (lane & 31)) & 1) === 1;
    for (let d = 0; d < dependencies; d++) {
      drawnWorld.needs[d] = fires(needs, d);
      drawnWorld.stuckTo[d] = fires(sticky, d) ? choose(d, world) : NOT_STUCK;
    }
    for (let s = 0; s < services; s++) drawnWorld.collapses[s] = fires(collapses, s);
    return drawnWorld;
  };
}

function servicesOf(topology: CompiledTopology): NaiveService[] {
  const { replicaStart, replicas, capacity, dependencyStart, client, load, reserved } = topology;
  return topology.serviceIds.map((_, s) => ({
    replicas: Array.from(replicas.subarray(replicaStart[s]!, replicaStart[s + 1]!), (id) => ({
      id,
      capacity: capacity[id]!,
    })),
    clients: Array.from(client.subarray(dependencyStart[s]!, dependencyStart[s + 1]!), (id, i) => ({
      id,
      dependency: dependencyStart[s]! + i,
    })),
    load: load[s]!,
    reserved: reserved[s]!,
  }));
}

function membersOf({ instanceIds, memberStart, members }: CompiledTopology, seed: number): number[] {
  const domain = seed - instanceIds.length;
  return domain < 0 ? [seed] : Array.from(members.subarray(memberStart[domain]!, memberStart[domain + 1]!));
}
