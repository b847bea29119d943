import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { plan as planChanges } from "../../planner/plan.js";
import type { Decision } from "../../planner/types.js";
import { actorOf } from "../../provider/actor.js";
import { isStopped } from "../../provider/decisionSource.js";
import { readProject } from "../../provider/project.js";
import { appendRefusals } from "../../stores/audit/refusals.js";
import { writeWhole } from "../../stores/wholeFile.js";
import { readChangeHistory } from "../changeHistory.js";
import type { Call, Command } from "../command.js";
import { changesInForce, decisionPath, saveDecision } from "../decisionFile.js";
import { describeDecision } from "../decisionReport.js";
import { probability, simulationFlags } from "../flags.js";
import { graphOrTopology, simulationOf } from "../graphSource.js";
import { nearPath, printJson } from "../output.js";
import { metricsOf } from "../planMetrics.js";
import { refusalEntries } from "../refusalEntries.js";
import { type StackView, viewStack } from "../stackView.js";
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
      .option("--metrics <file>", "write Prometheus metrics of the plan, for a textfile collector")
      .option("--json", "print the decision"),
  run: async (call) => {
    const { terminal, flags } = call;
    const { decision, file, audit, view } = await makeDecision(call);
    for (const warning of view.warnings) terminal.err(`firebreak: warning: ${warning}\n`);
    await appendRefusals(audit, refusalEntries(decision, view, actorOf(terminal.env)));
    await saveDecision(file, decision);
    if (flags.metrics !== undefined) {
      await writeWhole(resolve(terminal.cwd, String(flags.metrics)), metricsOf(decision));
    }
    if (flags.json) printJson(terminal, decision);
    else {
      const written = `decision ${decision.id} written to ${nearPath(terminal, file)}`;
      terminal.out(`${describeDecision(decision, terminal)}\n${written}\n`);
    }
    return undefined;
  },
};

interface Made {
  readonly decision: Decision;
  readonly file: string;
  /** The audit log of the stack. */
  readonly audit: string;
  readonly view: StackView;
}

/** Plans for the stack that the flags name. Writes nothing. */
async function makeDecision(call: Call): Promise<Made> {
  const { terminal, flags } = call;
  const { config, graph, inventory, traffic } = await graphOrTopology(call);
  const file = decisionPath(call, config);
  const view = await viewStack(call, config, inventory, graph.topology);
  const { worlds, seed } = simulationOf(call, config);
  const configured = auditPath(config);
  const audit = existsSync(configured) ? configured : resolve(file, "../audit.jsonl");
  const { lastChangedAt, recentMigrations, leftHosts } = readChangeHistory(audit, view, view);
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  const decision = planChanges({
    topology: graph.topology,
    inventory,
    targets: view.targets,
    weights: view.weights,
    boundTo: {
      ...{ project: view.project, stack: view.stack, ...view.aws },
      ...(view.clusterUid && { clusterUid: view.clusterUid }),
    },
    threshold: (flags.threshold as number | undefined) ?? config.risk.threshold,
    simulation: { worlds, seed },
    limits: { ...config.limits, killSwitch: killSwitchOf(call, view, file), recentMigrations },
    costs: config.costs,
    applied: changesInForce(view.applied, file),
    lastChangedAt,
    leftHosts,
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
  return { decision, file, audit, view };
}

/** Whether somebody stopped all changes: by environment or file, or in the stack's own configuration. */
function killSwitchOf({ terminal }: Call, { cwd, stack }: StackView, file: string): boolean | string {
  if (isStopped(file, terminal.env)) return true;
  const value = readProject(cwd, stack).config["firebreak:killSwitch"] ?? "";
  return ["", "false"].includes(value) ? false : `firebreak:killSwitch of stack ${stack} is ${value}`;
}
