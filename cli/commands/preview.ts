import { resolve } from "node:path";
import { GateError } from "../../input/gate.js";
import type { Decision } from "../../planner/types.js";
import { reportPullRequest } from "../../policies/report/pullRequest.js";
import type { ReportedRun } from "../../policies/report/reportedRun.js";
import { diffManifests } from "../../provider/manifests.js";
import { readProject } from "../../provider/project.js";
import { renderProgram } from "../../provider/renderProgram.js";
import { PolicyError } from "../../provider/stackFailure.js";
import { withDecision } from "../../provider/withDecision.js";
import { writeWhole } from "../../stores/wholeFile.js";
import type { Call, Command } from "../command.js";
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
      .option("--comment <file>", "also write the comment for the pull request, as Markdown")
      .option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, flags } = call;
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const file = decisionPath(call, config);
    const decision = openDecision(file);
    if (flags.manifests) {
      const place = placeOf(call, config);
      const before = await renderProgram(place);
      const { config: settings } = readProject(place.cwd, place.stack);
      const { resources, refused } = withDecision(before, decision, { now: terminal.now(), config: settings });
      const diff = diffManifests(before, resources);
      await writeComment(call, decision, { manifests: diff, refused });
      if (flags.json) printJson(terminal, { decision: decision.id, diff, refused });
      else {
        terminal.out(
          diff === "" ? "no object changes\n" : colourDiff(diff, (style, line) => paint(terminal, style, line)),
        );
        for (const r of refused) terminal.out(`not changed: ${r.service}: ${r.reason}: ${r.detail}\n`);
      }
      return undefined;
    }
    const { prepared, run } = await prepare(call, config, decision, file)
      .then(async (prepared) => ({ prepared, run: await previewPrepared(prepared) }))
      .catch(async (error: unknown) => {
        // What stopped the preview is what a reviewer needs most.
        if (error instanceof GateError) await writeComment(call, decision, stoppedBy(error));
        throw error;
      });
    await writeComment(call, decision, run);
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

/** Writes the comment for the pull request where one is asked for. */
async function writeComment({ terminal, flags }: Call, decision: Decision, run: ReportedRun): Promise<void> {
  if (flags.comment === undefined) return;
  await writeWhole(resolve(terminal.cwd, String(flags.comment)), reportPullRequest({ decision, run }));
}

function stoppedBy(error: GateError): ReportedRun {
  return { blocked: error.message, ...(error instanceof PolicyError && { violations: error.violations }) };
}

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
