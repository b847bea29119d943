import type { Finding, GateReport, JudgedRule } from "../types.js";
import type { ReportFormat } from "./format.js";
import { visible } from "./markdown.js";
import { describeException, describePatch, noticesOf, ruleInfo, stateOf, subjectOf } from "./wording.js";

/**
 * JUnit XML as Jenkins, GitLab and others read it: a suite for each rule, a failed test for each finding that fails, a
 * skipped one for each that an exception lets through; a warning passes and says so in its output.
 */
export const junit: ReportFormat = {
  name: "junit",
  extension: "xml",
  write: (report) => {
    const suites = report.rules.map((rule) => suite(rule, report));
    const totals = sum(suites.map(({ counts }) => counts));
    const body = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites ${attributes({ name: `firebreak check: ${subjectOf(report)}`, ...totals, time: 0 })}>`,
      ...suites.map(({ xml }) => xml),
      "</testsuites>",
    ];
    return `${body.join("\n")}\n`;
  },
};

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

function suite(rule: JudgedRule, report: GateReport): { readonly xml: string; readonly counts: Counts } {
  const findings = report.findings.filter((finding) => finding.rule === rule.id);
  const title = ruleInfo.get(rule.id)?.title ?? rule.id;
  const cases = findings.map(testCase);
  if (rule.counts.pass > 0 || findings.length === 0) {
    cases.push(
      `    <testcase ${attributes({ name: `${title}: ${rule.counts.pass} pass`, classname: rule.id, time: 0 })}/>`,
    );
  }
  const states = findings.map(stateOf);
  const counts = {
    tests: cases.length,
    failures: states.filter((state) => state === "fails" || state === "unknown").length,
    errors: 0,
    skipped: states.filter((state) => state === "let through").length,
  };
  const notices = rule === report.rules[0] ? noticesOf(report) : [];
  const xml = [
    `  <testsuite ${attributes({ name: rule.id, ...counts, time: 0 })}>`,
    ...cases,
    ...(notices.length > 0 ? [`    <system-err>${escapeXml(notices.join("\n"))}</system-err>`] : []),
    "  </testsuite>",
  ];
  return { xml: xml.join("\n"), counts };
}

function testCase(finding: Finding): string {
  const { rule, severity, verdict, message, address, path = [], fix = [], exception, place } = finding;
  const state = stateOf(finding);
  const opening = `    <testcase ${attributes({ name: address ?? "the stack", classname: rule, time: 0, ...(place && { file: place.file }) })}>`;
  const text = [
    message,
    ...(place ? [place.line === undefined ? place.file : `${place.file}:${place.line}`] : []),
    ...(path.length > 0 ? [`path: ${path.join(" → ")}`] : []),
    ...fix.map((patch) => `fix: ${describePatch(patch)}`),
  ].join("\n");
  const inside =
    state === "let through"
      ? `<skipped ${attributes({ message: `let through ${describeException(exception!)}: ${message}` })}/>`
      : state === "warning"
        ? `<system-out>${escapeXml(`warning: ${text}`)}</system-out>`
        : `<failure ${attributes({ type: `${severity} ${verdict}`, message })}>${escapeXml(text)}</failure>`;
  return `${opening}\n      ${inside}\n    </testcase>`;
}

function sum(all: readonly Counts[]): Counts {
  const of = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
  return { tests: of("tests"), failures: of("failures"), errors: of("errors"), skipped: of("skipped") };
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(" ");
}

/** Text in which nothing is markup, and no sign that XML 1.0 does not know. */
function escapeXml(text: string): string {
  return text.split("\n").map(escapeLine).join("&#10;");
}

function escapeLine(line: string): string {
  return visible(line)
    .replace(/[\ufffe\uffff]/g, "?")
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
