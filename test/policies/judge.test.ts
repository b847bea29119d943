import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSettings, judgePlan, severities } from "../../policies/judge.js";
import type { Rule } from "../../policies/rules/rule.js";
import type { Exception, Judgement, Level, PlannedStack, Severity } from "../../policies/types.js";

const now = Date.parse("2026-06-01T00:00:00Z") / 1000;
const ground = { decision: null, decisionFile: "decision.json", now, numbers: {} };
const stackOf = (...names: string[]): PlannedStack => ({
  source: "pulumi",
  project: "shop",
  stack: "dev",
  resources: names.map((name) => ({ address: `urn::${name}`, type: "t", name, operation: "update", after: {} })),
  warnings: ["a part was not shown"],
});
const rule = (id: string, judgements: readonly Judgement[] | (() => never), more: Partial<Rule> = {}): Rule => ({
  id,
  title: id,
  rationale: "",
  remedy: "",
  severity: "high",
  level: "mandatory",
  judge: () => (typeof judgements === "function" ? judgements() : judgements),
  ...more,
});
const fail = (name: string | null, more: Partial<Judgement> = {}): Judgement => ({
  verdict: "fail",
  address: name === null ? null : `urn::${name}`,
  message: `${name} fails`,
  ...more,
});
const exception = (target: string, more: Partial<Exception> = {}): Exception => ({
  rule: "a",
  target,
  reason: "moves",
  owner: "team",
  expires: "2026-12-31",
  from: "firebreak.yaml",
  ...more,
});

describe("judgePlan", () => {
  it("counts what passes, lists the rest by severity, rule and address, and blocks on a mandatory finding", () => {
    const rules = [
      rule("b", [fail("y"), fail(null), { verdict: "pass", address: "urn::x", message: "" }]),
      rule("a", [{ ...fail("x"), verdict: "unknown" }]),
      rule("c", [fail("x")], { severity: "critical", level: "advisory" }),
    ];
    const report = judgePlan(stackOf("x", "y"), rules, ground, [], defaultSettings);
    expect(report.findings.map((f) => [f.severity, f.rule, f.address, f.verdict, f.level])).toEqual([
      ["critical", "c", "urn::x", "fail", "advisory"],
      ["high", "a", "urn::x", "unknown", "mandatory"],
      ["high", "b", null, "fail", "mandatory"],
      ["high", "b", "urn::y", "fail", "mandatory"],
    ]);
    expect(report).toMatchObject({
      project: "shop",
      decision: null,
      counts: { pass: 1, fail: 3, unknown: 1, excepted: 0 },
      resources: 2,
      warnings: ["a part was not shown"],
      blocked: true,
    });
    expect(report.rules.map(({ id, counts }) => [id, counts.pass, counts.fail, counts.unknown])).toEqual([
      ["b", 1, 2, 0],
      ["a", 0, 0, 1],
      ["c", 0, 1, 0],
      ["exception-expired", 0, 0, 0],
    ]);
    expect(report.findings[0]?.resource).toEqual({ type: "t", name: "x", operation: "update" });
  });

  it.each<[string, Judgement, Level, "fail" | "warn", boolean]>([
    ["a failure of a mandatory rule", fail("x"), "mandatory", "fail", true],
    ["a failure of an advisory rule", fail("x"), "advisory", "fail", false],
    ["a failure that is only a warning", fail("x", { advisory: true }), "mandatory", "fail", false],
    ["an unknown", fail("x", { verdict: "unknown" }), "mandatory", "fail", true],
    ["an unknown where unknown warns", fail("x", { verdict: "unknown" }), "mandatory", "warn", false],
    ["a failure where unknown warns", fail("x"), "mandatory", "warn", true],
  ])("with %s", (_title, judgement, level, unknown, blocked) => {
    const settings = { ...defaultSettings, unknown };
    const report = judgePlan(stackOf("x"), [rule("a", [judgement], { level })], ground, [], settings);
    expect(report.blocked).toBe(blocked);
    expect(report.findings).toHaveLength(1);
  });

  it("does not ask a rule that is disabled, and takes levels and severities as they are set", () => {
    const throws = rule("a", () => {
      throw new Error("was asked");
    });
    const settings = {
      ...defaultSettings,
      rules: { a: { level: "disabled" }, b: { level: "advisory", severity: "low" } } as const,
    };
    const report = judgePlan(stackOf("x"), [throws, rule("b", [fail("x")])], ground, [], settings);
    expect(report.findings).toMatchObject([{ rule: "b", level: "advisory", severity: "low" }]);
    expect(report.rules.map(({ id }) => id)).toEqual(["b", "exception-expired"]);
    expect(report.blocked).toBe(false);
  });

  it("takes a rule that throws for unknown, and asks the others all the same", () => {
    const throws = rule("a", () => {
      throw new TypeError("x is not iterable");
    });
    const report = judgePlan(stackOf("x"), [throws, rule("b", [fail("x")])], ground, [], defaultSettings);
    expect(report.findings.map(({ rule, verdict, message }) => [rule, verdict, message])).toEqual([
      ["a", "unknown", "the rule itself failed, which is a fault of ours: x is not iterable"],
      ["b", "fail", "x fails"],
    ]);
    expect(report.blocked).toBe(true);
  });

  it("blocks on mandatory findings of the given severity or a higher one, and never on none", () => {
    const levels = fc.constantFrom<Severity | "none">(...severities, "none");
    fc.assert(
      fc.property(fc.constantFrom(...severities), levels, (severity, failOn) => {
        const report = judgePlan(stackOf("x"), [rule("a", [fail("x")], { severity })], ground, [], {
          ...defaultSettings,
          failOn,
        });
        const expected = failOn !== "none" && severities.indexOf(severity) >= severities.indexOf(failOn);
        expect(report.blocked).toBe(expected);
      }),
    );
  });

  it("says the same whatever the order of rules' judgements and of exceptions", () => {
    const judgements = ["x", "y", null].flatMap((name) => [fail(name), fail(name, { message: "again" })]);
    const exceptions = [exception("x"), exception("y", { expires: "2026-06-05" })];
    const shuffled = fc.tuple(
      fc.shuffledSubarray(judgements, { minLength: 6 }),
      fc.shuffledSubarray(exceptions, { minLength: 2 }),
    );
    const { exceptions: _, ...expected } = judgePlan(
      stackOf("x", "y"),
      [rule("a", judgements)],
      ground,
      exceptions,
      defaultSettings,
    );
    fc.assert(
      fc.property(shuffled, ([some, others]) => {
        expect(judgePlan(stackOf("x", "y"), [rule("a", some)], ground, others, defaultSettings)).toMatchObject(
          expected,
        );
      }),
    );
  });
});

describe("exceptions of a report", () => {
  const judge = (exceptions: Exception[], judgements = [fail("x"), fail("y"), fail(null)]) =>
    judgePlan(stackOf("x", "y"), [rule("a", judgements), rule("b", [])], ground, exceptions, defaultSettings);

  it("let through what they name, are counted, and leave the rest", () => {
    const report = judge([exception("x"), exception("(stack)"), exception("z")]);
    expect(report.findings.map(({ address, exception: by }) => [address, by?.target])).toEqual([
      [null, "(stack)"],
      ["urn::x", "x"],
      ["urn::y", undefined],
    ]);
    expect(report.counts).toEqual({ pass: 0, fail: 1, unknown: 0, excepted: 2 });
    expect(report.exceptions).toMatchObject({ inForce: 3, expired: [], expiring: [], unused: [exception("z")] });
    expect(report.blocked).toBe(true);
    expect(judge([exception("*"), exception("(stack)")]).blocked).toBe(false);
  });

  it("are no exceptions for another rule", () => {
    const report = judge([exception("*", { rule: "b" })]);
    expect(report.counts.excepted).toBe(0);
    expect(report.exceptions.unused).toHaveLength(1);
  });

  it.each([
    ["2026-06-01", "expiring", 0],
    ["2026-06-14", "expiring", 0],
    ["2026-06-15", "inForce", 0],
    ["2026-06-01T00:00:01Z", "expiring", 0],
    ["2026-06-01T02:00:00+02:00", "expired", 1],
    ["2026-05-31", "expired", 1],
    ["never", "expired", 1],
  ])("with expiry %s on 1 June are %s", (expires, state, findings) => {
    const report = judge([exception("x", { expires })], [fail("x")]);
    expect(report.findings.filter(({ rule }) => rule === "exception-expired")).toHaveLength(findings);
    expect(report.exceptions.expiring).toHaveLength(state === "expiring" ? 1 : 0);
    expect(report.exceptions.expired).toHaveLength(findings);
    expect(report.blocked).toBe(state === "expired");
  });

  it("that are expired are findings of their own, which nothing excepts", () => {
    const late = exception("x", { expires: "2026-05-31" });
    const report = judge([late, exception("*", { rule: "exception-expired" })], []);
    expect(report.findings).toMatchObject([
      {
        rule: "exception-expired",
        verdict: "fail",
        level: "mandatory",
        severity: "high",
        address: "urn::x",
        message:
          "the exception from a for x expired on 2026-05-31 (team: moves); mend it, or decide anew in firebreak.yaml",
      },
    ]);
    expect(report.findings[0]).not.toHaveProperty("exception");
    expect(report.blocked).toBe(true);
  });
});
