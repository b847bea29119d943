import { simulate as simulateTopology } from "../../simulator/pool.js";
import type { Impact } from "../../simulator/score.js";
import { chosenSeeds } from "../chosenSeeds.js";
import type { Command } from "../command.js";
import { simulationFlags } from "../flags.js";
import { graphOrTopology, simulationOf } from "../graphSource.js";
import { paint, percent, percentRange, table } from "../output.js";
import { printResult } from "../simulationResult.js";

export const simulate: Command = {
  declare: (command) =>
    simulationFlags(command)
      .option("--matrix", "with --json: the probability of each failure given each other one")
      .option("--seeds <ids>", "find impacts of these only: ID, host/ID or zone/ID, by commas; @FILE has one a line")
      .option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, flags } = call;
    const { config, graph } = await graphOrTopology(call);
    const started = terminal.now();
    const result = await simulateTopology(graph.topology, {
      ...simulationOf(call, config),
      matrix: flags.matrix === true,
      seeds: chosenSeeds(call),
      onProgress: terminal.interactive
        ? ({ done, total }: { done: number; total: number }) =>
            terminal.err(`\rsimulating: ${Math.round((100 * done) / total)} % `)
        : undefined,
    });
    if (terminal.interactive) terminal.err(`\rsimulated in ${(terminal.now() - started).toFixed(1)} s      \n`);
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

/** Empty where the seed was not chosen. */
function impactCells({ impact, impactLow, impactHigh }: Partial<Impact>): string[] {
  if (impact === undefined || impactLow === undefined || impactHigh === undefined) return ["", ""];
  return [impact.toFixed(3), `${impactLow.toFixed(3)}–${impactHigh.toFixed(3)}`];
}
