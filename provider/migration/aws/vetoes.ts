import type { Hold, RefusalReason } from "../../../planner/types.js";
import { countByZone, type GroupView, type Member, serving, staying } from "./view.js";

/** What is to leave, and which zone with it. */
export interface Departure {
  readonly instance: string;
  /** Zone that the replacement must not stand in; undefined where any will do. */
  readonly offZone?: string;
}

type Veto = (view: GroupView, source: Member, departure: Departure) => string | null;

/** In this order; the first that stands is told. */
const vetoes: readonly (readonly [RefusalReason, Veto])[] = [
  ["gone", elsewhere],
  ["optedOut", ({ optOut }) => (optOut === null ? null : `the group ${optOut.detail}`)],
  ["protected", (_, { kept }) => (kept ? "the instance is protected from scale-in" : null)],
  ["notSupported", weighted],
  ["notReady", suspended],
  ["notReady", restless],
  ["maxSurge", ({ desired, max }) => (desired < max ? null : `the group is at its maxSize of ${max}`)],
  ["noHealthyZone", withoutOtherZone],
  ["notSchedulable", launchedThere],
  ["notSchedulable", broughtBack],
];

/** Why an instance must not be replaced, or null. Pure; judged before anything is changed, in a preview as in the run. */
export function vetoOf(view: GroupView, source: Member, departure: Departure): Hold | null {
  for (const [reason, veto] of vetoes) {
    const detail = veto(view, source, departure);
    if (detail !== null) return { reason, detail };
  }
  return null;
}

function elsewhere(_: GroupView, { id, zone }: Member, { offZone }: Departure): string | null {
  return offZone === undefined || zone === offZone ? null : `${id} is in ${zone}, not in ${offZone}`;
}

/** Its size is then no number of instances. */
function weighted({ members }: GroupView): string | null {
  return members.some((m) => m.weighted) ? "the group counts instances by weights" : null;
}

function suspended({ suspended: processes }: GroupView): string | null {
  const missing = ["Launch", "Terminate"].filter((process) => processes.includes(process));
  return missing.length === 0 ? null : `${missing.join(" and ")} of the group is suspended`;
}

function restless(view: GroupView): string | null {
  const up = serving(view).length;
  if (up === view.desired && staying(view).length === up) return null;
  return `${up} instances of ${view.desired} are in service: the group is in the middle of something`;
}

function withoutOtherZone({ zones }: GroupView, _: Member, { offZone }: Departure): string | null {
  if (offZone === undefined || zones.some((zone) => zone !== offZone)) return null;
  return `the group has no zone but ${offZone}`;
}

/** Auto Scaling launches in the zone with the fewest instances (Amazon EC2 Auto Scaling User Guide, zone distribution). */
function launchedThere(view: GroupView, _: Member, { offZone }: Departure): string | null {
  if (offZone === undefined) return null;
  const counts = countByZone(view);
  const here = counts.get(offZone) ?? Number.POSITIVE_INFINITY;
  if (!view.zones.includes(offZone)) return null;
  if (view.zones.some((zone) => zone !== offZone && (counts.get(zone) ?? 0) <= here)) return null;
  return `the next instance would be launched in ${offZone} again, which has the fewest; take the zone from the group`;
}

/** A zone with two fewer than another is filled up again, at another's cost (the same guide, rebalancing). */
function broughtBack(view: GroupView, _: Member, { offZone }: Departure): string | null {
  if (offZone === undefined || view.suspended.includes("AZRebalance") || !view.zones.includes(offZone)) return null;
  const counts = new Map(countByZone(view));
  const [target] = view.zones
    .filter((zone) => zone !== offZone)
    .sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
  if (target === undefined) return null;
  counts.set(target, (counts.get(target) ?? 0) + 1);
  counts.set(offZone, (counts.get(offZone) ?? 0) - 1);
  const after = view.zones.map((zone) => counts.get(zone) ?? 0);
  if (Math.max(...after) - Math.min(...after) < 2) return null;
  const spread = view.zones.map((zone) => `${zone} ${counts.get(zone)}`).join(", ");
  return `Auto Scaling would balance the zones again (${spread}); suspend AZRebalance, or take ${offZone} from the group`;
}
