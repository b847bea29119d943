import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBaseline, writeBaseline } from "../../policies/baseline.js";
import {
  annotatedExceptions,
  endOf,
  exceptionFinder,
  literalTarget,
  targetMatcher,
} from "../../policies/exceptions.js";
import { defaultSettings, judgePlan } from "../../policies/judge.js";
import { namePattern } from "../../policies/namePattern.js";
import { rules } from "../../policies/rules/index.js";
import type { Exception, PlannedResource, PlannedStack } from "../../policies/types.js";
import { secretValue, unknownValue } from "../../policies/values.js";

const annotated = (annotations: unknown): PlannedResource => ({
  address: "urn::web",
  type: "kubernetes:apps/v1:Deployment",
  name: "web",
  operation: "update",
  after: { metadata: { annotations } },
});
const stackOf = (...resources: PlannedResource[]): PlannedStack => ({
  source: "pulumi",
  project: "shop",
  stack: "dev",
  resources,
  warnings: [],
});
const entry = { rule: "risk-over-threshold", reason: "moves", owner: "team", expires: "2026-12-31" };
const found = (text: unknown) => annotatedExceptions(stackOf(annotated({ "firebreak.dev/except": text })));

describe("exceptions in an annotation", () => {
  it("are for their own resource, and say where they were found", () => {
    expect(found(JSON.stringify([entry]))).toEqual({
      exceptions: [{ ...entry, target: "urn::web", from: "urn::web: firebreak.dev/except" }],
      problems: [],
      warnings: [],
    });
    expect(annotatedExceptions(stackOf(annotated(undefined), annotated({}), annotated(null))).exceptions).toEqual([]);
  });

  it("are read from what was before, where the resource is deleted", () => {
    const { after, ...gone } = annotated({ "firebreak.dev/except": JSON.stringify([entry]) });
    const resource: PlannedResource = { ...gone, operation: "delete", before: after };
    expect(annotatedExceptions(stackOf(resource)).exceptions).toHaveLength(1);
  });

  it.each<[string, unknown, RegExp[]]>([
    ["no JSON", "[{", [/web: firebreak.dev\/except: expected a list; correct/]],
    ["no list", "{}", [/expected a list/]],
    ["no text", 3, [/expected a list/]],
    [
      "a rule that is none",
      JSON.stringify([{ ...entry, rule: "risk" }]),
      [/except\.0\.rule: expected a rule: decision-in-force, /],
    ],
    [
      "the rule of expired ones",
      JSON.stringify([{ ...entry, rule: "exception-expired" }]),
      [/except\.0\.rule: expected a rule/],
    ],
    [
      "no owner and no reason",
      JSON.stringify([{ ...entry, owner: " ", reason: undefined }]),
      [/0\.reason: expected text/, /0\.owner: expected text that is not empty/],
    ],
    [
      "no date",
      JSON.stringify([{ ...entry, expires: "2026-02-30" }]),
      [/0\.expires: expected a date such as 2026-12-31/],
    ],
    ["a target of another", JSON.stringify([{ ...entry, target: "*" }]), [/except\.0: Unrecognized key/]],
    [
      "two that are wrong",
      JSON.stringify([{ ...entry, owner: 1 }, entry, { ...entry, expires: "soon" }]),
      [/0\.owner/, /2\.expires/],
    ],
  ])("that hold %s are all named", (_title, text, messages) => {
    const { exceptions, problems } = found(text);
    expect(exceptions).toEqual([]);
    expect(problems.map((p) => `${p.place}: ${p.message}`)).toEqual(messages.map((m) => expect.stringMatching(m)));
  });

  it("that are hidden let nothing through and say so; where all annotations are hidden nobody can tell", () => {
    for (const hidden of [secretValue, unknownValue]) {
      expect(found(hidden)).toEqual({
        exceptions: [],
        problems: [],
        warnings: ["urn::web: firebreak.dev/except: is secret or not known yet, so it lets nothing through"],
      });
      expect(annotatedExceptions(stackOf(annotated(hidden)))).toEqual({ exceptions: [], problems: [], warnings: [] });
    }
  });
});

describe("an expiry", () => {
  it.each([
    ["2026-12-31", "2027-01-01T00:00:00Z"],
    ["2024-02-29", "2024-03-01T00:00:00Z"],
    ["2026-12-31T12:00Z", "2026-12-31T12:00:00Z"],
    ["2026-12-31T12:00:00+02:00", "2026-12-31T10:00:00Z"],
  ])("%s holds to %s", (text, end) => expect(endOf(text)).toBe(Date.parse(end) / 1000));

  it.each([
    "",
    "soon",
    "2026",
    "2026-13-01",
    "2026-02-30",
    "2026-1-1",
    "31.12.2026",
    "2026-12-31 12:00",
    "2026-12-31T25:00:00Z",
    "9999999999",
  ])("%j is none", (text) => expect(endOf(text)).toBeNaN());
});

describe("a target", () => {
  it.each([
    ["web", true],
    ["urn::web", true],
    ["we*", true],
    ["*::web", true],
    ["*", true],
    ["urn::*::web", false],
    ["we", false],
    ["Web", false],
    ["(stack)", false],
    ["w*b*", true],
    ["w*bb", false],
  ])("%s is web: %s", (target, expected) => {
    expect(targetMatcher(target)({ address: "urn::web", name: "web" })).toBe(expected);
    const finder = exceptionFinder([{ ...entry, target, from: "" }]);
    expect(finder(entry.rule, { address: "urn::web", name: "web" }) !== undefined).toBe(expected);
    expect(finder("decision-in-force", { address: "urn::web", name: "web" })).toBeUndefined();
  });

  it("of the stack is (stack) and nothing else", () => {
    for (const target of ["(stack)", "*", "stack", ""]) {
      expect(targetMatcher(target)(null)).toBe(target === "(stack)");
      expect(exceptionFinder([{ ...entry, target, from: "" }])(entry.rule, null) !== undefined).toBe(
        target === "(stack)",
      );
    }
  });

  it("matches as a regular expression with .* for each star does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", ":", "*"), maxLength: 12 });
    const pattern = fc
      .array(fc.constantFrom("a", "b", ":", "*", "\\*"), { maxLength: 8 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, text, (given, name) => {
        const source = given.replace(/\\\*|\*|./g, (part) => (part === "*" ? ".*" : part === "\\*" ? "\\*" : part));
        expect(namePattern(given)(name)).toBe(new RegExp(`^${source}$`, "s").test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it("made of an address means that address alone", () => {
    const address = fc.string({ unit: fc.constantFrom("a", "*", "\\", ":", '"') });
    fc.assert(
      fc.property(address, address, (one, other) => {
        // A backslash before a star is the one text that a target cannot spell.
        fc.pre(!/\\\*/.test(one));
        expect(namePattern(literalTarget(one))(other)).toBe(one === other);
      }),
    );
  });

  it("is found among many exceptions in no time that grows with them for each finding", () => {
    const many: Exception[] = Array.from({ length: 50_000 }, (_, i) => ({ ...entry, target: `urn::${i}`, from: "" }));
    const finder = exceptionFinder(many);
    expect(many.filter(({ target }, i) => finder(entry.rule, { address: target, name: "x" }) !== many[i])).toEqual([]);
  });
});

describe("a baseline", () => {
  const ground = {
    decision: null,
    decisionFile: "d.json",
    now: Date.parse("2026-06-01T00:00:00Z") / 1000,
    numbers: {},
  };
  const stack = stackOf(annotated({}));
  const given = { reason: "was there", owner: "team", expires: "2026-09-01" };
  const judge = (exceptions: Exception[]) => judgePlan(stack, rules, ground, exceptions, defaultSettings);

  it("lets through all that was found when it was written, and no more", () => {
    const before = judge([]);
    expect(before.blocked).toBe(true);
    const exceptions = readBaseline(JSON.parse(writeBaseline(before, given)), "baseline.json");
    const after = judge(exceptions);
    expect(after.blocked).toBe(false);
    expect(after.counts.excepted).toBe(before.findings.length);
    expect(after.exceptions.unused).toEqual([]);
    expect(exceptions.every(({ from, owner }) => from === "baseline.json" && owner === "team")).toBe(true);
  });

  it("keeps what an earlier one says of a finding, drops what is mended, and leaves others' exceptions out", () => {
    const earlier: Exception[] = [
      { rule: "decision-in-force", target: "(stack)", ...given, owner: "first", from: "old.json" },
      { rule: "risk-over-threshold", target: "mended", ...given, from: "old.json" },
    ];
    const configured: Exception = { rule: "risk-over-threshold", target: "(stack)", ...given, from: "firebreak.yaml" };
    const text = writeBaseline(judge([...earlier, configured]), { ...given, owner: "second" }, "old.json");
    const entries = readBaseline(JSON.parse(text), "new.json");
    expect(entries.filter(({ rule }) => ["decision-in-force", "risk-over-threshold"].includes(rule))).toEqual([
      { ...earlier[0], from: "new.json" },
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ["another file", { schema: "firebreak.decision/v1", exceptions: [] }, /schema: .*expected firebreak\.baseline\/v1/],
    ["no list", { schema: "firebreak.baseline/v1" }, /exceptions/],
    [
      "an entry without target",
      { schema: "firebreak.baseline/v1", exceptions: [entry] },
      /exceptions\[0\]\.target: nothing: expected text/,
    ],
    [
      "an unknown field",
      { schema: "firebreak.baseline/v1", exceptions: [{ ...entry, target: "a", from: "b" }] },
      /exceptions\[0\]\.from: is not a known field/,
    ],
  ])("that is %s is refused", (_title, value, message) => {
    expect(() => readBaseline(value, "baseline.json")).toThrow(message);
  });
});
