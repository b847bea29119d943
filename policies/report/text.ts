import { styleText } from "node:util";
import type { Finding, GateReport } from "../types.js";
import type { ReportFormat } from "./format.js";
import { visible } from "./markdown.js";
import { countsSentence, describeException, describePatch, noticesOf, stateOf, subjectOf } from "./wording.js";

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

const colours = { fails: "red", unknown: "red", warning: "yellow", "let through": "gray" } as const;

/** Longest text in the table. */
const longest = 60;

/** For people: a table of the findings, what each says, and what stands in the end. */
export const text: ReportFormat = {
  name: "text",
  extension: "txt",
  write: (report, { colour }) => {
    const paint: Paint = (style, part) =>
      colour && part !== "" ? styleText(style, part, { validateStream: false }) : part;
    const parts = [heading(report), ...findings(report, paint), ...notices(report, paint), verdict(report, paint)];
    return `${parts.join("\n\n")}\n`;
  },
};

function heading(report: GateReport): string {
  const by = report.decision === null ? "without a decision" : `by decision ${report.decision.slice(0, 19)}`;
  return visible(`${subjectOf(report)}, judged ${by}`);
}

function findings({ findings: all }: GateReport, paint: Paint): string[] {
  if (all.length === 0) return [];
  const header = ["", "severity", "rule", "resource", "place"];
  const rows = all.map((finding) => [
    stateOf(finding),
    finding.severity,
    finding.rule,
    resourceOf(finding),
    placeOf(finding),
  ]);
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  const table = [line(header), ...all.map((finding, i) => paint(colours[stateOf(finding)], line(rows[i]!)))].join("\n");
  return [table, ...all.map((finding) => details(finding, paint))];
}

function details(finding: Finding, paint: Paint): string {
  const { address, message, place, path = [], fix = [], exception } = finding;
  const title = `${stateOf(finding)}: ${finding.rule}${address === null ? "" : `, ${visible(address)}`}`;
  const lines = [
    message,
    ...(place && place.file.length > longest ? [`at ${place.file}:${place.line ?? 1}`] : []),
    ...(path.length > 0 ? [`path: ${path.join(" → ")}`] : []),
    ...fix.map((patch) => `fix: ${patch.address === address ? "" : `${patch.address}: `}${describePatch(patch)}`),
    ...(exception ? [`let through ${describeException(exception)}, by ${exception.from}`] : []),
  ];
  return [
    paint(["bold", colours[stateOf(finding)]] as never, title),
    ...lines.map((part) => `  ${visible(part)}`),
  ].join("\n");
}

function notices(report: GateReport, paint: Paint): string[] {
  const lines = noticesOf(report).map((notice) => paint("yellow", `warning: ${visible(notice)}`));
  return lines.length === 0 ? [] : [lines.join("\n")];
}

function verdict(report: GateReport, paint: Paint): string {
  const { inForce, expired } = report.exceptions;
  const exceptions =
    inForce + expired.length === 0 ? "" : `; exceptions: ${inForce} in force, ${expired.length} expired`;
  const counts = `${countsSentence(report)}${exceptions}`;
  return `${counts}\n${report.blocked ? paint("red", "blocked") : paint("green", "not blocked")}`;
}

function resourceOf({ resource, address }: Finding): string {
  if (resource) return `${cell(resource.name)} (${cell(resource.type.split(":").at(-1) ?? "")}, ${resource.operation})`;
  return address === null ? "the stack" : cell(address);
}

function placeOf({ place }: Finding): string {
  if (place === undefined) return "";
  return place.line === undefined ? cell(place.file) : `${cell(place.file)}:${place.line}`;
}

/** Text of a cell: what follows the table shows it whole. */
function cell(text: string): string {
  const shown = visible(text);
  return shown.length > longest ? `…${shown.slice(1 - longest)}` : shown;
}
