import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changesInForce, saveDecision } from "../../cli/decisionFile.js";
import { plan } from "../../planner/plan.js";
import type { AppliedChange } from "../../provider/applied.js";
import { input, shop } from "../planner/example.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "firebreak-decision-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const target = { type: "kubernetes:apps/v1:Deployment", name: "catalog" };
const slot = { cpu: 1, memory: 2, capacity: 3, zones: ["a"] };
const neededAt = "2026-01-01T00:00:00.000Z";
const applied: AppliedChange[] = [
  { kind: "replicas", service: "catalog", target, from: 1, to: 2, neededAt },
  { kind: "reservation", service: "catalog", target, from: 0, to: 3, slot },
  { kind: "dnsWeight", service: "catalog", target, from: 100, to: 50, backend: "blue", neededAt },
  { kind: "migration", service: "catalog", target, from: "n1", to: "n2", instance: "catalog-0" },
];

test("the stack's state tells what is in force of every kind, and when it was last needed", () => {
  const changes = changesInForce({ decisionId: "sha256:gone", changes: applied }, join(folder, "decision.json"));
  expect(changes).toMatchObject([
    { kind: "replicas", from: 1, to: 2, neededAt },
    { kind: "reservation", from: 0, to: 3, slot },
    { kind: "dnsWeight", from: 100, to: 50, backend: "blue", neededAt },
  ]);
  expect(changes[1]).not.toHaveProperty("neededAt");
});

test("the decision that was applied tells the rest, where its file is still there", async () => {
  const file = join(folder, "decision.json");
  const decision = plan(input(shop()));
  await saveDecision(file, decision);
  const [change] = decision.changes;
  if (change?.kind !== "replicas") throw new Error("the example's plan is one of replicas");
  const { from, to } = change;
  const state = { kind: change.kind, service: change.service, target: change.target, from, to, neededAt };
  expect(changesInForce({ decisionId: decision.id, changes: [state] }, file)).toEqual([{ ...change, neededAt }]);
});
