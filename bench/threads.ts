import { simulate } from "../simulator/pool.js";
import { generateGraph } from "./graphs.js";
import { median, RUN_SEED } from "./measure.js";

export interface ThreadFigure {
  readonly graph: string;
  readonly threads: number;
  readonly worlds: number;
  /** Wall time: what the others count, processor time, does not fall with threads. */
  readonly seconds: number;
  /** How many times faster than one thread. */
  readonly ratio: number;
}

/**
 * A whole simulation (compiling, both runs, intervals; starting the threads too) of moderate-10k on one and two threads.
 *
 * @throws Error where the results are not the same bytes
 */
export async function measureThreads(worlds: number, repeats: number): Promise<ThreadFigure[]> {
  const counts = [1, 2];
  const topology = generateGraph(10_000, "moderate");
  const times = counts.map((): number[] => []);
  let expected: string | undefined;
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [i, threads] of counts.entries()) {
      const start = performance.now();
      const result = await simulate(topology, { worlds, seed: RUN_SEED, threads });
      times[i]!.push((performance.now() - start) / 1000);
      expected ??= JSON.stringify(result);
      if (JSON.stringify(result) !== expected) throw new Error(`${threads} threads give another result than 1`);
    }
  }
  const medians = times.map(median);
  return counts.map((threads, i) => {
    return { graph: "moderate-10k", threads, worlds, seconds: medians[i]!, ratio: medians[0]! / medians[i]! };
  });
}
