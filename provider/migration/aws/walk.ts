import type { Hold } from "../../../planner/types.js";
import type { MigrationOutcome } from "../outcome.js";
import type { Groups } from "./groups.js";
import type { Mark } from "./mark.js";
import { nextStep, type Step, type Wait } from "./nextStep.js";
import { type Departure, vetoOf } from "./vetoes.js";
import type { GroupView } from "./view.js";

/** Milliseconds between two looks while something is waited for, and between two renewals of the mark. */
const poll = 3_000;
const beatEvery = 12_000;
/** Seconds that an instance may take from being asked for until it is in service. */
export const readyWithin = 900;

/** Milliseconds, from any start. */
export interface Clock {
  readonly monotonic: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

export interface Walk {
  readonly groups: Groups;
  readonly clock: Clock;
  readonly group: string;
  readonly departure: Departure;
  /** Name of this run in the mark. */
  readonly holder: string;
  /** Throws where nothing more may be written. */
  readonly permit: () => Promise<void>;
  readonly stopped: () => Hold | null;
  /** Called once, before the first write. */
  readonly begin: () => Promise<void>;
  /** Set from the start where something is only to be taken back. */
  readonly failure?: Hold;
  readonly readyWithin?: number;
}

/**
 * Looks at the group, takes the next step, looks again, until the migration has ended. All that it knows it reads from
 * AWS, so it may be broken off anywhere and be walked again by another process.
 * @throws UnreadableError where AWS does not answer or allow it
 */
export async function walk(setting: Walk): Promise<MigrationOutcome> {
  const { groups, group, departure, clock, permit } = setting;
  const since = new Map<Wait, number>();
  let failure = setting.failure ?? null;
  let outcome: MigrationOutcome | null = null;
  let [raised, terminated, begun, beat, lastBeat] = [false, false, false, 0, clock.monotonic()];
  for (;;) {
    await permit();
    const view = await groups.look(group);
    if (view === null) return { outcome: "gone", detail: `the group ${group} is there no more` };
    if (view.mark !== null && view.mark.instance !== departure.instance) {
      return { outcome: "refused", ...takenBy(view.mark) };
    }
    const source = view.members.find((m) => m.id === departure.instance);
    const stopped = setting.stopped();
    const veto = source === undefined ? null : (stopped ?? vetoOf(view, source, departure));
    const waited = (what: Wait) => (since.has(what) ? (clock.monotonic() - (since.get(what) ?? 0)) / 1000 : 0);
    const step = nextStep(view, {
      ...{ departure, stopped, veto, failure, raised, terminated, outcome, waited },
      readyWithin: setting.readyWithin ?? readyWithin,
    });
    if (step.kind === "end") return step.outcome;
    if (step.kind === "wait") {
      if (!since.has(step.for)) since.set(step.for, clock.monotonic());
      if (view.mark !== null && clock.monotonic() - lastBeat >= beatEvery) {
        await groups.mark(group, { ...view.mark, holder: setting.holder, beat: ++beat });
        lastBeat = clock.monotonic();
      }
      await clock.sleep(poll);
      continue;
    }
    if ("because" in step) failure ??= step.because;
    if (step.kind === "unmark") outcome = step.outcome;
    if (step.kind === "raise") raised = true;
    if (!begun) await setting.begin();
    begun = true;
    await permit();
    await perform(step, view, setting);
    terminated ||= step.kind === "terminate";
  }
}

async function perform(
  step: Exclude<Step, { kind: "wait" | "end" }>,
  view: GroupView,
  { groups, group, departure, holder, clock }: Walk,
): Promise<void> {
  switch (step.kind) {
    case "mark": {
      const { kind: _, ...before } = step;
      const zone = departure.offZone ?? "";
      await groups.mark(group, { instance: departure.instance, ...before, zone, holder, beat: 0 });
      // Tags know no precondition: of two runs that write at once the later one stays, and the other sees it now.
      await clock.sleep(poll);
      return;
    }
    case "raise":
    case "lower":
      return groups.setDesired(group, step.to);
    case "terminate":
    case "takeBack":
      return groups.terminate(step.instance);
    case "unmark":
      if (view.mark !== null) await groups.unmark(group);
  }
}

export function takenBy({ instance }: Mark): Hold {
  return { reason: "leaseHeld", detail: `the migration of ${instance} is at work on the group` };
}
