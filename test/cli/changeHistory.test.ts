import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readChangeHistory } from "../../cli/changeHistory.js";
import { refusalEntries } from "../../cli/refusalEntries.js";
import { plan } from "../../planner/plan.js";
import { type AuditEntry, appendAudit } from "../../stores/audit/file.js";
import { input, shop, target, weight } from "../planner/example.js";

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "firebreak-history-")), "audit.jsonl");
});
afterEach(() => rmSync(join(path, ".."), { recursive: true, force: true }));

const place = { project: "shop", stack: "dev" };
const known = {
  targets: [
    target("catalog"),
    target("cart", 1, {
      type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
      name: "cart-hpa",
      workload: { type: "kubernetes:apps/v1:Deployment", name: "cart" },
    }),
  ],
  weights: [
    weight("blue", ["catalog-0"], { name: "route" }),
    weight("red", ["ads-0"], { name: "route", service: "ads" }),
  ],
};
const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  decision: "sha256:1",
  ...place,
  actor: "ada@build",
  phase: "after",
  operation: "update",
  urn: null,
  type: "kubernetes:apps/v1:Deployment",
  name: "catalog",
  change: { kind: "replicas", from: 1, to: 2 },
  ...more,
});
const at = (minute: number) => `2026-01-01T12:${String(minute).padStart(2, "0")}:00.000Z`;
const seconds = (minute: number) => Date.parse(at(minute)) / 1000;

test("the audit log tells when each service was changed, and where its instances were moved away from", async () => {
  const records: Partial<AuditEntry>[] = [
    {},
    { phase: "before", name: "cart", type: "kubernetes:apps/v1:Deployment" },
    { stack: "prod" },
    { change: { kind: "migration", from: "n1", to: "n2", instance: "cart-0" }, name: "cart" },
    { type: weight("", []).type, name: "route", change: { kind: "dnsWeight", from: 100, to: 50 } },
    { name: "firebreak-reserve-pay", change: { kind: "reservation", from: 0, to: 1 } },
    { phase: "refused", name: "cart" },
    { name: "unknown" },
  ];
  for (const [i, record] of records.entries()) await appendAudit(path, entry(record), at(i));
  expect(readChangeHistory(path, place, known)).toEqual({
    lastChangedAt: { catalog: seconds(4), ads: seconds(4), cart: seconds(3), pay: seconds(5) },
    recentMigrations: [seconds(3)],
    leftHosts: [{ service: "cart", host: "n1", at: seconds(3) }],
  });
});

test("without a log nothing was changed", () => {
  expect(readChangeHistory(path, place, known)).toEqual({ lastChangedAt: {}, recentMigrations: [], leftHosts: [] });
});

test("what a plan refuses is an entry for the resource that it is about", () => {
  const hold = { reason: "optedOut" as const, detail: "carries firebreak.dev/ignore" };
  const targets = [target("catalog", 1, { hold, urn: "urn:pulumi:dev::shop::x::catalog" }), target("frontend", 2)];
  const decision = plan(input(shop(), { targets }));
  expect(refusalEntries(decision, { targets, weights: [] }, "ada@build")).toEqual([
    {
      decision: decision.id,
      project: "shop",
      stack: "dev",
      actor: "ada@build",
      phase: "refused",
      operation: "update",
      type: "kubernetes:apps/v1:Deployment",
      name: "catalog",
      urn: "urn:pulumi:dev::shop::x::catalog",
      change: { kind: "replicas", from: 1, to: 2 },
      outcome: "optedOut: carries firebreak.dev/ignore",
    },
  ]);
});
