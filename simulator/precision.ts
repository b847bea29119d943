import { forEachCausedWorld } from "./causes.js";
import type { CompiledTopology } from "./compile.js";
import { CHUNK } from "./conditional.js";
import { chanceOfAnyCause, type MarginalCounts, STRIDE } from "./marginal.js";
import { Cascade } from "./propagate.js";
import { wilsonInterval } from "./score.js";
import { Tally } from "./tally.js";
import { World } from "./world.js";

/** Worlds at most, where only a precision is asked for. */
export const MOST_WORLDS = 2 ** 20;

/** A marginal run with the number of its worlds. */
export interface PreciseRun {
  readonly worlds: number;
  readonly counts: MarginalCounts;
}

/**
 * The marginal run of the fewest worlds, of the multiples of `CHUNK`, in which half the width of every risk's interval
 * is below `precision`; of `most` where that is not reached before. The counts are those of `runMarginal` over as many.
 *
 * @param precision above 0
 * @param onWorlds told now and then how many worlds were run since it was told last
 */
export function runMarginalUntil(
  topology: CompiledTopology,
  seed: number,
  precision: number,
  most: number,
  onWorlds?: (count: number) => void,
): PreciseRun {
  const world = new World(topology, seed);
  const cascade = new Cascade(topology);
  const failed = new Float64Array(topology.instanceIds.length);
  const gauge = new Gauge(topology, precision);
  let caused = 0;
  /** Where to look next; between looks counts change only by worlds with a cause. */
  let look = CHUNK;
  let reached: number | undefined;
  const tally = new Tally(STRIDE, onWorlds);
  let last = 0;
  const lookBefore = (number: number): void => {
    if (number < look || reached !== undefined) return;
    if (gauge.isReached({ caused, failed })) reached = look;
    look = CHUNK * (Math.floor(number / CHUNK) + 1);
  };
  // A run from 0 draws the events of a whole window before the first world: parts that double keep that in proportion.
  for (let from = 0, to = CHUNK; from < most && reached === undefined; from = to, to *= 2) {
    const end = Math.min(most, to);
    forEachCausedWorld(topology, seed, from, end, (number, causes, start, stop) => {
      lookBefore(number);
      if (reached !== undefined) return;
      caused += 1;
      world.enter(number);
      for (let c = start; c < stop; c++) cascade.seed(causes[c]!);
      cascade.spread(world);
      for (let i = 0; i < cascade.count; i++) failed[cascade.failed[i]!]! += 1;
      cascade.clear();
      tally.add(number - last);
      last = number;
    });
    lookBefore(end);
  }
  return { worlds: reached ?? most, counts: { caused, failed } };
}

/** Whether every risk is precise enough. */
export class Gauge {
  private readonly chance: number;
  /** An instance that was not, when looked at last: most often it still is not. */
  private suspect = 0;

  constructor(
    topology: CompiledTopology,
    private readonly precision: number,
  ) {
    this.chance = chanceOfAnyCause(topology);
  }

  isReached({ caused, failed }: MarginalCounts): boolean {
    const instances = failed.length;
    for (let i = 0; i < instances; i++) {
      const instance = (this.suspect + i) % instances;
      const [low, high] = wilsonInterval(failed[instance]!, caused);
      if (halfWidth({ riskLow: this.chance * low, riskHigh: this.chance * high }) < this.precision) continue;
      this.suspect = instance;
      return false;
    }
    return true;
  }
}

/** Half the width of a risk's interval. */
export function halfWidth({ riskLow, riskHigh }: { readonly riskLow: number; readonly riskHigh: number }): number {
  return (riskHigh - riskLow) / 2;
}
