import { describe, expect, it } from "vitest";
import { junit } from "../../../policies/report/junit.js";
import { advisory, excepted, failing, reportOf, reports, style, unknown } from "./reports.js";
import { type Element, parseXml } from "./xml.js";

/**
 * The schema of the Jenkins xUnit plugin (junit-10.xsd), as far as it says something of these elements: what they are
 * made of, in which order, and the attributes that they have.
 */
const schema: Record<
  string,
  { children: readonly string[]; required: readonly string[]; optional: readonly string[] }
> = {
  testsuites: {
    children: ["testsuite"],
    required: [],
    optional: ["name", "time", "tests", "failures", "errors", "skipped"],
  },
  testsuite: {
    children: ["testcase", "system-out", "system-err"],
    required: ["name", "tests", "failures", "errors"],
    optional: ["time", "skipped", "timestamp", "hostname", "id", "package", "file"],
  },
  testcase: {
    children: ["skipped", "error", "failure", "system-out", "system-err"],
    required: ["name", "classname"],
    optional: ["time", "file", "line"],
  },
  failure: { children: [], required: [], optional: ["message", "type"] },
  skipped: { children: [], required: [], optional: ["message", "type"] },
  "system-out": { children: [], required: [], optional: [] },
  "system-err": { children: [], required: [], optional: [] },
};

function validate(element: Element): void {
  const rule = schema[element.name];
  expect(rule, element.name).toBeDefined();
  const { children, required, optional } = rule!;
  const given = Object.keys(element.attributes);
  expect(given).toEqual(expect.arrayContaining([...required]));
  expect([...required, ...optional]).toEqual(expect.arrayContaining(given));
  for (const key of ["tests", "failures", "errors", "skipped"]) {
    if (key in element.attributes) expect(element.attributes[key]).toMatch(/^\d+$/);
  }
  const order = element.children.map(({ name }) => children.indexOf(name));
  expect(order.every((at, i) => at >= 0 && at >= (order[i - 1] ?? 0))).toBe(true);
  if (["testsuites", "testsuite"].includes(element.name)) expect(element.text.trim()).toBe("");
  for (const child of element.children) validate(child);
}

const all = (element: Element, name: string): Element[] => [
  ...(element.name === name ? [element] : []),
  ...element.children.flatMap((child) => all(child, name)),
];

describe("JUnit XML", () => {
  it.each(reports)("of %s is valid, and its counts are those of its tests", (_title, report) => {
    const root = parseXml(junit.write(report, style));
    validate(root);
    for (const part of [root, ...all(root, "testsuite")]) {
      const cases = all(part, "testcase");
      const having = (name: string) =>
        String(cases.filter((c) => c.children.some((child) => child.name === name)).length);
      expect(part.attributes).toMatchObject({
        tests: String(cases.length),
        failures: having("failure"),
        errors: "0",
        skipped: having("skipped"),
      });
    }
    expect(all(root, "failure")).toHaveLength(
      report.findings.filter(({ exception, level }) => exception === undefined && level === "mandatory").length,
    );
  });

  it("fails what fails and what is unknown, skips what is let through, and passes a warning that says so", () => {
    const root = parseXml(junit.write(reportOf([failing, unknown, advisory, excepted]), style));
    const [, suite] = all(root, "testsuite");
    expect(suite?.children.map(({ attributes, children }) => [attributes.name, children[0]?.name])).toEqual([
      [failing.address, "failure"],
      ["the stack", "failure"],
      ["b", "system-out"],
      [failing.address, "skipped"],
      ["Every change of the decision is made, and no risk over its threshold stays: 3 pass", undefined],
    ]);
    expect(suite?.children[0]?.children[0]?.text).toBe(
      [failing.message, "src/index.ts:7", "path: host/n1 → web-0", "fix: spec.replicas: 2 → 3"].join("\n"),
    );
  });

  it.each([
    ["a comment", "<a><!-- b --></a>"],
    ["an entity of its own", "<a>&x;</a>"],
    ["a bare ampersand", "<a>b & c</a>"],
    ["an open element", "<a><b></a>"],
    ["two roots", "<a/><a/>"],
    ["a control character", "<a>\u0001</a>"],
    ["a bare quote", '<a b="c"d"/>'],
  ])("is read by a parser that takes no %s", (_title, body) => {
    expect(() => parseXml(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`)).toThrow();
  });
});
