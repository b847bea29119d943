import type { Hold } from "../../../planner/types.js";
import type { MigrationOutcome } from "../outcome.js";
import { nextStep, type Wait } from "./nextStep.js";
import { observe, type Subject, survey } from "./observe.js";
import { perform } from "./perform.js";
import { type Placement, type PodManifest, replacementOf } from "./replacement.js";
import type { Api, Clock } from "./requests.js";
import { type Ground, vetoOf } from "./vetoes.js";
import { readyMembers, type View } from "./view.js";

/** Milliseconds between two looks while something is waited for. */
const poll = 1_000;
/** Milliseconds before the cluster is looked at again after a write that came too late. */
const pause = 250;
/** Seconds for a new pod where no Deployment says how long it may take. */
const defaultReadyWithin = 600;

export interface Walk {
  readonly api: Api;
  readonly clock: Clock;
  readonly subject: Subject;
  readonly placement: Placement;
  /** Throws where nothing more may be written. */
  readonly permit: () => Promise<void>;
  readonly stopped: () => Hold | null;
  /** Called once, before the first change of the cluster. */
  readonly begin: () => Promise<void>;
  /** Set from the start where something is only to be cleaned up. */
  readonly failure?: Hold;
}

/**
 * Looks, takes the next step, looks again, until the migration has ended. All that it knows it reads from the cluster, so
 * it may be broken off anywhere and be walked again by another process.
 *
 * @throws LeaseLostError, AbandonedError where it must stop; UnreachableError where the API server stays away;
 * StuckError where it does not let us clean up.
 */
export async function walk(setting: Walk): Promise<MigrationOutcome> {
  const { api, clock, subject, permit } = setting;
  const since = new Map<Wait, number>();
  let failure = setting.failure ?? null;
  let made = false;
  let begun = false;
  let view: View | undefined;
  for (;;) {
    await permit();
    view = await observe(api, subject, setting.stopped(), view);
    const blank = view.replacement === null && !made && failure === null;
    const { manifest, veto } = blank ? await prepare(view, setting) : { manifest: null, veto: null };
    made ||= view.replacement !== null;
    const step = nextStep(view, {
      key: subject.key,
      failure,
      veto,
      made,
      waited: (what) => (since.has(what) ? (clock.monotonic() - (since.get(what) ?? 0)) / 1000 : 0),
      readyWithin: readyWithin(view),
      now: clock.wall(),
    });
    if (step.kind === "end") return step.outcome;
    if (step.kind === "wait") {
      if (!since.has(step.for)) since.set(step.for, clock.monotonic());
      await clock.sleep(poll);
      continue;
    }
    if ("because" in step) failure ??= step.because;
    if (!begun) await setting.begin();
    begun = true;
    const written = await perform(step.kind, view, manifest, api, permit);
    if (written === "stale") {
      await clock.sleep(pause);
      continue;
    }
    if ("done" in written) {
      made ||= step.kind === "create";
      continue;
    }
    if (failure !== null) throw new StuckError(`${step.kind}: ${written.refused}`);
    failure = refusedWrite(written.refused, written.status);
  }
}

/** The API server refuses a step on the way back. */
export class StuckError extends Error {
  override readonly name = "StuckError";
}

/** The replacement as it would be made, what surrounds the pod, and why it must not be replaced. */
export async function prepare(
  view: View,
  { api, subject, placement }: Pick<Walk, "api" | "subject" | "placement">,
): Promise<{ readonly manifest: PodManifest | null; readonly ground: Ground | null; readonly veto: Hold | null }> {
  const { old, replicaSet } = view;
  if (old === null) return { manifest: null, ground: null, veto: null };
  const ground = await survey(api, old);
  const manifest =
    replicaSet &&
    replacementOf(replicaSet, old, { key: subject.key, placement, readyBefore: readyMembers(view).length });
  return { manifest, ground, veto: vetoOf(view, placement.from, ground, manifest) };
}

/** Seconds that the replacement has to become Ready: what the Deployment gives a new pod. */
export function readyWithin({ deployment }: View): number {
  return deployment?.spec.progressDeadlineSeconds ?? defaultReadyWithin;
}

export function refusedWrite(refused: string, status: number): Hold {
  if (status === 403 && /exceeded quota/.test(refused)) return { reason: "quota", detail: refused };
  return { reason: "notSupported", detail: `the API server refuses it: ${refused}` };
}
