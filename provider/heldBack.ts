import * as pulumi from "@pulumi/pulumi";
import type { Hold } from "../planner/types.js";
import type { DecisionSource } from "./decisionSource.js";
import type { LiveCluster } from "./liveCluster.js";
import type { ReservationSettings } from "./reservation/settings.js";
import { type ReservationStackChange, stackChangeOf } from "./stackChange.js";

/** A change that is not added now. */
export interface HeldBack {
  readonly change: ReservationStackChange;
  readonly hold: Hold;
}

/** Reservations of the decision for whose added slots the live cluster has no room now. Others are judged one by one, later. */
export async function holdBack(
  { decision, standing }: DecisionSource,
  cluster: LiveCluster,
  settings: ReservationSettings,
): Promise<HeldBack[]> {
  if (decision === null || standing !== "current") return [];
  const held: HeldBack[] = [];
  for (const change of decision.changes.map(stackChangeOf)) {
    if (change.kind !== "reservation" || !change.target.type.startsWith("kubernetes:")) continue;
    const hold = await cluster.trySlots(change, settings);
    if (hold === null) continue;
    if ("reason" in hold) held.push({ change, hold });
    else
      pulumi.log.warn(`Firebreak: whether there is room for ${change.target.name} cannot be told: ${hold.unreachable}`);
  }
  return held;
}
