import type { Decision } from "../../planner/types.js";
import { type AuditEntry, appendAudit } from "../../stores/audit/file.js";
import { actorOf } from "../actor.js";
import type { LiveCluster } from "../liveCluster.js";
import { livePlaceOf } from "../livePlace.js";
import type { Owned } from "../owners.js";
import { asWritten } from "../placeValue.js";
import type { StackChange } from "../stackChange.js";
import { targetKindOf } from "../targets/index.js";
import { stackOf } from "./standing.js";

/** The audit of what a policy pack changes in one update. */
export interface RemediationLog {
  /** Writes a record ahead of each change that the live object does not have yet. */
  before(decision: Decision, object: Owned, applied: readonly StackChange[], cluster: LiveCluster): Promise<void>;
  /** Writes the records behind them; called when the update has gone through. */
  after(): Promise<void>;
}

export function createRemediationLog(path: string): RemediationLog {
  const open: AuditEntry[] = [];
  return {
    async before(decision, object, applied, cluster) {
      for (const change of applied) {
        const backend = change.kind === "dnsWeight" ? change.backend : undefined;
        const live = await cluster.readNumber({ ...object, backend });
        if (live === change.to) continue;
        const entry = entryOf(decision, object, change, typeof live === "number" ? live : null);
        open.push(entry);
        await appendAudit(path, entry);
      }
    },
    async after() {
      for (const entry of open.splice(0)) await appendAudit(path, { ...entry, phase: "after", outcome: "done" });
    },
  };
}

function entryOf(decision: Decision, object: Owned, change: StackChange, live: number | null): AuditEntry {
  const { type, name, urn = "", namespace, objectName } = object;
  const backend = change.kind === "dnsWeight" ? change.backend : undefined;
  const kind = targetKindOf(type, change.kind);
  const field = kind?.field(backend);
  const shown = (number: number | string) => (kind === undefined ? number : asWritten(kind, number));
  const id = objectName === undefined ? "" : `${namespace}/${objectName}`;
  const place = field === undefined ? undefined : livePlaceOf(type, id, field);
  return {
    decision: decision.id,
    ...stackOf(urn),
    actor: actorOf(),
    urn,
    type,
    name,
    phase: "before",
    operation: live === null ? "create" : "update",
    change: {
      kind: change.kind,
      ...(backend !== undefined && { backend }),
      from: shown(live ?? change.from),
      to: shown(change.to),
    },
    ...(place !== undefined && { place }),
    ...(change.reason !== "" && { reason: change.reason }),
  };
}
