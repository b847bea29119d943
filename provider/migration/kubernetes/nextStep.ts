import type { Hold } from "../../../planner/types.js";
import type { MigrationOutcome } from "../outcome.js";
import { notes } from "./names.js";
import { conditionOf, isLeaving, isReady, type LivePod } from "./objects.js";
import { isMember, memberLabels } from "./replacement.js";
import { isMarked, isOurs, readyMembers, unready, unrest, type View } from "./view.js";

/** What is waited for. */
export type Wait = "ready" | "steady" | "adoption" | "removal" | "departure" | "available" | "discarded";

export type Step =
  /** Make the replacement. */
  | { readonly kind: "create" }
  /** Give the pod that leaves the lowest deletion cost. */
  | { readonly kind: "mark" }
  /** Give the replacement the labels by which the ReplicaSet adopts it; the ReplicaSet then removes the cheapest pod. */
  | { readonly kind: "adopt" }
  /** Take our marks off the replacement. */
  | { readonly kind: "tidy" }
  | { readonly kind: "wait"; readonly for: Wait }
  /** Ways back: each remembers why, so that it is gone to its end. */
  | { readonly kind: "unmark"; readonly because: Hold }
  | { readonly kind: "disown"; readonly because: Hold }
  | { readonly kind: "discard"; readonly because: Hold }
  | { readonly kind: "end"; readonly outcome: MigrationOutcome };

/** What a run knows beside the cluster. */
export interface Memory {
  readonly key: string;
  /** Set once the way back was taken. */
  readonly failure: Hold | null;
  /** Why the replacement must not be made; judged where there is none. */
  readonly veto: Hold | null;
  /** Whether this run has made or seen the replacement: it makes one at most. */
  readonly made: boolean;
  /** Seconds since this run first waited for it; 0 where it has not. */
  readonly waited: (what: Wait) => number;
  /** Seconds that a replacement may take to become Ready. */
  readonly readyWithin: number;
  /** Unix seconds. */
  readonly now: number;
}

/** Seconds after which something is no longer waited for. */
export const patience = { steady: 60, adoption: 30, removal: 60, available: 60, discarded: 60 } as const;
/** Seconds on top of a pod's own grace period. */
const departureSlack = 30;
const longestDeparture = 150;

/**
 * The one next step of a migration, by what the cluster looks like. Pure, and the same for the run that began it, one
 * that resumes after a crash, and one that only cleans up (`failure` set from the start).
 *
 * The pod that leaves is never deleted here: the ReplicaSet does that, after it has adopted a Ready replacement and while
 * every other pod of it was seen Ready.
 */
export function nextStep(view: View, memory: Memory): Step {
  const { replacement, replicaSet } = view;
  if (replacement === null) return withoutReplacement(view, memory);
  if (replicaSet !== null && isMember(replacement, replicaSet)) return afterAdoption(view, replacement, memory);
  if (!isOurs(replacement, memory.key)) {
    return backOut(view, memory, notReady(`a pod ${replacement.metadata.name} is there that this run did not make`));
  }
  if (isLeaving(replacement)) {
    return backOut(view, memory, memory.failure ?? takenAway, replacement);
  }
  return beforeAdoption(view, replacement, memory);
}

function withoutReplacement(view: View, memory: Memory): Step {
  const { old } = view;
  const because = memory.failure ?? memory.veto;
  if (old === null || isLeaving(old)) return { kind: "end", outcome: goneOutcome(memory.failure) };
  if (because !== null) return backOut(view, memory, because);
  return memory.made ? backOut(view, memory, takenAway) : { kind: "create" };
}

function beforeAdoption(view: View, replacement: LivePod, memory: Memory): Step {
  const { old, replicaSet } = view;
  // Its labels may already have been given: the ReplicaSet takes it at any moment.
  const given = replicaSet !== null && carries(replacement, memberLabels(replicaSet));
  if (given && memory.waited("adoption") <= patience.adoption) return { kind: "wait", for: "adoption" };
  if (given) return { kind: "disown", because: notReady("the ReplicaSet does not adopt the replacement") };

  const restless = unrest(view);
  const stop = memory.failure ?? (restless === null ? view.stopped : notReady(restless));
  if (stop !== null) return backOut(view, memory, stop, replacement);

  const gone = old === null || isLeaving(old);
  if (!isReady(replacement)) {
    if (gone) return backOut(view, memory, { reason: "gone", detail: "the pod went by itself" }, replacement);
    const ended = replacement.status?.phase === "Failed" || replacement.status?.phase === "Succeeded";
    if (!ended && memory.waited("ready") <= memory.readyWithin) return { kind: "wait", for: "ready" };
    return backOut(view, memory, whyNotReady(replacement, memory.readyWithin), replacement);
  }
  if (readyFor(replacement, memory.now) < (replicaSet?.spec.minReadySeconds ?? 0))
    return { kind: "wait", for: "ready" };
  // The ReplicaSet is one short: it gets a Ready pod at once, in place of the one that it has just begun.
  if (gone) return { kind: "adopt" };

  const short = unready(view);
  if (short !== null) {
    if (memory.waited("steady") <= patience.steady) return { kind: "wait", for: "steady" };
    return backOut(view, memory, notReady(short), replacement);
  }
  return isMarked(old, memory.key) ? { kind: "adopt" } : { kind: "mark" };
}

/** From here on there is no way back, and no need of one: the ReplicaSet has one Ready pod more than it wants. */
function afterAdoption(view: View, replacement: LivePod, memory: Memory): Step {
  const { old } = view;
  const tidy: Step | null = isOurs(replacement, memory.key) ? { kind: "tidy" } : null;
  const host = replacement.spec.nodeName ?? "";
  if (old !== null && !isLeaving(old)) {
    if (isLeaving(replacement)) return backOut(view, memory, memory.failure ?? takenAway, replacement);
    if (memory.waited("removal") <= patience.removal) return { kind: "wait", for: "removal" };
    const because = memory.failure ?? notReady("the ReplicaSet took another pod away: this one stays where it is");
    if (isOurs(old, memory.key)) return { kind: "unmark", because };
    return tidy ?? { kind: "end", outcome: { outcome: "refused", ...because } };
  }
  if (old !== null && memory.waited("departure") <= departureOf(old)) return { kind: "wait", for: "departure" };
  const needed = Math.min(
    Number(replacement.metadata.annotations?.[notes.readyBefore] ?? 0),
    view.replicaSet?.spec.replicas ?? 1,
  );
  const ready = readyMembers(view, old?.metadata.uid).length;
  if (ready < needed && memory.waited("available") <= patience.available) return { kind: "wait", for: "available" };
  if (tidy !== null) return tidy;
  const detail = `${replacement.metadata.name} runs on ${host}, ${ready} of ${view.replicaSet?.spec.replicas ?? 1} Ready`;
  return { kind: "end", outcome: { outcome: "migrated", detail, replacement: replacement.metadata.name, host } };
}

/** One step back towards a cluster that carries nothing of ours, then the end. */
function backOut({ old, replicaSet }: View, memory: Memory, because: Hold, replacement?: LivePod): Step {
  if (old !== null && !isLeaving(old) && isOurs(old, memory.key)) return { kind: "unmark", because };
  if (replacement !== undefined && isLeaving(replacement)) {
    if (memory.waited("discarded") <= patience.discarded) return { kind: "wait", for: "discarded" };
    return { kind: "end", outcome: { outcome: "refused", ...because } };
  }
  if (replacement !== undefined) {
    const given = replicaSet !== null && carries(replacement, memberLabels(replicaSet));
    return { kind: given ? "disown" : "discard", because };
  }
  if (old === null || isLeaving(old)) return { kind: "end", outcome: goneOutcome(because) };
  return { kind: "end", outcome: { outcome: "refused", ...because } };
}

function goneOutcome(failure: Hold | null): MigrationOutcome {
  const also = failure === null || failure.reason === "gone" ? "" : ` (${failure.reason}: ${failure.detail})`;
  return { outcome: "gone", detail: `no pod of its name and UID is there any more: nothing is moved${also}` };
}

function carries({ metadata }: LivePod, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => metadata.labels?.[name] === value);
}

function whyNotReady(pod: LivePod, within: number): Hold {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") {
    return { reason: "notSchedulable", detail: scheduled.message ?? "the scheduler finds no node for it" };
  }
  const where = pod.spec.nodeName === undefined ? "" : ` on ${pod.spec.nodeName}`;
  return notReady(`the replacement was not Ready${where} within ${within} s`);
}

function readyFor(pod: LivePod, now: number): number {
  const since = Date.parse(conditionOf(pod, "Ready")?.lastTransitionTime ?? "") / 1000;
  return Number.isNaN(since) ? 0 : now - since;
}

function departureOf({ spec }: LivePod): number {
  return Math.min(longestDeparture, (spec.terminationGracePeriodSeconds ?? 30) + departureSlack);
}

function notReady(detail: string): Hold {
  return { reason: "notReady", detail };
}

const takenAway = notReady("its replacement was taken away");
