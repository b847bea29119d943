import type { CompiledTopology } from "../compile.js";
import { CHUNK } from "../conditional.js";
import { Gauge, type PreciseRun, runMarginalUntil as runPlainly } from "../precision.js";
import { MarginalRun } from "./marginal.js";
import { hasKernel } from "./space.js";

/** `runMarginalUntil` by the kernel, to the same worlds and counts; the plain engine where WebAssembly has no SIMD. */
export function runMarginalUntil(
  topology: CompiledTopology,
  seed: number,
  precision: number,
  most: number,
  onWorlds?: (count: number) => void,
): PreciseRun {
  if (!hasKernel()) return runPlainly(topology, seed, precision, most, onWorlds);
  const gauge = new Gauge(topology, precision);
  const run = new MarginalRun(topology, seed, 0, most, onWorlds);
  for (let worlds = CHUNK; worlds <= most; worlds += CHUNK) {
    run.advance(worlds);
    const counts = run.counts();
    if (gauge.isReached(counts)) return { worlds, counts };
  }
  run.advance(most);
  return { worlds: most, counts: run.counts() };
}
