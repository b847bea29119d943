import { compareText } from "../../../graph/order.js";
import type { Hold } from "../../../planner/types.js";
import type { MigrationOutcome } from "../outcome.js";
import type { Mark } from "./mark.js";
import type { Departure } from "./vetoes.js";
import { type GroupView, type Member, outside, serving, staying } from "./view.js";

/** What is waited for. */
export type Wait = "inService" | "warmUp";

export type Step =
  /** Write on the group what is about to be done. */
  | { readonly kind: "mark"; readonly desired: number; readonly outside: number; readonly since: number }
  /** Ask for one instance more. */
  | { readonly kind: "raise"; readonly to: number }
  /** Terminate the instance that leaves, and ask for one fewer. */
  | { readonly kind: "terminate"; readonly instance: string }
  | { readonly kind: "wait"; readonly for: Wait }
  /** Ways back: each remembers why, so that it is gone to its end. */
  | { readonly kind: "takeBack"; readonly instance: string; readonly because: Hold }
  | { readonly kind: "lower"; readonly to: number; readonly because: Hold }
  /** Take the mark off: it has ended so. */
  | { readonly kind: "unmark"; readonly outcome: MigrationOutcome }
  | { readonly kind: "end"; readonly outcome: MigrationOutcome };

/** What a run knows beside the group. */
export interface Memory {
  readonly departure: Departure;
  /** Why nothing new may be begun now, or null. */
  readonly stopped: Hold | null;
  /** Why the instance must not be replaced; judged while the group carries no mark. */
  readonly veto: Hold | null;
  /** Set once the way back was taken. */
  readonly failure: Hold | null;
  /** Whether this run has asked for one instance more: it does so once. */
  readonly raised: boolean;
  /** Whether this run has terminated the instance. */
  readonly terminated: boolean;
  /** How it ended, once the mark is all that is left. */
  readonly outcome: MigrationOutcome | null;
  /** Seconds since this run first waited for it; 0 where it has not. */
  readonly waited: (what: Wait) => number;
  /** Seconds that a new instance may take until it is in service. */
  readonly readyWithin: number;
}

/**
 * The one next step of a migration, by what the group looks like: one instance more, in service outside the zone that is
 * left, then one fewer. Pure, and the same for the run that began it, one that resumes after a crash, and one that only
 * takes back (`failure` set from the start).
 *
 * The instance is terminated only while as many others are in service as the group had in all. The group's desired
 * capacity is never set below what it was; where somebody else has set another one, nothing more is written.
 */
export function nextStep(view: GroupView, memory: Memory): Step {
  const { mark } = view;
  const source = view.members.find((m) => m.id === memory.departure.instance);
  const here = source !== undefined && staying({ members: [source] }).length > 0;
  if (mark === null) return unmarked(view, memory, here);
  if (memory.terminated) return moved(view, mark, memory);
  if (view.desired !== mark.desired && view.desired !== mark.desired + 1) {
    return { kind: "unmark", outcome: { outcome: "refused", ...(memory.failure ?? resized(view, mark)) } };
  }
  const raised = view.desired > mark.desired;
  if (!here) return afterDeparture(view, mark, memory, raised);
  if (raised) return withSurge(view, mark, memory, source);

  const back = memory.failure ?? memory.stopped ?? (memory.raised ? resized(view, mark) : null);
  if (back !== null) return { kind: "unmark", outcome: { outcome: "refused", ...back } };
  return { kind: "raise", to: mark.desired + 1 };
}

function unmarked(view: GroupView, memory: Memory, here: boolean): Step {
  if (memory.outcome !== null) return { kind: "end", outcome: memory.outcome };
  if (!here) return { kind: "end", outcome: gone(memory) };
  const hold = memory.failure ?? memory.veto;
  if (hold !== null) return { kind: "end", outcome: { outcome: "refused", ...hold } };
  const since = Math.max(0, ...view.members.map((m) => m.launchedAt));
  return { kind: "mark", desired: view.desired, outside: outside(view, memory.departure.offZone), since };
}

/** One instance more is asked for, and the one that is to leave is there. */
function withSurge(view: GroupView, mark: Mark, memory: Memory, source: Member): Step {
  const { offZone } = memory.departure;
  const back = (because: Hold) => oneFewer(view, mark, because);
  if (memory.failure !== null) return back(memory.failure);
  if (memory.stopped !== null) return back(memory.stopped);

  const others = serving(view, source.id);
  if (others.length >= mark.desired && isElsewhere(view, mark)) {
    if (memory.waited("warmUp") < view.warmUp) return { kind: "wait", for: "warmUp" };
    return { kind: "terminate", instance: source.id };
  }
  if (others.length >= mark.desired) {
    const detail = `the replacement ${newcomer(view, mark)?.id} came up in ${offZone} too, and was taken back`;
    return back({ reason: "notSchedulable", detail });
  }
  if (memory.waited("inService") <= memory.readyWithin) return { kind: "wait", for: "inService" };
  const detail = `no replacement was in service within ${memory.readyWithin} s`;
  return back({ reason: "notReady", detail });
}

/** The instance is gone, or on its way: by an earlier run, or by itself. */
function afterDeparture(view: GroupView, mark: Mark, memory: Memory, raised: boolean): Step {
  // It went by itself while one more was asked for: the group has its number again by one fewer.
  if (raised) return oneFewer(view, mark, memory.failure ?? wentByItself);
  const whole = serving(view, memory.departure.instance).length >= mark.desired && isElsewhere(view, mark);
  if (memory.failure === null && whole && newcomer(view, mark) !== undefined) return moved(view, mark, memory);
  return { kind: "unmark", outcome: gone(memory) };
}

function moved(view: GroupView, mark: Mark, { departure }: Memory): Step {
  const { id, zone } = newcomer(view, mark) ?? { id: "another instance", zone: "another zone" };
  const detail = `${id} is in service in ${zone}, ${serving(view, departure.instance).length} of ${view.desired}`;
  return { kind: "unmark", outcome: { outcome: "migrated", detail, replacement: id, host: zone } };
}

/** Whether one more than before stays outside the zone that is left. */
function isElsewhere(view: GroupView, { zone, outside: before }: Mark): boolean {
  return zone === "" || outside(view, zone) > before;
}

/** Back to the number that there was: the newcomer goes where there is one, so that Auto Scaling chooses no other. */
function oneFewer(view: GroupView, mark: Mark, because: Hold): Step {
  const extra = newcomer(view, mark);
  if (extra !== undefined && staying(view).length > mark.desired) {
    return { kind: "takeBack", instance: extra.id, because };
  }
  return { kind: "lower", to: view.desired - 1, because };
}

/** The member that came last since the mark, one that does not serve yet before others. */
function newcomer(view: GroupView, { since }: Mark): Member | undefined {
  const pending = (m: Member) => (m.lifecycle === "InService" ? 0 : 1);
  return staying(view)
    .filter((m) => m.launchedAt > since)
    .sort((a, b) => pending(b) - pending(a) || b.launchedAt - a.launchedAt || compareText(a.id, b.id))[0];
}

function resized({ desired }: GroupView, mark: Mark): Hold {
  const detail = `somebody set the group's desired capacity to ${desired} while it was ${mark.desired} and one more`;
  return { reason: "notReady", detail };
}

function gone({ failure, departure }: Memory): MigrationOutcome {
  const also = failure === null || failure.reason === "gone" ? "" : ` (${failure.reason}: ${failure.detail})`;
  return { outcome: "gone", detail: `${departure.instance} is in its group no more: nothing is moved${also}` };
}

const wentByItself: Hold = { reason: "gone", detail: "the instance went by itself" };
