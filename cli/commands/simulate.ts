import type { Topology } from "../../graph/types.js";
import { type PoolOptions, type Progress, simulate as simulateTopology } from "../../simulator/pool.js";
import { halfWidth } from "../../simulator/precision.js";
import type { Impact } from "../../simulator/score.js";
import type { SimulationResult } from "../../simulator/types.js";
import { chosenSeeds } from "../chosenSeeds.js";
import type { Command } from "../command.js";
import { positiveProbability, simulationFlags } from "../flags.js";
import { graphOrTopology, simulationOf } from "../graphSource.js";
import { Interrupt } from "../interrupt.js";
import { paint, percent, percentRange, type Terminal, table } from "../output.js";
import { ProgressLine } from "../progressLine.js";
import { printResult } from "../simulationResult.js";

export const simulate: Command = {
  declare: (command) =>
    simulationFlags(command)
      .option(
        "--precision <p>",
        "run until every risk is known to ±P; --worlds is then the most (default 1048576)",
        positiveProbability,
      )
      .option("--matrix", "with --json: the probability of each failure given each other one")
      .option("--seeds <ids>", "find impacts of these only: ID, host/ID or zone/ID, by commas; @FILE has one a line")
      .option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, flags } = call;
    const { config, graph } = await graphOrTopology(call);
    const { worlds, seed, threads } = simulationOf(call, config);
    const precision = flags.precision as number | undefined;
    const result = await runShown(terminal, graph.topology, {
      // The configuration's worlds are for runs of a fixed length.
      worlds: precision === undefined ? worlds : (flags.worlds as number | undefined),
      seed,
      threads,
      precision,
      matrix: flags.matrix === true,
      seeds: chosenSeeds(call),
    });
    if (precision !== undefined) warnOfPrecision(terminal, result, precision);
    if (flags.json) {
      printResult(terminal, result);
      return undefined;
    }
    const { threshold } = config.risk;
    const byRisk = [...result.instances].sort((a, b) => b.risk - a.risk || (a.id < b.id ? -1 : 1));
    terminal.out(
      table(
        ["instance", "risk", "95 % interval", "impact", "95 % interval", ""],
        byRisk.map((i) => [
          i.id,
          percent(i.risk),
          percentRange(i.riskLow, i.riskHigh),
          ...impactCells(i),
          i.risk > threshold ? "over the threshold" : "",
        ]),
      ),
    );
    if (result.domains.length > 0) {
      const rows = result.domains.map((d) => [`${d.kind} ${d.id}`, ...impactCells(d)]);
      terminal.out(`\n${table(["losing", "impact", "95 % interval"], rows)}`);
    }
    const over = byRisk.filter((i) => i.risk > threshold).length;
    const summary = `${over} of ${byRisk.length} instances are over the threshold of ${percent(threshold)} (${result.worlds.toLocaleString("en")} worlds, seed ${result.seed})`;
    terminal.out(`\n${paint(terminal, over > 0 ? "red" : "green", summary)}\n`);
    return undefined;
  },
};

/** Runs with progress on stderr, for people, and until Ctrl-C. */
async function runShown(terminal: Terminal, topology: Topology, options: PoolOptions): Promise<SimulationResult> {
  const started = terminal.now();
  const interrupt = new Interrupt(terminal);
  const line = new ProgressLine(terminal);
  let shown: Progress["run"] = "risks";
  const onProgress = ({ run, done, total }: Progress) => {
    interrupt.listen();
    // The last part of the risks and the first of the impacts may run side by side.
    if (run !== shown && run === "risks") return;
    shown = run;
    const open = run === "risks" && options.precision !== undefined;
    const far = open ? `${done.toLocaleString("en")} worlds` : `${Math.floor((100 * done) / total)} %`;
    line.show(`simulating ${run}: ${far}`);
  };
  try {
    const result = await simulateTopology(topology, { ...options, onProgress, signal: interrupt.signal });
    line.clear();
    if (terminal.interactive) terminal.err(`simulated in ${(terminal.now() - started).toFixed(1)} s\n`);
    return result;
  } finally {
    line.clear();
    interrupt.release();
  }
}

/** Empty where the seed was not chosen. */
function impactCells({ impact, impactLow, impactHigh }: Partial<Impact>): string[] {
  if (impact === undefined || impactLow === undefined || impactHigh === undefined) return ["", ""];
  return [impact.toFixed(3), `${impactLow.toFixed(3)}–${impactHigh.toFixed(3)}`];
}

/** Says where the worlds did not suffice. */
function warnOfPrecision(terminal: Terminal, { instances, worlds }: SimulationResult, precision: number): void {
  const [widest] = [...instances].sort((a, b) => halfWidth(b) - halfWidth(a));
  if (widest === undefined || halfWidth(widest) < precision) return;
  const reached = `${widest.id} is known to ±${halfWidth(widest).toPrecision(2)}`;
  terminal.err(
    `firebreak: warning: precision ${precision} was not reached in ${worlds.toLocaleString("en")} worlds (${reached}); give more --worlds\n`,
  );
}
