import { type CompiledTopology, compile } from "../simulator/compile.js";
import { runMarginal as runInKernel } from "../simulator/kernel/marginal.js";
import { type MarginalCounts, runMarginal } from "../simulator/marginal.js";
import { generateGraph } from "./graphs.js";
import { RUN_SEED, timeOf } from "./measure.js";

const PRIOR = 1e-4;

/** One world in so many is run by every engine before any is measured. */
const CHECKED_PART = 20;

/** One way to do the marginal run. */
interface MarginalEngine {
  readonly name: string;
  /** Measured on the part of the worlds in which all are compared. */
  readonly isSlow: boolean;
  run(topology: CompiledTopology, seed: number, from: number, to: number): MarginalCounts;
}

const engines: readonly MarginalEngine[] = [
  { name: "typescript", isSlow: true, run: runMarginal },
  { name: "wasm", isSlow: false, run: runInKernel },
];

export interface MarginalFigure {
  readonly graph: string;
  readonly engine: string;
  readonly worlds: number;
  /** Worlds in which anything fails by itself: the others cost nothing. */
  readonly caused: number;
  /** Mean failures in a world that has a cause, causes included. */
  readonly failures: number;
  readonly seconds: number;
}

/**
 * The marginal run on 10,000 instances that fail by themselves with 1e-4 each, on one thread.
 *
 * @throws Error where engines disagree
 */
export function measureMarginal(worlds: number): MarginalFigure[] {
  return (["mild", "moderate"] as const).flatMap((regime) => {
    const graph = `${regime}-10k`;
    const topology = compile(generateGraph(10_000, regime, { prior: PRIOR }));
    const checked = Math.round(worlds / CHECKED_PART);
    const expected = engines[0]!.run(topology, RUN_SEED, 0, checked).failed.join();
    return engines.map((engine) => {
      if (engine.run(topology, RUN_SEED, 0, checked).failed.join() !== expected) {
        throw new Error(`${graph}: ${engine.name} counts other failures`);
      }
      const own = engine.isSlow ? checked : worlds;
      let counts: MarginalCounts = { caused: 0, failed: new Float64Array(0) };
      const seconds = timeOf(() => {
        counts = engine.run(topology, RUN_SEED, 0, own);
      });
      const failures = counts.failed.reduce((sum, count) => sum + count, 0) / counts.caused;
      return { graph, engine: engine.name, worlds: own, caused: counts.caused, failures, seconds };
    });
  });
}
