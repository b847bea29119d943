import { diffManifests } from "../../provider/manifests.js";
import { renderProgram } from "../../provider/renderProgram.js";
import { withDecision } from "../../provider/withDecision.js";
import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { decisionPath, openDecision } from "../decisionFile.js";
import { describeDecision } from "../decisionReport.js";
import { applyFlags } from "../flags.js";
import { paint, printJson } from "../output.js";
import { describeRun, prepare, previewPrepared } from "../reconcile.js";
import { placeOf } from "../stackView.js";

export const preview: Command = {
  declare: (command) =>
    applyFlags(command)
      .option("--manifests", "the program's own objects before and after, without an engine")
      .option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, flags } = call;
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const file = decisionPath(call, config);
    const decision = openDecision(file);
    if (flags.manifests) {
      const before = await renderProgram(placeOf(call, config));
      const { resources, refused } = withDecision(before, decision);
      const diff = diffManifests(before, resources);
      if (flags.json) printJson(terminal, { decision: decision.id, diff, refused });
      else {
        terminal.out(
          diff === "" ? "no object changes\n" : colourDiff(diff, (style, line) => paint(terminal, style, line)),
        );
        for (const r of refused) terminal.out(`not changed: ${r.service}: ${r.reason}: ${r.detail}\n`);
      }
      return undefined;
    }
    const prepared = await prepare(call, config, decision, file);
    const run = await previewPrepared(prepared);
    if (flags.json) {
      const { changeSummary, steps, warnings, violations } = run;
      printJson(terminal, {
        decision: decision.id,
        plan: prepared.planFile,
        changeSummary,
        steps,
        warnings,
        violations,
      });
    } else {
      terminal.out(`${describeDecision(decision, terminal)}\n${describeRun(run, terminal)}`);
      terminal.out(`\nplan saved to ${prepared.planFile}; apply it with \`firebreak up\`\n`);
    }
    return undefined;
  },
};

function colourDiff(diff: string, colour: (style: "red" | "green" | "cyan", line: string) => string): string {
  return diff
    .split("\n")
    .map((line) => {
      if (/^(\+\+\+|---|@@)/.test(line)) return colour("cyan", line);
      if (line.startsWith("+")) return colour("green", line);
      return line.startsWith("-") ? colour("red", line) : line;
    })
    .join("\n");
}
