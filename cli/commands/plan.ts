import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { plan as planChanges } from "../../planner/plan.js";
import type { Decision } from "../../planner/types.js";
import { isStopped } from "../../provider/decisionSource.js";
import { lastChanges } from "../changeHistory.js";
import type { Call, Command } from "../command.js";
import { changesInForce, decisionPath, saveDecision } from "../decisionFile.js";
import { describeDecision } from "../decisionReport.js";
import { probability, simulationFlags } from "../flags.js";
import { graphOrTopology, simulationOf } from "../graphSource.js";
import { nearPath, printJson } from "../output.js";
import { viewStack } from "../stackView.js";
import { version } from "../version.js";
import { auditPath } from "./audit.js";

export const plan: Command = {
  declare: (command) =>
    simulationFlags(command)
      .option("--out <file>", "decision to write (default: .firebreak/decision.json)")
      .option("--stack <name>", "stack to plan for (default: the one configured)")
      .option("--cwd <dir>", "folder of the Pulumi project")
      .option("--threshold <p>", "highest risk an instance may have", probability)
      .option("--offline", "read the program as written; ask neither Pulumi nor the cluster")
      .option("--json", "print the decision"),
  run: async (call) => {
    const { terminal, flags } = call;
    const { decision, file, warnings } = await makeDecision(call);
    for (const warning of warnings) terminal.err(`firebreak: warning: ${warning}\n`);
    await saveDecision(file, decision);
    if (flags.json) printJson(terminal, decision);
    else {
      const written = `decision ${decision.id} written to ${nearPath(terminal, file)}`;
      terminal.out(`${describeDecision(decision, terminal)}\n${written}\n`);
    }
    return undefined;
  },
};

/** Plans for the stack that the flags name. Writes nothing. */
async function makeDecision(
  call: Call,
): Promise<{ readonly decision: Decision; readonly file: string; readonly warnings: readonly string[] }> {
  const { terminal, flags } = call;
  const { config, graph, inventory, traffic } = await graphOrTopology(call);
  const file = decisionPath(call, config);
  const view = await viewStack(call, config, inventory, graph.topology);
  const { worlds, seed } = simulationOf(call, config);
  const audit = auditPath(config);
  const nextToDecision = resolve(file, "../audit.jsonl");
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  const decision = planChanges({
    topology: graph.topology,
    inventory,
    targets: view.targets,
    boundTo: { project: view.project, stack: view.stack, ...(view.clusterUid && { clusterUid: view.clusterUid }) },
    threshold: (flags.threshold as number | undefined) ?? config.risk.threshold,
    simulation: { worlds, seed },
    limits: { ...config.limits, killSwitch: isStopped(file, terminal.env) },
    costs: config.costs,
    applied: changesInForce(view.applied, file),
    lastChangedAt: await lastChanges(existsSync(audit) ? audit : nextToDecision, view, view.targets),
    now: Math.floor(terminal.now()),
    data: {
      from: traffic === null ? null : iso(traffic.window.from),
      to: traffic === null ? null : iso(traffic.window.to),
      rows: traffic?.rows ?? null,
    },
    maxAge: config.risk.maxAge,
    failMode: config.risk.failMode,
    unknown: config.risk.unknown,
    horizon: config.simulation.horizon,
    version: version(),
  });
  return { decision, file, warnings: view.warnings };
}
