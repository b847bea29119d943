import type { Change, DnsWeightChange, MigrationChange, ReplicasChange, ReservationChange } from "../planner/types.js";

type Kept<C extends Change> = Omit<C, "path" | "owner" | "riskWithout" | "costPerDay" | "expiresAt">;

export type ReplicasStackChange = Kept<ReplicasChange>;
export type ReservationStackChange = Kept<ReservationChange>;
export type DnsWeightStackChange = Kept<DnsWeightChange>;
export type MigrationStackChange = Kept<MigrationChange>;

/** The part of a change that a stack needs to apply it; kept in the stack's state. */
export type StackChange = ReplicasStackChange | ReservationStackChange | DnsWeightStackChange | MigrationStackChange;

/** The part of a decision's change that a stack keeps. */
export function stackChangeOf(change: Change): StackChange {
  const { path: _p, owner: _o, riskWithout: _r, costPerDay: _c, expiresAt: _e, ...kept } = change;
  return { ...kept, target: { ...kept.target } } as StackChange;
}

/** Whether two changes are about the same value: of one resource, and of one backend or instance where it has several. */
export function isSameChange(a: StackChange, b: StackChange): boolean {
  return (
    a.kind === b.kind && a.target.type === b.target.type && a.target.name === b.target.name && partOf(a) === partOf(b)
  );
}

/** Whether a change is about this resource. What AWS reserves is one resource for each zone: `firebreak-reserve-web/zone`. */
export function isOn({ kind, target }: StackChange, type: string, name: string): boolean {
  if (target.type !== type) return false;
  return target.name === name || (kind === "reservation" && name.startsWith(`${target.name}/`));
}

function partOf(change: StackChange): string {
  if (change.kind === "dnsWeight") return change.backend;
  return change.kind === "migration" ? change.instance : "";
}
