import type { Topology } from "../graph/types.js";
import { forEachCausedWorld } from "./causes.js";
import { type CompiledTopology, compile } from "./compile.js";
import { findImprovements, type LostWorld } from "./improvements.js";
import { runMarginal } from "./kernel/marginal.js";
import { chanceOfAnyCause, type MarginalCounts } from "./marginal.js";
import { Cascade } from "./propagate.js";
import { Rounds } from "./rounds.js";
import { riskScores } from "./score.js";
import { assertOptions } from "./simulate.js";
import type { FailurePath, FailureStep, Improvement, Risk, SimulationOptions } from "./types.js";
import { World } from "./world.js";

export interface ExplainOptions extends SimulationOptions {
  /** How many paths to list each way, and how many improvements; default 10. */
  readonly paths?: number;
  /** Also find what would lower the risk most: some more marginal runs. */
  readonly improvements?: boolean;
}

/** How failure reaches an instance, and what its failure takes with it. */
export interface Explanation {
  readonly risk: Risk;
  /** The likeliest ways that it fails, likeliest first. Their probabilities and `otherTo` sum to the risk. */
  readonly pathsTo: readonly FailurePath[];
  /** Probability of all ways that are not listed. */
  readonly otherTo: number;
  /** By victim, likeliest first: the probability that it fails given that the instance did, and its likeliest path. */
  readonly pathsFrom: readonly FailurePath[];
  /** The single changes on `pathsTo` that lower the risk most, the lowest risk first. */
  readonly improvements?: readonly Improvement[];
}

/**
 * Explains one instance's failures in the worlds of `simulate` with the same options.
 *
 * @throws RangeError where there is no such instance or options are out of range; InputError as `compile` does
 */
export function explain(topology: Topology, instance: string, options: ExplainOptions): Explanation {
  assertOptions(options);
  const compiled = compile(topology);
  const target = compiled.instanceIds.indexOf(instance);
  if (target < 0) throw new RangeError(`instance: no node ${JSON.stringify(instance)}, expected the id of one`);
  const counts = runMarginal(compiled, options.seed, 0, options.worlds);
  const listed = options.paths ?? 10;
  const lost = lostWorlds(compiled, target, options);
  const to = pathsTo(compiled, target, lost, options, counts);
  const listedTo = to.slice(0, listed);
  const losses = { instance: target, caused: counts.caused, worlds: lost };
  return {
    risk: riskScores(compiled, counts)[target]!,
    pathsTo: listedTo,
    otherTo: to.slice(listed).reduce((sum, path) => sum + path.probability, 0),
    pathsFrom: pathsFrom(compiled, target, options).slice(0, listed),
    ...(options.improvements && {
      improvements: findImprovements(topology, compiled, listedTo, losses, options).slice(0, listed),
    }),
  };
}

function lostWorlds(topology: CompiledTopology, target: number, { seed, worlds }: SimulationOptions): LostWorld[] {
  const world = new World(topology, seed);
  const cascade = new Cascade(topology);
  const lost: LostWorld[] = [];
  forEachCausedWorld(topology, seed, 0, worlds, (number, causes, start, end) => {
    world.enter(number);
    for (let c = start; c < end; c++) cascade.seed(causes[c]!);
    cascade.spread(world);
    if (cascade.isFailed[target] === 1) lost.push({ number, causes: causes.slice(start, end) });
    cascade.clear();
  });
  return lost;
}

function pathsTo(
  topology: CompiledTopology,
  target: number,
  lost: readonly LostWorld[],
  { seed }: SimulationOptions,
  { caused }: MarginalCounts,
): FailurePath[] {
  const world = new World(topology, seed);
  const rounds = new Rounds(topology);
  const tally = new PathTally();
  for (const { number, causes } of lost) {
    world.enter(number);
    rounds.run(world, causes);
    tally.add(rounds.pathTo(target));
  }
  return tally.paths(chanceOfAnyCause(topology) / caused);
}

function pathsFrom(topology: CompiledTopology, target: number, { seed, worlds }: SimulationOptions): FailurePath[] {
  const world = new World(topology, seed);
  const cascade = new Cascade(topology);
  const rounds = new Rounds(topology);
  const tallies = new Map<number, PathTally>();
  for (let number = 0; number < worlds; number++) {
    world.enter(number);
    cascade.seed(target);
    cascade.spread(world);
    if (cascade.count > 1) {
      rounds.run(world, [target]);
      for (const victim of cascade.failed.subarray(1, cascade.count)) {
        const tally = tallies.get(victim) ?? new PathTally();
        tallies.set(victim, tally);
        tally.add(rounds.pathTo(victim));
      }
    }
    cascade.clear();
  }
  const likeliest = [...tallies.values()].flatMap((tally) => {
    const [first] = tally.paths(1);
    return first === undefined ? [] : [{ probability: tally.total / worlds, steps: first.steps }];
  });
  return likeliest.sort(byProbability);
}

/** Counts paths that are alike. */
class PathTally {
  total = 0;
  private readonly counts = new Map<string, { readonly steps: readonly FailureStep[]; count: number }>();

  add(steps: readonly FailureStep[]): void {
    this.total += 1;
    const key = pathKey(steps);
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { steps, count: 1 });
    else known.count += 1;
  }

  /** Likeliest first. @param each probability of one count */
  paths(each: number): FailurePath[] {
    return [...this.counts.values()]
      .map(({ steps, count }) => ({ probability: each * count, steps }))
      .sort(byProbability);
  }
}

function byProbability(x: FailurePath, y: FailurePath): number {
  if (x.probability !== y.probability) return y.probability - x.probability;
  const [a, b] = [pathKey(x.steps), pathKey(y.steps)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function pathKey(steps: readonly FailureStep[]): string {
  return JSON.stringify(steps);
}
