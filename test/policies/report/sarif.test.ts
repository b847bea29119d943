import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { sarif } from "../../../policies/report/sarif.js";
import { advisory, excepted, failing, hostileReport, reportOf, reports, style, unknown } from "./reports.js";

/** The schema of SARIF 2.1.0, as Microsoft's package of matchers ships it. */
const library = dirname(createRequire(import.meta.url).resolve("@microsoft/jest-sarif/package.json"));
const {
  $schema: _draft,
  id: _id,
  ...schema
} = JSON.parse(readFileSync(join(library, "lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8")) as Record<string, unknown>;

const reference = /^(?:[a-z][a-z0-9+.-]*:)?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*$/i;
const ajv = new Ajv({
  strict: false,
  allErrors: true,
  // One pattern of the schema is none with Unicode's stricter grammar.
  unicodeRegExp: false,
  formats: { uri: reference, "uri-reference": reference, "date-time": /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/ },
});
const validate = ajv.compile(schema);

// biome-ignore lint/suspicious/noExplicitAny: a document of another's format, looked into by the test
const written = (report: Parameters<typeof sarif.write>[0]): any => JSON.parse(sarif.write(report, style));

describe("SARIF", () => {
  it.each(reports)("of %s is valid by the schema of SARIF 2.1.0", (_title, report) => {
    validate(written(report));
    expect(validate.errors ?? []).toEqual([]);
  });

  it("is looked at by a validator that refuses what is wrong", () => {
    const document = written(reportOf([failing]));
    for (const spoil of [
      (d: typeof document) => (d.runs[0].results[0].level = "fatal"),
      (d: typeof document) => (d.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = "a b"),
      (d: typeof document) => delete d.runs[0].tool.driver.name,
      (d: typeof document) => (d.runs[0].results[0].colour = "red"),
    ]) {
      const spoilt = structuredClone(document);
      spoil(spoilt);
      expect(validate(spoilt)).toBe(false);
    }
  });

  it("has what GitHub's code scanning asks for: a rule, a level, a place and a fingerprint of its own for each", () => {
    const [run] = written(reportOf([failing, unknown, advisory, excepted])).runs;
    expect(run.results.map((r: { level: string }) => r.level)).toEqual(["error", "error", "warning", "note"]);
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
      expect(result.locations[0].physicalLocation.region.startLine).toBeGreaterThan(0);
    }
    const prints = run.results.map((r: { partialFingerprints: object }) => JSON.stringify(r.partialFingerprints));
    expect(new Set(prints).size).toBe(4);
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("src/index.ts");
    expect(run.results[1].locations[0].physicalLocation.artifactLocation.uri).toBe("Pulumi.yaml");
    expect(run.results[3].suppressions).toEqual([
      { kind: "external", status: "accepted", justification: "until 2026-12-31 (team-shop: moves next week)" },
    ]);
  });

  it("keeps a finding's fingerprint when numbers in its message, its line or other findings change", () => {
    const print = (report: Parameters<typeof written>[0], at: number) =>
      written(report).runs[0].results[at].partialFingerprints;
    const later = { ...failing, message: "web: 1 replica", place: { file: "src/other.ts", line: 1 } };
    expect(print(reportOf([advisory, later]), 1)).toEqual(print(reportOf([failing]), 0));
  });

  it("writes absolute and odd paths as URIs, and says that values are hidden", () => {
    const text = sarif.write(hostileReport, style);
    expect(text).toContain("(secret)");
    expect(text).toContain("(not known yet)");
    const uris = (file: string) =>
      written(reportOf([{ ...failing, place: { file } }])).runs[0].results[0].locations[0].physicalLocation
        .artifactLocation.uri;
    expect(uris("/srv/a b/ü.ts")).toBe("file:///srv/a%20b/%C3%BC.ts");
    expect(uris("c:\\d.ts")).toBe("c%3A/d.ts");
  });
});
