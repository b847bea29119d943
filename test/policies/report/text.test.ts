import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { reportFormats } from "../../../policies/report/index.js";
import { json } from "../../../policies/report/json.js";
import { text } from "../../../policies/report/text.js";
import { advisory, excepted, exception, failing, reportOf, reports, style, unknown } from "./reports.js";

describe("the report for people", () => {
  it("shows a table, what each finding says, notices and the end", () => {
    const report = reportOf([failing, unknown, advisory, excepted], {
      warnings: ["4 resources are not shown"],
      exceptions: { inForce: 1, expiring: [exception], expired: [], unused: [] },
    });
    expect(text.write(report, style)).toBe(`shop/dev, judged by decision sha256:abababababab

             severity  rule                 resource                  place
fails        critical  risk-over-threshold  web (Deployment, update)  src/index.ts:7
unknown      critical  risk-over-threshold  the stack
warning      low       risk-over-threshold  web (Deployment, update)  src/index.ts:7
let through  critical  risk-over-threshold  web (Deployment, update)  src/index.ts:7

fails: risk-over-threshold, urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web
  web: 2 replicas, and the decision asks for 3: call applyDecision() first
  path: host/n1 → web-0
  fix: spec.replicas: 2 → 3

unknown: risk-over-threshold
  not judged: no decision

warning: risk-over-threshold, b
  is old
  path: host/n1 → web-0
  fix: urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web: spec.replicas: 2 → 3

let through: risk-over-threshold, urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::web
  web: 2 replicas, and the decision asks for 3: call applyDecision() first
  path: host/n1 → web-0
  fix: spec.replicas: 2 → 3
  let through until 2026-12-31 (team-shop: moves next week), by firebreak.yaml

warning: 4 resources are not shown
warning: the exception from risk-over-threshold for web (team-shop, firebreak.yaml, until 2026-12-31) expires within 14 days

9 resources: 4 judgements pass, 2 fail, 1 unknown, 1 let through by exceptions; exceptions: 1 in force, 0 expired
blocked
`);
  });

  it.each(reports)(
    "of %s holds no control character but its own line ends, and colours only with colour",
    (_title, report) => {
      const plain = text.write(report, style);
      expect(plain).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      const coloured = text.write(report, { ...style, colour: true });
      expect(coloured).toContain("\u001b[");
      expect(stripVTControlCharacters(coloured)).toBe(plain);
    },
  );
});

describe("the report as JSON", () => {
  it.each(reports)("of %s is the report, with hidden values said to be so", (_title, report) => {
    const { schema, version, ...rest } = JSON.parse(json.write(report, style)) as Record<string, unknown>;
    expect({ schema, version }).toEqual({ schema: "firebreak.report/v1", version: "1.2.3" });
    const hidden = (_: string, value: unknown) =>
      typeof value === "symbol" ? `(${value.description === "secret" ? "secret" : "not known yet"})` : value;
    expect(rest).toEqual(JSON.parse(JSON.stringify(report, hidden)));
  });
});

describe("every format", () => {
  it("has a name and a file name of its own, and ends with a line end", () => {
    expect(reportFormats.map(({ name, extension }) => [name, extension])).toEqual([
      ["text", "txt"],
      ["json", "json"],
      ["sarif", "sarif"],
      ["junit", "xml"],
      ["github", "txt"],
      ["markdown", "md"],
    ]);
    for (const { write } of reportFormats)
      for (const [, report] of reports) expect(write(report, style)).toMatch(/[^\n]\n$/);
  });

  it("writes the same twice", () => {
    for (const { write } of reportFormats) {
      for (const [, report] of reports) expect(write(report, style)).toBe(write(structuredCloneable(report), style));
    }
  });
});

/** A copy in which nothing is shared; symbols are kept. */
function structuredCloneable<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(structuredCloneable) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, structuredCloneable(item)])) as T;
}
