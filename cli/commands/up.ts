import { createInterface } from "node:readline/promises";
import { GateError } from "../../input/gate.js";
import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { decisionPath, openDecision } from "../decisionFile.js";
import { describeDecision } from "../decisionReport.js";
import { applyFlags } from "../flags.js";
import { printJson, type Terminal } from "../output.js";
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
    if (changes && flags.yes !== true) await confirm(terminal);
    const done = await upPrepared(prepared, terminal);
    const { changeSummary, steps, warnings } = done;
    if (flags.json) printJson(terminal, { decision: decision.id, changeSummary, steps, warnings });
    else if (!changes) terminal.out(`decision ${decision.id} is applied already\n`);
    else terminal.out(`applied decision ${decision.id}\n${describeRun(done, terminal)}`);
    return undefined;
  },
};

async function confirm(terminal: Terminal): Promise<void> {
  const asked = terminal.interactive && "isTTY" in terminal.stdin && terminal.stdin.isTTY === true;
  if (!asked) throw new GateError("nothing was changed: there is nobody to ask here; repeat with --yes");
  const prompt = createInterface({ input: terminal.stdin, output: process.stderr });
  try {
    const answer = await prompt.question("Apply this? Only yes is a yes: ");
    if (answer.trim() !== "yes") throw new GateError("nothing was changed");
  } finally {
    prompt.close();
  }
}
