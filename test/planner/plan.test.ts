import { expect, test } from "vitest";
import { readDecision } from "../../planner/decision.js";
import { plan } from "../../planner/plan.js";
import { input, shop } from "./example.js";

test("a frontend endangered by a single catalog gets one more catalog", () => {
  const decision = plan(input(shop()));
  expect(decision.changes).toMatchObject([{ kind: "replicas", service: "catalog", from: 1, to: 2 }]);
  expect(decision.verdicts.map((v) => [v.service, v.asWritten, v.withChanges])).toEqual([
    ["catalog", "pass", "pass"],
    ["frontend", "fail", "pass"],
  ]);
  expect(readDecision(JSON.parse(JSON.stringify(decision)))).toEqual(decision);
});
