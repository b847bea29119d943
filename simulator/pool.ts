import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import workerpool from "workerpool";
import type { Topology } from "../graph/types.js";
import { type CompiledTopology, compile, seedCount } from "./compile.js";
import { appendChunk, CHUNK, type ConditionalOptions, type ConditionalSums, runConditional } from "./conditional.js";
import { addMarginal, type MarginalCounts, runMarginal } from "./marginal.js";
import { assertOptions, scoreRun } from "./simulate.js";
import type { SimulationResult } from "./types.js";

/** Below this many (seed, world) pairs, starting a thread takes longer than it saves. */
const SMALL_JOB = 2_000_000;

/** Chunks that a thread is given at once: enough to outweigh sending the topology, few enough to share evenly. */
const CHUNKS_IN_TASK = 4;

export interface PoolOptions extends ConditionalOptions {
  /** Default: as many as there are processors. Never changes a bit of the result. */
  readonly threads?: number;
  /** Told after each part, in worlds of the conditional run. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Risks and impacts of a topology, split over threads by worlds. The same bytes as `simulateHere` on any number of them:
 * parts are whole chunks, merged in order of worlds.
 *
 * @throws InputError as `compile` does; RangeError for options out of range; the signal's reason once it is aborted
 */
export async function simulate(topology: Topology, options: PoolOptions): Promise<SimulationResult> {
  assertOptions(options);
  const threads = options.threads ?? workerpool.cpus;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`threads: got ${threads}, expected an integer from 1`);
  }
  options.signal?.throwIfAborted();
  const compiled = compile(topology);
  const small = seedCount(compiled) * options.worlds < SMALL_JOB || options.worlds <= CHUNK;
  return threads === 1 || small ? simulateHereInSteps(compiled, options) : simulateInPool(compiled, options, threads);
}

async function simulateHereInSteps(topology: CompiledTopology, options: PoolOptions): Promise<SimulationResult> {
  const merge = new Merge(options);
  for (const [from, to] of ranges(options.worlds, CHUNK)) {
    merge.put(from, to, runConditional(topology, plain(options), from, to));
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return scoreRun(topology, options, runMarginal(topology, options.seed, 0, options.worlds), merge.result());
}

async function simulateInPool(
  topology: CompiledTopology,
  options: PoolOptions,
  threads: number,
): Promise<SimulationResult> {
  const { script, execArgv } = workerScript();
  const pool = workerpool.pool(script, { maxWorkers: threads, workerType: "thread", workerThreadOpts: { execArgv } });
  const stop = () => void pool.terminate(true);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const merge = new Merge(options);
    const run = <T>(task: string, from: number, to: number): Promise<T> =>
      Promise.resolve(pool.exec(task, [topology, plain(options), from, to])) as Promise<T>;
    const width = Math.ceil(options.worlds / threads / CHUNK) * CHUNK;
    const marginal = ranges(options.worlds, width).map(([from, to]) => run<MarginalCounts>("marginal", from, to));
    const conditional = ranges(options.worlds, CHUNK * CHUNKS_IN_TASK).map(async ([from, to]) =>
      merge.put(from, to, await run<ConditionalSums[]>("conditional", from, to)),
    );
    const [counts] = await Promise.all([Promise.all(marginal), Promise.all(conditional)]);
    return scoreRun(topology, options, addMarginal(counts, topology.instanceIds.length), merge.result());
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", stop);
    await pool.terminate(true);
  }
}

/** Conditional parts, in order of worlds whatever order they come in. */
class Merge {
  private readonly waiting = new Map<number, { readonly to: number; readonly chunks: readonly ConditionalSums[] }>();
  private sums: ConditionalSums | undefined;
  private next = 0;
  private done = 0;

  constructor(private readonly options: PoolOptions) {}

  put(from: number, to: number, chunks: readonly ConditionalSums[]): void {
    this.waiting.set(from, { to, chunks });
    for (let part = this.waiting.get(this.next); part !== undefined; part = this.waiting.get(this.next)) {
      this.waiting.delete(this.next);
      for (const chunk of part.chunks) this.sums = this.sums === undefined ? chunk : appendChunk(this.sums, chunk);
      this.next = part.to;
    }
    this.done += to - from;
    this.options.onProgress?.({ done: this.done, total: this.options.worlds });
  }

  result(): ConditionalSums {
    if (this.sums === undefined || this.next < this.options.worlds) throw new Error("a part of the run is missing");
    return this.sums;
  }
}

/** Options as they pass to a worker: no functions, no signal. */
function plain({ seed, worlds, matrix }: PoolOptions): ConditionalOptions {
  return { seed, worlds, matrix };
}

function ranges(worlds: number, width: number): (readonly [from: number, to: number])[] {
  return Array.from({ length: Math.ceil(worlds / width) }, (_, i) => [i * width, Math.min(worlds, (i + 1) * width)]);
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
