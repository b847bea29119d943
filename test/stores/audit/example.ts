import type { AuditEntry } from "../../../stores/audit/entry.js";

/** An update of one Deployment that is about to be made. */
export const entry: AuditEntry = {
  decision: `sha256:${"a".repeat(64)}`,
  project: "shop",
  stack: "dev",
  actor: "ada@build-7",
  phase: "before",
  operation: "update",
  urn: "urn:pulumi:dev::shop::kubernetes:apps/v1:Deployment::cart",
  type: "kubernetes:apps/v1:Deployment",
  name: "cart",
  change: { kind: "replicas", from: 2, to: 3 },
};
