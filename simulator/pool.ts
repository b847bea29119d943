import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import workerpool from "workerpool";
import type { Topology } from "../graph/types.js";
import { type CompiledTopology, compile } from "./compile.js";
import { CHUNK, type ConditionalSums, runConditional } from "./conditional.js";
import { addMarginal, type MarginalCounts } from "./marginal.js";
import { Merge } from "./merge.js";
import { partsOf, rangesOf } from "./parts.js";
import { MOST_WORLDS, type PreciseRun } from "./precision.js";
import { seedsNamed } from "./seeds.js";
import { assertOptions, runRisks, scoreRun } from "./simulate.js";
import type { RunOptions, SimulationResult } from "./types.js";

/** Below this many (seed, world) pairs, starting a thread takes longer than it saves. */
const SMALL_JOB = 2_000_000;

export interface PoolOptions extends RunOptions {
  /** Default: as many as there are processors. Never changes a bit of the result. */
  readonly threads?: number;
  /** Told after each part, in worlds of the conditional run. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Risks and impacts of a topology, split over threads by worlds, and by seeds where there are few worlds. The same bytes
 * as `simulateHere` on any number of them: parts are whole chunks, merged in order of worlds.
 *
 * @throws InputError as `compile` does, and for a seed that is not in the topology; RangeError for options out of range;
 *   the signal's reason once it is aborted
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
  const small = seeds.length * (options.worlds ?? MOST_WORLDS) < SMALL_JOB;
  return threads === 1 || small
    ? simulateHereInSteps(compiled, seeds, options)
    : simulateInPool(compiled, seeds, options, threads);
}

async function simulateHereInSteps(
  topology: CompiledTopology,
  seeds: Int32Array,
  options: PoolOptions,
): Promise<SimulationResult> {
  const { worlds, counts } = runRisks(topology, options);
  const { seed, matrix } = options;
  const merge = new Merge(worlds);
  for (const [from, to] of rangesOf(worlds, CHUNK)) {
    const chunks = runConditional(topology, { seed, worlds, matrix, seeds }, from, to);
    merge.put({ first: 0, end: seeds.length, from, to }, chunks);
    options.onProgress?.({ done: to, total: worlds });
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return scoreRun(topology, { seed, worlds }, seeds, counts, merge.result());
}

async function simulateInPool(
  topology: CompiledTopology,
  seeds: Int32Array,
  options: PoolOptions,
  threads: number,
): Promise<SimulationResult> {
  const { script, execArgv } = workerScript();
  const workerThreadOpts = { execArgv, workerData: topology };
  const pool = workerpool.pool(script, { maxWorkers: threads, workerType: "thread", workerThreadOpts });
  const stop = () => void pool.terminate(true);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const run = <T>(task: string, ...params: unknown[]): Promise<T> =>
      Promise.resolve(pool.exec(task, params)) as Promise<T>;
    const { seed, matrix, precision } = options;
    const most = options.worlds ?? MOST_WORLDS;
    // How many worlds it takes is found in order, on one thread: impacts, most of the work, have to wait for it.
    const precise = precision === undefined ? undefined : await run<PreciseRun>("marginalUntil", seed, precision, most);
    const worlds = precise?.worlds ?? most;
    const width = Math.ceil(worlds / threads / CHUNK) * CHUNK;
    const marginal = precise
      ? [precise.counts]
      : rangesOf(worlds, width).map(([from, to]) => run<MarginalCounts>("marginal", seed, from, to));
    const merge = new Merge(worlds);
    let done = 0;
    const conditional = partsOf(seeds.length, worlds, threads, matrix === true).map(async (part) => {
      const chosen = { seed, worlds, matrix, seeds: seeds.slice(part.first, part.end) };
      merge.put(part, await run<ConditionalSums[]>("conditional", chosen, part.from, part.to));
      done += ((part.end - part.first) / Math.max(1, seeds.length)) * (part.to - part.from);
      options.onProgress?.({ done: Math.round(done), total: worlds });
    });
    const [counts] = await Promise.all([Promise.all(marginal), Promise.all(conditional)]);
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
