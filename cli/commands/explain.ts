import { InputError } from "../../input/problems.js";
import { explain as explainInstance } from "../../simulator/explain.js";
import type { FailurePath, Improvement } from "../../simulator/types.js";
import type { Command } from "../command.js";
import { simulationFlags } from "../flags.js";
import { graphOrTopology, simulationOf } from "../graphSource.js";
import { percent, percentRange, printJson, table } from "../output.js";

export const explain: Command = {
  declare: (command) => simulationFlags(command).option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, flags, args } = call;
    const { config, graph } = await graphOrTopology(call);
    const id = String(args[0]);
    const known = graph.topology.nodes.map((n) => n.id);
    if (!known.includes(id)) {
      throw new InputError("explain", [
        {
          place: "instance",
          message: `${id} is not in the graph; it has ${known.slice(0, 8).join(", ")}${known.length > 8 ? ", ..." : ""}`,
        },
      ]);
    }
    const explanation = explainInstance(graph.topology, id, { ...simulationOf(call, config), improvements: true });
    if (flags.json) {
      printJson(terminal, { instance: id, ...explanation });
      return undefined;
    }
    const { risk, riskLow, riskHigh } = explanation.risk;
    terminal.out(
      `${id} fails with probability ${percent(risk)} (${percentRange(riskLow, riskHigh)})\n\nhow failure reaches it:\n`,
    );
    terminal.out(pathTable(explanation.pathsTo));
    if (explanation.otherTo > 0) terminal.out(`${percent(explanation.otherTo)} by other paths\n`);
    terminal.out("\nwhat would help most:\n");
    terminal.out(improvementTable(explanation.improvements ?? []));
    terminal.out("\nwhat its failure takes with it (probability given that it failed):\n");
    terminal.out(explanation.pathsFrom.length > 0 ? pathTable(explanation.pathsFrom) : "nothing\n");
    return undefined;
  },
};

function pathTable(paths: readonly FailurePath[]): string {
  return table(
    ["probability", "path"],
    paths.map((p) => [percent(p.probability), describePath(p)]),
  );
}

function improvementTable(improvements: readonly Improvement[]): string {
  if (improvements.length === 0) return "no single dependency, replica or capacity on these paths\n";
  return table(
    ["risk after", "95 % interval", "change"],
    improvements.map((i) => [
      percent(i.risk.risk),
      percentRange(i.risk.riskLow, i.risk.riskHigh),
      describeImprovement(i),
    ]),
  );
}

function describeImprovement(improvement: Improvement): string {
  const { service } = improvement;
  if (improvement.kind === "dependency") return `${improvement.client} does without ${service}`;
  if (improvement.kind === "capacity")
    return `${service} has ${Number(improvement.reserved.toPrecision(6))} in reserve`;
  const { zone } = improvement;
  return `one more replica of ${service}${zone === undefined ? "" : `, in zone ${zone}`}`;
}

const rules = {
  cause: "fails",
  domain: "on it",
  stickyLoss: "loses its replica of",
  outage: "has no replica left of",
  overload: "overload of",
};

/** `pc-0 fails → frontend-1 (has no replica left of productcatalog)`. */
export function describePath(path: FailurePath): string {
  return path.steps
    .map((step) => {
      if (step.rule === "cause") return `${step.id} fails`;
      return `${step.id} (${rules[step.rule]}${step.service === undefined ? "" : ` ${step.service}`})`;
    })
    .join(" → ");
}
