import type { Change, Decision, Refusal, Verdict, VerdictValue } from "../../planner/types.js";
import { type CommentHeader, writeHeader } from "../comment/header.js";
import { code, fence, folded, prose, table } from "./markdown.js";
import { pathGraph } from "./mermaid.js";
import { percent } from "./percent.js";
import type { ReportedRun } from "./reportedRun.js";
import { resourceLines } from "./resources.js";

/** What the report is made of. Verdicts are the decision's own unless a judgement of what is really planned is given. */
export interface PullRequestReport {
  readonly decision: Decision;
  readonly run?: ReportedRun;
  readonly verdicts?: readonly Verdict[];
}

/**
 * The comment on a pull request as Markdown that GitHub and GitLab show alike: a summary, the changes, and folded away
 * all that stands behind them. Its first line says to the next run what it is about (`CommentHeader`). Names and
 * messages of others are never read as Markdown.
 */
export function reportPullRequest(report: PullRequestReport): string {
  const parts = [writeHeader(headerOf(report)), ...sections.map((section) => section(report).join("\n"))];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Longest reason of a stop that stands in the summary, in UTF-16 units; violations have a section of their own. */
const mostOfStop = 2000;

/** In the order of reading; what is cut to fit is cut from the end. */
const sections: readonly ((report: PullRequestReport) => string[])[] = [
  summary,
  changes,
  violations,
  unknowns,
  refusals,
  provenance,
  services,
  failurePaths,
  resources,
  manifests,
  warnings,
];

function headerOf(report: PullRequestReport): CommentHeader {
  const { decision } = report;
  const verdict = overall(report);
  return {
    project: decision.boundTo.project,
    stack: decision.boundTo.stack,
    decision: decision.id,
    createdAt: decision.createdAt,
    changes: decision.changes.length,
    verdict,
    quiet:
      verdict === "pass" &&
      decision.changes.length === 0 &&
      allRefusals(report).length === 0 &&
      (report.run?.violations ?? []).length === 0 &&
      report.run?.blocked === undefined,
  };
}

function summary(report: PullRequestReport): string[] {
  const { decision, run } = report;
  const { before, after } = worst(decision);
  const { project, stack } = decision.boundTo;
  const { length } = decision.changes;
  const line = [
    `Highest risk **${percent(before)} → ${percent(after)}** (threshold ${percent(decision.threshold)})`,
    `**${length} ${length === 1 ? "change" : "changes"}**`,
    `verdict **${overall(report)}**`,
  ];
  return [
    `### Firebreak: ${code(`${project}/${stack}`)}`,
    "",
    `${line.join(", ")}.`,
    ...(run?.blocked === undefined
      ? []
      : ["", `**The preview was stopped:** ${prose(run.blocked.slice(0, mostOfStop))}`]),
  ];
}

function changes({ decision }: PullRequestReport): string[] {
  const { after } = worst(decision);
  const rows = decision.changes.map((change) => [
    change.kind,
    subjectOf(change),
    `${code(String(change.from))} → ${code(String(change.to))}`,
    `${percent(change.riskWithout)} → ${percent(after)}`,
    change.costPerDay.toFixed(2),
    prose(change.reason),
  ]);
  if (rows.length === 0) return [];
  return table(["change", "of", "from → to", "risk without it → with all", "cost per day", "why"], rows);
}

function violations({ run }: PullRequestReport): string[] {
  const rows = (run?.violations ?? []).map((v) => [
    code(`${v.pack}/${v.policy}`),
    v.level,
    v.urn === undefined ? "" : code(nameOf(v.urn)),
    prose(v.message),
  ]);
  return list("Policy violations", rows, ["policy", "level", "resource", "message"]);
}

function unknowns({ decision, verdicts = decision.verdicts }: PullRequestReport): string[] {
  const rows = verdicts
    .filter((v) => v.withChanges === "unknown")
    .map((v) => [code(v.service), code(v.target?.name ?? "no resource"), prose(v.reason)]);
  return list("What is unknown, and so not safe", rows, ["service", "resource", "why"]);
}

function refusals(report: PullRequestReport): string[] {
  const rows = allRefusals(report).map((r) => [
    r.kind,
    code(r.instance ?? r.backend ?? r.service),
    r.to === undefined ? "" : `${code(String(r.from ?? "?"))} → ${code(String(r.to))}`,
    code(r.reason),
    prose(r.detail),
  ]);
  return list("Not changed", rows, ["change", "of", "from → to", "reason", "detail"]);
}

function provenance({ decision }: PullRequestReport): string[] {
  const { data, model, createdAt, worlds, seed } = decision;
  const window =
    data.from === null || data.to === null ? "no history: planned from a topology" : `${data.from} to ${data.to}`;
  const rows = [
    ["decision", code(decision.id)],
    ["made", code(createdAt)],
    ["data window", data.from === null ? window : code(window)],
    ...(data.rows === null ? [] : [["rows", String(data.rows)]]),
    ["graph", code(data.graphHash)],
    ["worlds", String(worlds)],
    ["seed", String(seed)],
    ["model", code(`${model.version}, horizon ${model.horizon} s`)],
  ];
  return folded("Decision", table(["", ""], rows));
}

function services({ decision, verdicts = decision.verdicts }: PullRequestReport): string[] {
  const order: readonly VerdictValue[] = ["fail", "unknown", "pass"];
  const rows = order.flatMap((value) =>
    verdicts.filter((v) => v.withChanges === value).map((v) => [code(v.service), v.asWritten, value, prose(v.reason)]),
  );
  return list("Verdicts", rows, ["service", "as written", "with the changes", "why"]);
}

function failurePaths({ decision }: PullRequestReport): string[] {
  const graphs = decision.changes
    .filter((change) => change.path.length > 0)
    .flatMap((change) => [
      `The path that ${change.kind} of ${subjectOf(change)} cuts:`,
      "",
      ...fence("mermaid", pathGraph(change.path)),
      "",
    ]);
  return graphs.length === 0 ? [] : folded("Failure paths", graphs.slice(0, -1));
}

function resources({ run }: PullRequestReport): string[] {
  const lines = resourceLines(run?.steps ?? []);
  if (run?.steps === undefined) return [];
  return lines.length === 0 ? ["The stack does not change."] : folded("Resources", fence("diff", lines));
}

function manifests({ run }: PullRequestReport): string[] {
  if (run?.manifests === undefined) return [];
  const lines = run.manifests.split("\n").filter((line, i, all) => line !== "" || i < all.length - 1);
  return lines.length === 0 ? ["No object of the program changes."] : folded("Objects", fence("diff", lines));
}

function warnings({ decision, run }: PullRequestReport): string[] {
  const rows = [...decision.warnings, ...(run?.warnings ?? [])].map((warning) => [prose(warning)]);
  return list("Warnings", rows, ["warning"]);
}

/** A folded table whose title counts its rows; nothing where there are none. */
function list(title: string, rows: readonly (readonly string[])[], header: readonly string[]): string[] {
  return rows.length === 0 ? [] : folded(`${title} (${rows.length})`, table(header, rows));
}

/** Highest risk of an instance that is there, now and with all changes. */
function worst({ instances }: Decision): { readonly before: number; readonly after: number } {
  const before = instances.filter((i) => !i.added).map((i) => i.before.risk);
  const after = instances.flatMap((i) => (i.after === null ? [] : [i.after.risk]));
  const highest = (risks: readonly number[]) => risks.reduce((a, b) => Math.max(a, b), 0);
  return { before: highest(before), after: highest(after) };
}

/** The gravest verdict of all; a stack of which nothing is judged is unknown. */
function overall({ decision, verdicts = decision.verdicts }: PullRequestReport): VerdictValue {
  const values = verdicts.map((v) => v.withChanges);
  if (values.includes("fail")) return "fail";
  return values.length === 0 || values.includes("unknown") ? "unknown" : "pass";
}

function allRefusals({ decision, run }: PullRequestReport): readonly Refusal[] {
  return [...decision.refusals, ...(run?.refused ?? [])];
}

function subjectOf(change: Change): string {
  if (change.kind === "migration") return `${code(change.service)} ${code(change.instance)}`;
  if (change.kind === "dnsWeight") return `${code(change.service)} ${code(change.backend)}`;
  return code(change.service);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
