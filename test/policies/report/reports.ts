import type { Exception, Finding, GateReport } from "../../../policies/types.js";
import { secretValue, unknownValue } from "../../../policies/values.js";

export const style = { version: "1.2.3", colour: false, input: "preview.json" };

/** What breaks out of one format or another, in one name. */
export const hostile =
  "a\n::error::b\r##[c] \u001b[31m`|*_<d>]]>&amp;--><script>\u202e\u0000\ufffe\ud800 @team #1 %0A \u2028 [x](http://y) \"'";

export const exception: Exception = {
  rule: "risk-over-threshold",
  target: "web",
  reason: "moves next week",
  owner: "team-shop",
  expires: "2026-12-31",
  from: "firebreak.yaml",
};

export const failing: Finding = {
  verdict: "fail",
  address: "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web",
  message: "web: 2 replicas, and the decision asks for 3: call applyDecision() first",
  path: ["host/n1", "web-0"],
  fix: [
    {
      address: "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web",
      path: "spec.replicas",
      from: 2,
      to: 3,
    },
  ],
  rule: "risk-over-threshold",
  severity: "critical",
  level: "mandatory",
  resource: { type: "kubernetes:apps/v1:Deployment", name: "web", operation: "update" },
  place: { file: "src/index.ts", line: 7 },
};

export const unknown: Finding = {
  verdict: "unknown",
  address: null,
  message: "not judged: no decision",
  rule: "risk-over-threshold",
  severity: "critical",
  level: "mandatory",
  resource: null,
};

export const advisory: Finding = { ...failing, level: "advisory", severity: "low", address: "b", message: "is old" };

export const excepted: Finding = { ...failing, exception };

/** A finding in which every text is hostile and every value hidden. */
export const attack: Finding = {
  ...failing,
  address: `urn:pulumi:dev::shop::t::${hostile}`,
  message: hostile,
  path: [hostile, hostile],
  fix: [
    { address: hostile, path: hostile, from: secretValue, to: unknownValue },
    { address: hostile, path: hostile, from: hostile, to: { [hostile]: [secretValue] } },
  ],
  resource: { type: hostile, name: hostile, operation: "create" },
  place: { file: `${hostile}/x,y:z.ts`, line: 3 },
};

export const attackExcepted: Finding = {
  ...attack,
  exception: { ...exception, target: hostile, reason: hostile, owner: hostile, from: hostile },
};

export function reportOf(findings: readonly Finding[], more: Partial<GateReport> = {}): GateReport {
  const open = findings.filter((f) => f.exception === undefined);
  const fail = open.filter((f) => f.verdict === "fail").length;
  const counts = { pass: 4, fail, unknown: open.length - fail, excepted: findings.length - open.length };
  return {
    source: "pulumi",
    project: "shop",
    stack: "dev",
    decision: `sha256:${"ab".repeat(32)}`,
    findings,
    rules: [
      {
        id: "decision-in-force",
        severity: "high",
        level: "mandatory",
        counts: { pass: 1, fail: 0, unknown: 0, excepted: 0 },
      },
      { id: "risk-over-threshold", severity: "critical", level: "mandatory", counts: { ...counts, pass: 3 } },
    ],
    counts,
    exceptions: { inForce: 1, expiring: [], expired: [], unused: [] },
    resources: 9,
    warnings: [],
    blocked: open.some((f) => f.level === "mandatory"),
    ...more,
  };
}

/** A report in which all that comes from outside is hostile. */
export const hostileReport: GateReport = reportOf(
  [attack, attackExcepted, { ...attack, address: null, resource: null, place: undefined }],
  {
    project: hostile,
    stack: hostile,
    warnings: [hostile],
    exceptions: {
      inForce: 2,
      expiring: [attackExcepted.exception!],
      expired: [attackExcepted.exception!],
      unused: [attackExcepted.exception!],
    },
  },
);

/** Reports of every sort, by name. */
export const reports: readonly (readonly [string, GateReport])[] = [
  ["nothing", reportOf([])],
  [
    "no stack, no decision",
    reportOf([], { source: "terraform", project: null, stack: null, decision: null, resources: 0, rules: [] }),
  ],
  ["a failure", reportOf([failing])],
  ["every sort", reportOf([failing, unknown, advisory, excepted], { warnings: ["four resources were not shown"] })],
  [
    "manifests",
    reportOf([{ ...failing, place: { file: "k8s/web.yaml" } }], { source: "manifests", project: null, stack: null }),
  ],
  ["hostile text everywhere", hostileReport],
];
