import { createHash } from "node:crypto";
import type { Finding, GateReport } from "../types.js";
import type { ReportFormat, ReportStyle } from "./format.js";
import { describeException, noticesOf, plainValue, ruleInfo, stateOf, subjectOf } from "./wording.js";

const levels = { fails: "error", unknown: "error", warning: "warning", "let through": "note" } as const;

/**
 * SARIF 2.1.0 (OASIS), as code scanning takes it: a result for each finding, suppressed where an exception lets it
 * through. A finding whose place is not known is put at the top of what was checked, since GitHub takes none without.
 */
export const sarif: ReportFormat = {
  name: "sarif",
  extension: "sarif",
  write: (report, style) => {
    const rules = [...new Set(report.findings.map(({ rule }) => rule).concat(report.rules.map(({ id }) => id)))].sort();
    const log = {
      $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "Firebreak", semanticVersion: style.version, rules: rules.map(descriptor) } },
          automationDetails: { id: `firebreak/${subjectOf(report)}/` },
          invocations: [
            {
              executionSuccessful: true,
              toolExecutionNotifications: noticesOf(report).map((text) => ({ level: "warning", message: { text } })),
            },
          ],
          columnKind: "utf16CodeUnits",
          results: results(report, rules, style),
          properties: { decision: report.decision, blocked: report.blocked, counts: report.counts },
        },
      ],
    };
    return `${JSON.stringify(log, plainValue, 2)}\n`;
  },
};

function descriptor(id: string): object {
  const rule = ruleInfo.get(id);
  if (rule === undefined) return { id };
  return {
    id,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.rationale },
    help: { text: rule.remedy },
    defaultConfiguration: { level: rule.level === "mandatory" ? "error" : "warning" },
    properties: { tags: ["reliability"], severity: rule.severity },
  };
}

function results(report: GateReport, rules: readonly string[], style: ReportStyle): object[] {
  const seen = new Map<string, number>();
  return report.findings.map((finding) => {
    const { rule, message, severity, verdict, path, fix, exception } = finding;
    const identity = JSON.stringify([rule, finding.address]);
    const nth = seen.get(identity) ?? 0;
    seen.set(identity, nth + 1);
    return {
      ruleId: rule,
      ruleIndex: rules.indexOf(rule),
      level: levels[stateOf(finding)],
      message: { text: message },
      locations: [locationOf(finding, report, style)],
      partialFingerprints: { "firebreak/v1": createHash("sha256").update(`${identity}${nth}`, "utf8").digest("hex") },
      ...(exception && {
        suppressions: [{ kind: "external", status: "accepted", justification: describeException(exception) }],
      }),
      properties: { severity, verdict, ...(path && { path }), ...(fix && { fix }) },
    };
  });
}

function locationOf({ place, address, resource }: Finding, { source }: GateReport, { input }: ReportStyle): object {
  const file = place?.file ?? (source === "pulumi" ? "Pulumi.yaml" : (input ?? "stdin"));
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: place?.line ?? 1 } },
    ...(address !== null && {
      logicalLocations: [{ name: resource?.name ?? address, fullyQualifiedName: address, kind: "resource" }],
    }),
  };
}

/** A relative reference of a path, or a file URI of an absolute one. */
function uriOf(path: string): string {
  const parts = path
    .replace(/\p{Cs}/gu, "\ufffd")
    .replaceAll("\\", "/")
    .split("/")
    .map(encodeURIComponent);
  const joined = parts.join("/");
  return joined.startsWith("/") ? `file://${joined}` : joined;
}
