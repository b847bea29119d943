import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { confirm } from "../confirm.js";
import { decisionPath, openDecision } from "../decisionFile.js";
import { describeDecision } from "../decisionReport.js";
import { applyFlags } from "../flags.js";
import { printJson } from "../output.js";
import { assertFresh, describeRun, prepare, previewPrepared, upPrepared } from "../reconcile.js";

export const up: Command = {
  declare: (command) => applyFlags(command).option("--yes", "do not ask").option("--json", "print one JSON document"),
  run: async (call) => {
    const { terminal, flags } = call;
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const file = decisionPath(call, config);
    const decision = openDecision(file);
    assertFresh(decision, file, terminal);
    const prepared = await prepare(call, config, decision, file);
    const shown = await previewPrepared(prepared);
    if (!flags.json) terminal.out(`${describeDecision(decision, terminal)}\n${describeRun(shown, terminal)}\n`);
    // The saved plan holds the update to this preview: where that changes nothing, there is nothing to ask.
    const changes = Object.keys(shown.changeSummary).some((op) => op !== "same");
    if (changes && flags.yes !== true) await confirm(terminal, "Apply this?");
    const done = await upPrepared(prepared, terminal);
    const { changeSummary, steps, warnings } = done;
    if (flags.json) printJson(terminal, { decision: decision.id, changeSummary, steps, warnings });
    else if (!changes) terminal.out(`decision ${decision.id} is applied already\n`);
    else terminal.out(`applied decision ${decision.id}\n${describeRun(done, terminal)}`);
    return undefined;
  },
};
