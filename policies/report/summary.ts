import type { Finding, GateReport } from "../types.js";
import type { ReportFormat } from "./format.js";
import { code, folded, numbered, prose, table, visible } from "./markdown.js";
import {
  countsSentence,
  describeException,
  describePatch,
  noticesOf,
  ruleInfo,
  stateOf,
  subjectOf,
} from "./wording.js";

/** Markdown for a job's summary or a merge request: names and messages are never read as Markdown. */
export const summary: ReportFormat = {
  name: "markdown",
  extension: "md",
  write: (report) => {
    const parts = [heading(report), ...findings(report), ...notices(report)];
    return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
  },
};

function heading(report: GateReport): string[] {
  const result = report.blocked ? "**blocked**" : "**not blocked**";
  const by = report.decision === null ? "without a decision" : `by decision ${code(report.decision.slice(0, 19))}`;
  return [`### Firebreak: ${result}`, "", `${code(subjectOf(report))}, judged ${by}. ${countsSentence(report)}.`];
}

function findings({ findings: all }: GateReport): string[][] {
  if (all.length === 0) return [];
  const rows = all.map((finding) => [
    stateOf(finding),
    finding.severity,
    code(finding.rule),
    finding.resource ? code(finding.resource.name) : finding.address === null ? "the stack" : code(finding.address),
    sentence(finding.message),
  ]);
  return [table(["", "severity", "rule", "resource", "what"], rows), ...all.flatMap(details)];
}

function details(finding: Finding): string[][] {
  const { rule, address, path = [], fix = [], exception, place } = finding;
  const lines = [
    ...(address === null ? [] : [`- resource: ${code(address)}`]),
    ...(place ? [`- place: ${code(place.line === undefined ? place.file : `${place.file}:${place.line}`)}`] : []),
    ...(path.length > 0 ? [`- path: ${path.map(code).join(" → ")}`] : []),
    ...fix.map((patch) => `- fix: ${code(describePatch(patch))}`),
    ...(exception ? [`- let through ${sentence(describeException(exception))}, by ${code(exception.from)}`] : []),
    ...(ruleInfo.has(rule) ? [`- remedy: ${ruleInfo.get(rule)!.remedy}`] : []),
  ];
  const name = finding.resource?.name ?? address;
  // Sites read HTML, not Markdown, in a summary.
  return [folded(name === null ? rule : `${rule}: ${numbered(visible(name))}`, lines)];
}

function notices(report: GateReport): string[][] {
  const lines = noticesOf(report).map((notice) => `- ${sentence(notice)}`);
  return lines.length === 0 ? [] : [["Warnings:", "", ...lines]];
}

/** A sentence in which what stands between backticks is code. */
function sentence(text: string): string {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return prose(text);
  return parts.map((part, i) => (i % 2 === 1 ? code(part) : aroundProse(part))).join("");
}

function aroundProse(text: string): string {
  const [start = "", end = ""] = [/^\s/.exec(text)?.[0] && " ", /\s$/.exec(text)?.[0] && " "];
  return text.trim() === "" ? start : `${start}${prose(text)}${end}`;
}
