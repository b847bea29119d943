import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import workerpool from "workerpool";
import type { Topology } from "../graph/types.js";
import { type CompiledTopology, compile } from "./compile.js";
import { CHUNK, type ConditionalSums, runConditional } from "./conditional.js";
import { addMarginal, type MarginalCounts } from "./marginal.js";
import { Merge } from "./merge.js";
import { type Part, partsOf, rangesOf } from "./parts.js";
import { MOST_WORLDS, type PreciseRun } from "./precision.js";
import { seedsNamed } from "./seeds.js";
import { assertOptions, runRisks, scoreRun } from "./simulate.js";
import type { RunOptions, SimulationResult } from "./types.js";

/**
 * Worlds × seeds × (instances + dependencies), a bound of the steps of a run. Below this it takes some hundredths of a
 * second, less than starting a thread; from here on all work is done in threads, so that this one can stop them at once.
 */
const SMALL_JOB = 2 ** 26;

/** Milliseconds that a thread which is to end is given to do so by itself; a busy one never does. */
const GRACE = 10;

/** How far a run is: of risks (the marginal run) or of impacts (the conditional one), in worlds. */
export interface Progress {
  readonly run: "risks" | "impacts";
  readonly done: number;
  /** The most that it may be: a run to a precision ends before. */
  readonly total: number;
}

export interface PoolOptions extends RunOptions {
  /** Default: as many as there are processors. Never changes a bit of the result. */
  readonly threads?: number;
  /** Told when the topology is compiled, and then now and then. From the first call on, `signal` stops the run at once. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Risks and impacts of a topology, split over threads by worlds, and by seeds where there are few worlds. The same bytes
 * as `simulateHere` on any number of them: parts are whole chunks, merged in order of worlds.
 *
 * @throws InputError as `compile` does, and for a seed that is not in the topology; RangeError for options out of range;
 *   the signal's reason once it is aborted, when its threads have ended
 */
export async function simulate(topology: Topology, options: PoolOptions): Promise<SimulationResult> {
  assertOptions(options);
  const threads = options.threads ?? workerpool.cpus;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`threads: got ${threads}, expected an integer from 1`);
  }
  options.signal?.throwIfAborted();
  const compiled = compile(topology);
  const seeds = seedsNamed(compiled, options.seeds);
  const worlds = options.worlds ?? MOST_WORLDS;
  const small = worlds * (seeds.length + 1) * (compiled.instanceIds.length + compiled.client.length) < SMALL_JOB;
  options.onProgress?.({ run: "risks", done: 0, total: worlds });
  return small ? simulateInSteps(compiled, seeds, options) : simulateInPool(compiled, seeds, options, threads);
}

async function simulateInSteps(
  topology: CompiledTopology,
  seeds: Int32Array,
  options: PoolOptions,
): Promise<SimulationResult> {
  const breathe = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  };
  const { worlds, counts } = runRisks(topology, options);
  options.onProgress?.({ run: "risks", done: worlds, total: worlds });
  const { seed, matrix } = options;
  const merge = new Merge(worlds);
  for (const [from, to] of rangesOf(worlds, CHUNK)) {
    await breathe();
    const chunks = runConditional(topology, { seed, worlds, matrix, seeds }, from, to);
    merge.put({ first: 0, end: seeds.length, from, to }, chunks);
    options.onProgress?.({ run: "impacts", done: to, total: worlds });
  }
  await breathe();
  return scoreRun(topology, { seed, worlds }, seeds, counts, merge.result());
}

async function simulateInPool(
  topology: CompiledTopology,
  seeds: Int32Array,
  options: PoolOptions,
  threads: number,
): Promise<SimulationResult> {
  const { script, execArgv } = workerScript();
  const pool = workerpool.pool(script, {
    maxWorkers: threads,
    workerType: "thread",
    workerThreadOpts: { execArgv, workerData: topology },
    workerTerminateTimeout: GRACE,
  });
  const stop = () => void pool.terminate(true);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const run = async <T>(tell: (count: number) => void, size: number, task: string, ...params: unknown[]) => {
      let told = 0;
      const on = (count: number) => {
        told += count;
        tell(count);
      };
      const result = (await pool.exec(task, params, { on })) as T;
      if (size > told) tell(size - told);
      return result;
    };
    const { seed, matrix, precision } = options;
    const most = options.worlds ?? MOST_WORLDS;
    const risks = meter("risks", most, most, options.onProgress);
    // How many worlds it takes is found in order, on one thread: impacts, most of the work, have to wait for it.
    const precise =
      precision === undefined ? undefined : await run<PreciseRun>(risks, 0, "marginalUntil", seed, precision, most);
    const worlds = precise?.worlds ?? most;
    const width = Math.ceil(worlds / threads / CHUNK) * CHUNK;
    const marginal = precise
      ? [precise.counts]
      : Array.from(rangesOf(worlds, width), ([from, to]) =>
          run<MarginalCounts>(risks, to - from, "marginal", seed, from, to),
        );
    const merge = new Merge(worlds);
    const impacts = meter("impacts", worlds, seeds.length * worlds, options.onProgress);
    const parts = partsOf(seeds.length, worlds, threads, matrix === true);
    const conditional = workThrough(parts, threads + 1, async (part: Part) => {
      const { first, end, from, to } = part;
      const chosen = { seed, worlds, matrix, seeds: seeds.slice(first, end) };
      const size = (end - first) * (to - from);
      merge.put(part, await run<ConditionalSums[]>(impacts, size, "conditional", chosen, from, to));
    });
    const [counts] = await Promise.all([Promise.all(marginal), conditional]);
    const all = addMarginal(counts, topology.instanceIds.length);
    return scoreRun(topology, { seed, worlds }, seeds, all, merge.result());
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", stop);
    await pool.terminate(true);
  }
}

/** Does `width` items at a time, in order: a long queue would take long to put away when a run is stopped. */
async function workThrough<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Adds up what tasks tell of one run, as parts of `whole`, and tells it on in worlds. */
function meter(
  run: Progress["run"],
  worlds: number,
  whole: number,
  onProgress: PoolOptions["onProgress"],
): (count: number) => void {
  let done = 0;
  return (count) => {
    done += count;
    onProgress?.({ run, done: Math.floor((done / Math.max(1, whole)) * worlds), total: worlds });
  };
}

/** The worker beside this file: compiled from `dist`, or the TypeScript source, which then needs tsx in the thread too. */
function workerScript(): { readonly script: string; readonly execArgv: string[] } {
  if (!import.meta.url.endsWith(".ts")) {
    return { script: fileURLToPath(new URL("./worker.js", import.meta.url)), execArgv: [] };
  }
  const entry = createRequire(import.meta.url).resolve("tsx/esm/api");
  const loader = pathToFileURL(entry.replace(/\.cjs$/, ".mjs")).href;
  // tsx registers itself on the main thread only; in a worker it has to be asked.
  const register = `data:text/javascript,import { register } from ${JSON.stringify(loader)}; register();`;
  return {
    script: fileURLToPath(new URL("./worker.ts", import.meta.url)),
    execArgv: ["--import", register.replaceAll(" ", "%20")],
  };
}
