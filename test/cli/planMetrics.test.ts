import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { metricsOf } from "../../cli/planMetrics.js";
import { plan } from "../../planner/plan.js";
import { input, shop, target } from "../planner/example.js";

const decision = plan(input(shop()));
const held = plan(
  input(shop(), {
    targets: [target("catalog", 1, { hold: { reason: "ownedByOther", detail: "hpa" } }), target("frontend", 2)],
  }),
);

test("a plan's changes, refusals and highest risk are metrics", () => {
  const lines = metricsOf(decision).split("\n");
  expect(lines).toContain('firebreak_changes{kind="replicas"} 1');
  expect(lines).toContain('firebreak_changes{kind="migration"} 0');
  const highest = Math.max(...decision.instances.map((i) => i.after?.risk ?? 0));
  expect(lines).toContain(`firebreak_plan_highest_risk ${highest}`);
  expect(lines.filter((line) => line.startsWith("firebreak_refusals{"))).toEqual([]);
  expect(metricsOf(held).split("\n")).toContain('firebreak_refusals{kind="replicas",reason="ownedByOther"} 1');
});

test("every family says what it is, and the text ends with a line end", () => {
  const text = metricsOf(held);
  expect(text.endsWith("\n")).toBe(true);
  for (const name of new Set(text.match(/^firebreak_\w+/gm))) {
    expect(text).toContain(`# HELP ${name} `);
    expect(text).toContain(`# TYPE ${name} gauge`);
  }
});

const promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].find((path) => existsSync(path));
if (promtool === undefined)
  console.log("promtool is not installed: the metrics are not read by Prometheus' own parser");
test.skipIf(promtool === undefined)("Prometheus reads them", () => {
  execFileSync(promtool ?? "", ["check", "metrics"], { input: metricsOf(held) });
});
