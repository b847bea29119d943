import type { Hold } from "../../../planner/types.js";
import type { Mark } from "./mark.js";

/** An instance of an Auto Scaling group. */
export interface Member {
  readonly id: string;
  readonly zone: string;
  /** As Auto Scaling says it: `Pending`, `InService`, `Terminating:Wait`, … */
  readonly lifecycle: string;
  readonly healthy: boolean;
  /** Against scale-in. */
  readonly kept: boolean;
  /** More than one unit of the group's capacity. */
  readonly weighted: boolean;
  /** When EC2 launched it, in unix seconds; 0 where EC2 does not tell (any more). */
  readonly launchedAt: number;
}

/** All that a migration's next step depends on, as AWS shows it now: nothing is remembered between runs. */
export interface GroupView {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Zones that the group may use. */
  readonly zones: readonly string[];
  readonly suspended: readonly string[];
  readonly members: readonly Member[];
  /** What its tags say to keep Firebreak away, or null. */
  readonly optOut: Hold | null;
  /** The migration that is at work on the group, or null. */
  readonly mark: Mark | null;
  /** Seconds for which a new instance is watched before it counts: its warm-up, or the grace of its load balancer's checks. */
  readonly warmUp: number;
}

/** Members that serve, one left out. */
export function serving({ members }: Pick<GroupView, "members">, except?: string): readonly Member[] {
  return members.filter((m) => m.lifecycle === "InService" && m.healthy && m.id !== except);
}

/** Members that are on their way in or serve; those on their way out are not. */
export function staying({ members }: Pick<GroupView, "members">): readonly Member[] {
  return members.filter((m) => !/^(Terminat|Detach)/.test(m.lifecycle));
}

/** Members that stay and are in no zone of this name. */
export function outside(view: Pick<GroupView, "members">, zone: string | undefined): number {
  return staying(view).filter((m) => m.zone !== zone).length;
}

/** How many members stay in each zone of the group. */
export function countByZone(view: Pick<GroupView, "members" | "zones">): ReadonlyMap<string, number> {
  const counts = new Map(view.zones.map((zone) => [zone, 0]));
  for (const { zone } of staying(view)) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return counts;
}
