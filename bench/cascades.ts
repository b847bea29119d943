import { BLOCK } from "../simulator/coins.js";
import { type CompiledTopology, compile } from "../simulator/compile.js";
import type { Case } from "./cases.js";
import { type Engine, engines } from "./engines.js";
import { generateGraph } from "./graphs.js";
import { type Effort, medianTimes, RUN_SEED, timeOf } from "./measure.js";
import { drawDistinct } from "./random.js";

const CHECKED_SEEDS = 8;
const CHECKED_WORLDS = 64;
const FEWEST_WORLDS = 16;

/** One engine on one graph. */
export interface CascadeFigure {
  readonly graph: string;
  readonly engine: string;
  readonly seeds: number;
  readonly worlds: number;
  /** Mean number of other instances that fail, a (seed, world). */
  readonly blast: number;
  readonly nanoseconds: number;
  /** How many times faster than the first engine. */
  readonly ratio: number;
}

/**
 * Every engine on one graph, on this thread, coins included.
 *
 * @throws Error where engines disagree, before anything is timed
 */
export function measureCascades({ name, instances, regime, sample }: Case, effort: Effort): CascadeFigure[] {
  const topology = compile(generateGraph(instances, regime));
  const sampled = drawDistinct(sample, instances, RUN_SEED);
  const all = Int32Array.from({ length: instances }, (_, i) => i);
  const seedsOf = ({ shares }: Engine) => (shares ? all : sampled);
  assertAgreement(name, topology, drawDistinct(CHECKED_SEEDS, instances, RUN_SEED));

  const losses = engines.map(() => 0);
  const worlds = engines.map((engine) => worldsFor(engine, topology, seedsOf(engine), effort.seconds));
  const tasks = engines.map((engine, i) => () => {
    losses[i] = engine.run(topology, seedsOf(engine), RUN_SEED, 0, worlds[i]!);
  });
  const times = medianTimes(tasks, effort.repeats);
  const runs = engines.map((engine, i) => seedsOf(engine).length * worlds[i]!);
  const each = times.map((seconds, i) => (seconds * 1e9) / runs[i]!);
  return engines.map((engine, i) => ({
    graph: name,
    engine: engine.name,
    seeds: seedsOf(engine).length,
    worlds: worlds[i]!,
    blast: losses[i]! / runs[i]!,
    nanoseconds: each[i]!,
    ratio: each[0]! / each[i]!,
  }));
}

/** Seed by seed, so that no two differences cancel. */
function assertAgreement(graph: string, topology: CompiledTopology, seeds: Int32Array): void {
  const [reference, ...others] = engines;
  for (const seed of seeds) {
    const one = Int32Array.of(seed);
    const expected = reference!.run(topology, one, RUN_SEED, 0, CHECKED_WORLDS);
    for (const engine of others) {
      const got = engine.run(topology, one, RUN_SEED, 0, CHECKED_WORLDS);
      if (got === expected) continue;
      throw new Error(
        `${graph}: seed ${topology.instanceIds[seed]} loses ${got} with ${engine.name} and ${expected} with ` +
          `${reference!.name} in ${CHECKED_WORLDS} worlds; the results have to be equal before speed means anything`,
      );
    }
  }
}

/** As many worlds as fill the time: whole blocks of coins where there is time for one, and of the engine in any case. */
function worldsFor(engine: Engine, topology: CompiledTopology, seeds: Int32Array, seconds: number): number {
  const pilot = Math.max(engine.block, FEWEST_WORLDS);
  const perWorld = timeOf(() => engine.run(topology, seeds, RUN_SEED, 0, pilot)) / pilot;
  const wanted = seconds / perWorld;
  const whole = wanted < BLOCK ? engine.block : Math.max(BLOCK, engine.block);
  return Math.max(pilot, Math.round(wanted / whole) * whole);
}
