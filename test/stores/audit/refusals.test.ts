import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry } from "../../../stores/audit/entry.js";
import { readAudit, verifyAudit } from "../../../stores/audit/file.js";
import { appendRefusals } from "../../../stores/audit/refusals.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "firebreak-refusals-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  decision: "sha256:1",
  project: "shop",
  stack: "dev",
  actor: "ada@build",
  phase: "refused",
  operation: "update",
  urn: null,
  type: "kubernetes:apps/v1:Deployment",
  name: "catalog",
  change: { kind: "replicas", from: 1, to: 2 },
  outcome: "noRoom: no healthy host is known to have 2 cores left",
  ...more,
});

test.each<[string, Partial<AuditEntry>, number]>([
  ["the same", {}, 0],
  ["the same reason in other words", { outcome: "noRoom: by now 3 cores" }, 0],
  ["another decision", { decision: "sha256:2" }, 1],
  ["another reason", { outcome: "quota: no pods left" }, 1],
  ["another resource", { name: "frontend" }, 1],
  ["another stack", { stack: "prod" }, 1],
  ["another kind", { change: { kind: "reservation", from: 0, to: 1 } }, 1],
  ["another backend", { change: { kind: "replicas", from: 1, to: 2, backend: "blue" } }, 1],
  ["another instance", { change: { kind: "replicas", from: 1, to: 2, instance: "catalog-0" } }, 1],
])("beside one refusal %s is written %#", async (_title, more, written) => {
  const path = join(folder, "audit.jsonl");
  expect(await appendRefusals(path, [refusal()])).toBe(1);
  expect(await appendRefusals(path, [refusal(more), refusal(more)])).toBe(written);
  expect(readAudit(path)).toHaveLength(1 + written);
  expect(verifyAudit(path).problems).toEqual([]);
});

test("nothing to refuse makes no log", async () => {
  const path = join(folder, "audit.jsonl");
  expect(await appendRefusals(path, [])).toBe(0);
  expect(() => readAudit(path)).toThrow("no such audit log");
});
