import type { Finding } from "../types.js";
import type { ReportFormat } from "./format.js";
import { countsSentence, describeException, describePatch, noticesOf, stateOf, subjectOf } from "./wording.js";

const commands = { fails: "error", unknown: "error", warning: "warning", "let through": "notice" } as const;

/**
 * Workflow commands of GitHub Actions, which become annotations of the run and of lines in a pull request
 * (docs.github.com, "Workflow commands for GitHub Actions").
 */
export const github: ReportFormat = {
  name: "github",
  extension: "txt",
  write: (report) => {
    const result = report.blocked ? "blocked" : "not blocked";
    const lines = [
      ...report.findings.map(command),
      ...noticesOf(report).map((notice) => line("warning", { title: "Firebreak" }, notice)),
      line("notice", { title: `Firebreak: ${subjectOf(report)} is ${result}` }, countsSentence(report)),
    ];
    return `${lines.join("\n")}\n`;
  },
};

function command(finding: Finding): string {
  const { rule, severity, place, message, address, path = [], fix = [], exception } = finding;
  const properties = {
    title: `${rule} (${severity}${exception ? ", let through" : ""})`,
    ...(place && { file: place.file, ...(place.line !== undefined && { line: String(place.line) }) }),
  };
  const text = [
    message,
    ...(address === null ? [] : [address]),
    ...(path.length > 0 ? [`path: ${path.join(" → ")}`] : []),
    ...fix.map((patch) => `fix: ${describePatch(patch)}`),
    ...(exception ? [`let through ${describeException(exception)}`] : []),
  ];
  return line(commands[stateOf(finding)], properties, text.join("\n"));
}

function line(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${given.join(",")}::${escapeData(message)}`;
}

/** As `@actions/core` does. Line separators of Unicode are no line ends to the runner, but to people's terminals. */
function escapeData(text: string): string {
  return text
    .replace(/%/g, "%25")
    .replace(/\r/g, "%0D")
    .replace(/\n/g, "%0A")
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}

function escapeProperty(text: string): string {
  return escapeData(text.replace(/[\r\n]/g, " "))
    .replace(/:/g, "%3A")
    .replace(/,/g, "%2C");
}
