import type { Hold, RefusalReason } from "./types.js";

/** Annotations of an object, or tags of an AWS resource. */
export type Annotations = Readonly<Record<string, string>>;

/** Annotations (on AWS: tags) by which people keep Firebreak away. */
export const annotationNames = {
  /** `"true"`: leave this alone for good. On a workload, or on its namespace. */
  ignore: "firebreak.dev/ignore",
  /** A time such as `2026-12-01T00:00:00Z`: leave this alone until then. On a workload, or on its namespace. */
  ignoreUntil: "firebreak.dev/ignore-until",
  /** `"true"` on a namespace: change nothing in it, not even back. */
  killSwitch: "firebreak.dev/kill-switch",
} as const;

/** ISO 8601 with a time zone: without one, the same text would end at another time on another machine. */
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Whether annotations keep Firebreak away at `now` (`optedOut`). What cannot be read counts as a wish to be left alone.
 * @param now unix seconds
 */
export function readOptOut(annotations: Annotations | undefined, now: number): Hold | null {
  const ignore = readFlag(annotations, annotationNames.ignore);
  if (ignore !== null) return { reason: "optedOut", detail: ignore };
  const until = annotations?.[annotationNames.ignoreUntil]?.trim();
  if (until === undefined || until === "") return null;
  const end = time.test(until) ? Date.parse(until) / 1000 : Number.NaN;
  if (Number.isNaN(end)) {
    const detail = `carries ${annotationNames.ignoreUntil}: ${JSON.stringify(until)}, which is no time such as 2026-12-01T00:00:00Z`;
    return { reason: "optedOut", detail };
  }
  return now < end ? { reason: "optedOut", detail: `carries ${annotationNames.ignoreUntil}: ${until}` } : null;
}

/** Whether the annotations of a namespace are a kill switch for all in it (`killSwitch`). */
export function readKillSwitch(annotations: Annotations | undefined): Hold | null {
  const on = readFlag(annotations, annotationNames.killSwitch);
  return on === null ? null : { reason: "killSwitch", detail: `its namespace ${on}` };
}

/** What holds more things back comes first; the others hold the replica count alone. */
const strength: readonly RefusalReason[] = ["killSwitch", "optedOut", "protected", "identityBound"];

/** Of two reasons to leave a resource alone the one that holds back more; of equals the first. */
export function strongerHold(a: Hold | null, b: Hold | null): Hold | null {
  if (a === null || b === null) return a ?? b;
  const rank = ({ reason }: Hold) => (strength.includes(reason) ? strength.indexOf(reason) : strength.length);
  return rank(b) < rank(a) ? b : a;
}

/** What a flag that is set says, or null where it is absent, empty or `"false"`. */
function readFlag(annotations: Annotations | undefined, name: string): string | null {
  const value = annotations?.[name]?.trim();
  if (value === undefined || value === "" || value === "false") return null;
  const doubt = value === "true" ? "" : `, which is neither "true" nor "false"`;
  return `carries ${name}: ${JSON.stringify(value)}${doubt}`;
}
