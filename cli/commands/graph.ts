import { Option } from "commander";
import type { Graph } from "../../graph/build.js";
import { diffGraphs } from "../../graph/diff.js";
import { InputError } from "../../input/problems.js";
import type { Call, Command } from "../command.js";
import { graphFlags, time } from "../flags.js";
import { graphFromHistory, graphsAt } from "../graphSource.js";
import { writeChanges } from "../graphViews/changes.js";
import { findEdge, writeExplanation } from "../graphViews/explanation.js";
import { graphViews } from "../graphViews/index.js";
import { formatTime } from "../graphViews/numbers.js";
import { printJson } from "../output.js";

export const graph: Command = {
  declare: (command) =>
    graphFlags(command)
      .addOption(
        new Option("--format <name>", "how to show it").choices(graphViews.map((v) => v.name)).conflicts("json"),
      )
      .option("--explain <edge>", "where each number of a dependency comes from, for example api->db")
      .option("--json", "print the topology, for `firebreak simulate --topology -`")
      .addHelpText("after", "\n`firebreak graph diff T1 T2` shows what changed between the graphs of two times."),
  run: async (call) => {
    if (call.args[0] !== undefined) return await runDiff(call);
    const { terminal, flags } = call;
    const { graph, traffic } = await graphFromHistory(call);
    for (const warning of graph.warnings) terminal.err(`firebreak: warning: ${warning}\n`);
    if (flags.explain !== undefined) {
      const found = findEdge(graph, String(flags.explain));
      if (flags.json || flags.format === "json") printJson(terminal, found);
      else terminal.out(writeExplanation(found));
      return undefined;
    }
    if (flags.json) {
      printJson(terminal, graph.topology);
      return undefined;
    }
    const view = graphViews.find((v) => v.name === flags.format) ?? graphViews[0];
    const window = traffic?.window ?? { from: Number.NaN, to: Number.NaN };
    if (view) terminal.out(view.write({ graph, window, rows: traffic?.rows ?? 0 }, terminal));
    return undefined;
  },
};

async function runDiff(call: Call): Promise<undefined> {
  const { terminal, args, flags } = call;
  const [verb, first, second, ...more] = args;
  if (verb !== "diff" || first === undefined || second === undefined || more.length > 0) {
    const message = `${args.join(" ")}: expected diff T1 T2, two times such as 2026-11-25T10:00:00Z`;
    throw new InputError("graph", [{ place: "graph", message }]);
  }
  const [from, to] = [readTime(first), readTime(second)];
  const [before, after] = (await graphsAt(call, [from, to])) as [Graph, Graph];
  const diff = diffGraphs(before, after);
  if (flags.json) printJson(terminal, { from: formatTime(from), to: formatTime(to), ...diff });
  else terminal.out(writeChanges(diff, terminal));
  return undefined;
}

function readTime(text: string): number {
  try {
    return time(text);
  } catch (error) {
    throw new InputError("graph", [{ place: "diff", message: `${text}: ${(error as Error).message}` }]);
  }
}
