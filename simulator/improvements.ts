import { compareText, sortBy } from "../graph/order.js";
import { type Place, replicasOf, withReplica } from "../graph/replicas.js";
import type { Topology } from "../graph/types.js";
import { type CompiledTopology, compile } from "./compile.js";
import { runMarginal } from "./kernel/marginal.js";
import { Cascade } from "./propagate.js";
import { riskScores } from "./score.js";
import type { FailurePath, Improvement, Risk, SimulationOptions } from "./types.js";
import { World } from "./world.js";

/** A world in which the instance failed, with what failed by itself. */
export interface LostWorld {
  readonly number: number;
  readonly causes: Int32Array;
}

/** How an instance fails in the marginal run. */
export interface Losses {
  readonly instance: number;
  readonly caused: number;
  readonly worlds: readonly LostWorld[];
}

/** A change before it is tried. */
type Change = Improvement extends infer T ? (T extends Improvement ? Omit<T, "risk"> : never) : never;

/**
 * The single changes that lower an instance's risk, by risk after. Tried in the same worlds is what lies on `paths`: each
 * dependency taken away, one replica more of each service, and for each service that overload takes a reservation with
 * which its smallest replica alone carries the load, so that rule 3 never fires.
 *
 * A change that only takes ways to fail away cannot fail an instance in another world: it is tried in the lost ones. A
 * replica is a cause more and takes a whole marginal run, which gives the risk that `simulate` finds with it.
 */
export function findImprovements(
  topology: Topology,
  compiled: CompiledTopology,
  paths: readonly FailurePath[],
  losses: Losses,
  options: SimulationOptions,
): Improvement[] {
  const found: Improvement[] = [];
  for (const change of changesOn(topology, paths)) {
    const { risk, lost } =
      change.kind === "replica"
        ? tryReplica(topology, change, compiled.instanceIds[losses.instance]!, options)
        : tryLess(lessened(compiled, change), losses, options.seed);
    if (lost < losses.worlds.length) found.push({ ...change, risk } as Improvement);
  }
  return found.sort((x, y) => x.risk.risk - y.risk.risk || compareText(keyOf(x), keyOf(y)));
}

function changesOn(topology: Topology, paths: readonly FailurePath[]): Change[] {
  const changes = new Map<string, Change>();
  const add = (change: Change) => void changes.set(keyOf(change), change);
  for (const { id, rule, service } of paths.flatMap((path) => path.steps)) {
    if (service === undefined) continue;
    add({ kind: "replica", service, ...placeFor(topology, service) });
    if (rule === "overload") add({ kind: "capacity", service, reserved: reservationFor(topology, service) });
    else add({ kind: "dependency", client: id, service });
  }
  return [...changes.values()];
}

function keyOf(change: Change): string {
  return JSON.stringify([change.kind, change.service, change.kind === "dependency" ? change.client : ""]);
}

/** A host of its own, in the zone that has the fewest of the service; without zones nowhere in particular. */
function placeFor(topology: Topology, service: string): Place {
  const counts = new Map(topology.nodes.flatMap(({ zone }) => (zone === undefined ? [] : [[zone, 0]])));
  for (const { zone } of replicasOf(topology, service)) {
    if (zone !== undefined) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  const [fewest] = sortBy(counts, ([zone]) => zone).sort(([, x], [, y]) => x - y);
  return fewest === undefined ? {} : { zone: fewest[0] };
}

function reservationFor(topology: Topology, service: string): number {
  const { load = 0, reserved = 0 } = topology.services.find(({ id }) => id === service) ?? {};
  const smallest = Math.min(...replicasOf(topology, service).map(({ capacity }) => capacity ?? 0));
  return Math.max(reserved, load / topology.graph.utilisationLimit - smallest);
}

/** The compiled topology without a dependency, or with a larger reservation. */
function lessened(compiled: CompiledTopology, change: Exclude<Change, { kind: "replica" }>): CompiledTopology {
  const service = compiled.serviceIds.indexOf(change.service);
  if (change.kind === "capacity") {
    const reserved = compiled.reserved.slice();
    reserved[service] = change.reserved;
    return { ...compiled, reserved };
  }
  const client = compiled.instanceIds.indexOf(change.client);
  const needsThreshold = compiled.needsThreshold.slice();
  const stickyThreshold = compiled.stickyThreshold.slice();
  for (let d = compiled.dependencyStart[service]!; d < compiled.dependencyStart[service + 1]!; d++) {
    if (compiled.client[d] !== client) continue;
    needsThreshold[d] = 0;
    stickyThreshold[d] = 0;
  }
  return { ...compiled, needsThreshold, stickyThreshold };
}

function tryLess(compiled: CompiledTopology, { instance, caused, worlds }: Losses, seed: number): Trial {
  const world = new World(compiled, seed);
  const cascade = new Cascade(compiled);
  let lost = 0;
  for (const { number, causes } of worlds) {
    world.enter(number);
    for (const cause of causes) cascade.seed(cause);
    cascade.spread(world);
    lost += cascade.isFailed[instance]!;
    cascade.clear();
  }
  return { risk: riskScores(compiled, { caused, failed: Float64Array.of(lost) })[0]!, lost };
}

function tryReplica(
  topology: Topology,
  { service, zone }: Extract<Change, { kind: "replica" }>,
  instance: string,
  { seed, worlds }: SimulationOptions,
): Trial {
  const compiled = compile(withReplica(topology, service, zone === undefined ? {} : { zone }));
  const counts = runMarginal(compiled, seed, 0, worlds);
  const at = compiled.instanceIds.indexOf(instance);
  return { risk: riskScores(compiled, counts)[at]!, lost: counts.failed[at]! };
}

interface Trial {
  readonly risk: Risk;
  /** Worlds in which the instance failed. */
  readonly lost: number;
}
