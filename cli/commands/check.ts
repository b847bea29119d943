import { resolve } from "node:path";
import { Option } from "commander";
import { readBaseline, writeBaseline } from "../../policies/baseline.js";
import { type GateSettings, judgePlan, severities } from "../../policies/judge.js";
import { rules } from "../../policies/rules/index.js";
import { settingsOf } from "../../policies/settings.js";
import type { Exception, GateReport, PlannedStack } from "../../policies/types.js";
import { baselineEntry, findExceptions } from "../check/exceptions.js";
import { groundOf } from "../check/ground.js";
import { plannedSource } from "../check/plannedSource.js";
import { wantedReports, writeFile, writeReports } from "../check/reports.js";
import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { graphFlags } from "../flags.js";

export const check: Command = {
  declare: (command) =>
    graphFlags(command)
      .option("--pulumi-preview <file>", "output of `pulumi preview --json --show-sames`; - reads standard input")
      .option("--pulumi-plan <file>", "file of `pulumi preview --save-plan`; - reads standard input")
      .option("--terraform-plan <file>", "output of `terraform show -json PLAN`; - reads standard input")
      .option("--manifests <dir>", "folder of Kubernetes manifests, as they are deployed")
      .option("--base <dir>", "the manifests before the change")
      .option("--cwd <dir>", "folder of the Pulumi project, for the places of resources (default: here)")
      .option("--decision <file>", "decision to judge by (default: .firebreak/decision.json)")
      .option("--topology <file>", "topology JSON instead of the one beside the decision; - reads standard input")
      .option(
        "--format <name[=file]>",
        "report: text, json, sarif, junit, github or markdown; may be repeated",
        collect,
      )
      .option("--json", "the report as one JSON document; as --format json")
      .addOption(
        new Option("--fail-on <severity>", "lowest severity of a mandatory finding that blocks")
          .choices([...severities, "none"])
          .default("low"),
      )
      .option("--soft-fail", "exit 0 after a report, whatever it says")
      .option("--baseline <file>", "let through what this baseline holds")
      .option("--write-baseline <file>", "write a baseline of what is found, and judge by it")
      .option("--owner <name>", "with --write-baseline: who answers for its entries")
      .option("--expires <date>", "with --write-baseline: until when its entries hold (default: 90 days)")
      .option("--reason <text>", "with --write-baseline: why its entries are let through"),
  run: async (call) => {
    const { terminal, flags } = call;
    const wanted = wantedReports(call);
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const source = await plannedSource(call);
    const found = findExceptions(call, config, source.stack);
    const { ground, warnings } = await groundOf(call, config);
    const { rules: levels, numbers } = settingsOf(config.policy);
    const settings: GateSettings = {
      rules: levels,
      unknown: ground.decision?.unknown ?? config.risk.unknown,
      failOn: flags.failOn as GateSettings["failOn"],
    };
    const stack: PlannedStack = {
      ...source.stack,
      warnings: [...source.stack.warnings, ...found.warnings, ...warnings],
    };
    const judge = (exceptions: readonly Exception[]) =>
      judgePlan(stack, rules, { ...ground, numbers }, exceptions, settings);
    let report: GateReport = judge(found.exceptions);
    const baseline = flags.writeBaseline as string | undefined;
    if (baseline !== undefined) {
      const former = flags.baseline as string | undefined;
      const content = writeBaseline(report, baselineEntry(call), former);
      await writeFile(resolve(terminal.cwd, baseline), content);
      const others = found.exceptions.filter(({ from }) => from !== former);
      report = judge([...others, ...readBaseline(JSON.parse(content), baseline)]);
    }
    await writeReports(call, wanted, report, source.input);
    return report.blocked && flags.softFail !== true ? 3 : undefined;
  },
};

function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}
