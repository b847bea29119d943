import { cpus, loadavg } from "node:os";

/** How long to measure. */
export interface Effort {
  /** Processor time that one measurement aims at, in seconds. */
  readonly seconds: number;
  /** Measurements of each task; the median counts. */
  readonly repeats: number;
}

/** The run seed of every measurement. */
export const RUN_SEED = 1;

/** What a figure depends on besides the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Processes that wanted a core in the minute before: well above 0 and the machine had other work. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? "unknown",
    cores: all.length,
    node: process.version,
    loadBefore: Number(loadavg()[0]?.toFixed(1)),
  };
}

/**
 * Seconds of processor time that `task` takes, the collector and the compiler of the engine included: what else the
 * machine does adds to wall time and hardly to this. On an idle machine it is not below wall time.
 */
export function timeOf(task: () => void): number {
  const start = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/**
 * The median seconds of processor time of each task. All tasks take turns, so that a busy minute falls on all of them.
 */
export function medianTimes(tasks: readonly (() => void)[], repeats: number): number[] {
  const times = tasks.map((): number[] => []);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [i, task] of tasks.entries()) times[i]!.push(timeOf(task));
  }
  return times.map(median);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
