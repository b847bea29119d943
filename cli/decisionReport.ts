import type { Change, Decision, Refusal } from "../planner/types.js";
import { paint, percent, type Terminal, table } from "./output.js";

/** The decision for people: what changes and why, what was not permitted, what stays over the threshold. */
export function describeDecision(decision: Decision, terminal: Terminal): string {
  const parts = [summaryOf(decision, terminal)];
  if (decision.changes.length > 0) {
    parts.push(
      table(["change", "service", "from", "to", "cost/day", "risk without it"], decision.changes.map(changeRow)),
    );
    parts.push(decision.changes.map((c) => `${c.service}: ${c.reason}`).join("\n"));
  }
  if (decision.changes.length > 0) parts.push(describeRisks(decision));
  if (decision.refusals.length > 0) parts.push(`not changed:\n${decision.refusals.map(describeRefusal).join("\n")}`);
  const failing = decision.verdicts.filter((v) => v.withChanges !== "pass");
  if (failing.length > 0) {
    parts.push(
      table(
        ["service", "verdict", "why"],
        failing.map((v) => [v.service, v.withChanges, v.reason]),
      ),
    );
  }
  if (decision.warnings.length > 0) parts.push(decision.warnings.map((w) => `warning: ${w}`).join("\n"));
  return `${parts.map((part) => part.trimEnd()).join("\n\n")}\n`;
}

/** A risk that changes by less is not worth a row: a tenth of a percentage point. */
const notable = 0.001;

/** Risk before and after, of the instances that were or are over the threshold and of those that notably move. */
function describeRisks({ instances, threshold }: Decision): string {
  const compared = instances
    .flatMap(({ id, added, before, after }) =>
      added || after === null ? [] : [{ id, before: before.risk, after: after.risk }],
    )
    .sort((a, b) => b.before - a.before || (a.id < b.id ? -1 : 1));
  const shown = compared.filter(
    (i) => Math.max(i.before, i.after) > threshold || Math.abs(i.after - i.before) >= notable,
  );
  const others = compared.length - shown.length;
  const rows = shown.map((i) => [i.id, percent(i.before), percent(i.after)]);
  const rest = `${others} other ${others === 1 ? "instance moves" : "instances move"} by less than ${percent(notable)}\n`;
  return (shown.length > 0 ? table(["instance", "risk before", "after"], rows) : "") + (others > 0 ? rest : "");
}

/** One line: how many are over the threshold, before and after. */
function summaryOf(decision: Decision, terminal: Terminal): string {
  const { instances, threshold, changes } = decision;
  const before = instances.filter((i) => !i.added && i.before.risk > threshold).length;
  const after = instances.filter((i) => i.after !== null && i.after.risk > threshold).length;
  const what = changes.length === 1 ? "1 change" : `${changes.length} changes`;
  const text = `${what}: instances over the threshold of ${percent(threshold)}: ${before} before, ${after} after (${decision.worlds.toLocaleString("en")} worlds, seed ${decision.seed})`;
  return paint(terminal, after > 0 ? "red" : "green", text);
}

function changeRow(change: Change): string[] {
  const { kind, service, from, to, costPerDay, riskWithout } = change;
  const part = kind === "migration" ? change.instance : kind === "dnsWeight" ? change.backend : "";
  return [
    kind,
    part === "" ? service : `${service} ${part}`,
    String(from),
    kind === "reservation" ? `${to} ${to === 1 ? "slot" : "slots"}` : String(to),
    costPerDay.toFixed(2),
    percent(riskWithout),
  ];
}

function describeRefusal({ kind, service, instance, backend, from, to, reason, detail }: Refusal): string {
  const wish = to === undefined ? kind : `${kind} ${from ?? "?"} → ${to}`;
  const subject = instance ?? (backend === undefined ? service : `${service} ${backend}`);
  return `  ${subject} (${wish}): ${reason}: ${detail}`;
}
