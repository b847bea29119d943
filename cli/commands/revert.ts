import { resolve } from "node:path";
import { GateError } from "../../input/gate.js";
import { InputError } from "../../input/problems.js";
import { actorOf } from "../../provider/actor.js";
import { openCluster } from "../../provider/cluster.js";
import { type RevertOutcome, revertObject } from "../../provider/revert/kubernetes.js";
import { planRevert, type RevertStep } from "../../provider/revert/plan.js";
import { type AuditEntry, appendAudit, readAudit, verifyAudit } from "../../stores/audit/file.js";
import type { Command } from "../command.js";
import { readConfig } from "../config.js";
import { confirm } from "../confirm.js";
import { printJson, type Terminal, table } from "../output.js";
import { auditPath } from "./audit.js";

export const revert: Command = {
  declare: (command) =>
    command
      .option("--audit <file>", "audit log (default: the configured one)")
      .option("--config <file>", "configuration (default: firebreak.yaml here, where there is one)")
      .option("--context <name>", "context of the kubeconfig")
      .option("--dry-run", "ask the API server what would happen, and write nothing")
      .option("--broken-log", "go on although the audit log's chain is broken")
      .option("--yes", "do not ask")
      .option("--json", "print one JSON document"),
  run: async ({ terminal, args, flags }) => {
    const config = readConfig(flags.config as string | undefined, terminal.cwd);
    const log = flags.audit === undefined ? auditPath(config) : resolve(terminal.cwd, String(flags.audit));
    assertWhole(log, flags.brokenLog === true);
    const decision = String(args[0]);
    const { ids, steps, left } = planRevert(readAudit(log), decision);
    const [id] = ids;
    if (id === undefined || ids.length > 1) {
      const message =
        id === undefined
          ? "no decision of that id is in the audit log; `firebreak audit show` lists them"
          : `fits ${ids.join(" and ")}; give more of the id`;
      throw new InputError(log, [{ place: decision, message }]);
    }
    const dryRun = flags.dryRun === true;
    if (!flags.json) terminal.out(describe(steps, left));
    if (steps.length > 0 && !dryRun && flags.yes !== true) await confirm(terminal, "Put these back?");
    const results: { step: RevertStep; result: RevertOutcome }[] = [];
    for (const step of steps) results.push({ step, result: await carryOut(step, { id, log, dryRun, flags }) });
    report(terminal, results, left, { id, dryRun, json: flags.json === true });
    const refused = results.filter(({ result }) => result.outcome === "refused");
    if (refused.length > 0) throw new GateError(`${refused.length} of ${results.length} were not put back`);
    return undefined;
  },
};

interface Run {
  readonly id: string;
  readonly log: string;
  readonly dryRun: boolean;
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Puts one value back, with a record before and after. A refused step leaves everything as it was. */
async function carryOut(step: RevertStep, { id, log, dryRun, flags }: Run): Promise<RevertOutcome> {
  const cluster = openCluster({ context: flags.context as string | undefined });
  if ("unreachable" in cluster) return { outcome: "refused", reason: cluster.unreachable };
  const foreseen = await revertObject(cluster, step, true);
  if (dryRun || foreseen.outcome === "alreadyThere") return foreseen;
  const { project, stack, urn, type, name, place, kind, from, to } = step;
  const entry: Omit<AuditEntry, "phase"> = {
    decision: id,
    project,
    stack,
    actor: actorOf(),
    operation: "revert",
    urn,
    type,
    name,
    change: { kind, from, to },
    place,
  };
  if (foreseen.outcome === "refused") {
    await appendAudit(log, { ...entry, phase: "refused", outcome: foreseen.reason });
    return foreseen;
  }
  await appendAudit(log, { ...entry, phase: "before" });
  const result = await revertObject(cluster, step, false);
  await appendAudit(log, {
    ...entry,
    phase: result.outcome === "refused" ? "refused" : "after",
    outcome: result.outcome === "refused" ? result.reason : "done",
  });
  return result;
}

function assertWhole(log: string, isBrokenAllowed: boolean): void {
  const { problems } = verifyAudit(log);
  if (problems.length === 0 || isBrokenAllowed) return;
  const lines = problems.map((p) => `  line ${p.line}: ${p.message}`);
  const remedy = "nothing was changed; see what happened, then repeat with --broken-log to believe it all the same";
  throw new GateError([`the audit log ${log} is not whole: ${remedy}`, ...lines].join("\n"));
}

function describe(steps: readonly RevertStep[], left: readonly { name: string; kind: string; reason: string }[]) {
  const rows = steps.map((s) => [s.kind, s.name, s.place.id, `${s.from} → ${s.to}`]);
  const shown = rows.length === 0 ? "nothing to put back\n" : table(["kind", "resource", "object", "value"], rows);
  return shown + left.map((l) => `left: ${l.kind} of ${l.name}: ${l.reason}\n`).join("");
}

function report(
  terminal: Terminal,
  results: readonly { readonly step: RevertStep; readonly result: RevertOutcome }[],
  left: readonly unknown[],
  { id, dryRun, json }: { readonly id: string; readonly dryRun: boolean; readonly json: boolean },
): void {
  if (json) {
    printJson(terminal, {
      decision: id,
      dryRun,
      steps: results.map(({ step, result }) => ({ ...step, ...result })),
      left,
    });
    return;
  }
  const words = {
    done: dryRun ? "would be put back" : "put back",
    alreadyThere: "is there already",
    refused: "refused",
  };
  for (const { step, result } of results) {
    const why = result.outcome === "refused" ? `: ${result.reason}` : "";
    terminal.out(`${step.name}: ${step.from} → ${step.to}: ${words[result.outcome]}${why}\n`);
  }
  if (!dryRun && results.some(({ result }) => result.outcome === "done")) {
    terminal.out(
      "the stack's state still holds the decision: plan again, or set the kill switch, before the next update\n",
    );
  }
}
