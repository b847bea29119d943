import { Cron } from "croner";

/** A time in which nothing is changed: once, from `from` up to `to` in unix seconds, or again and again. */
export type FreezeWindow = { readonly from: number; readonly to: number } | RecurringFreeze;

export interface RecurringFreeze {
  /** When it begins: five fields of cron (minute, hour, day of month, month, day of week), or six with seconds first. */
  readonly cron: string;
  /** How long it lasts each time, in seconds. */
  readonly for: number;
  /** IANA name such as `Europe/Berlin`; UTC unless said. */
  readonly timeZone?: string;
}

/**
 * The window that is on at `now`, or null. A recurring one is on from a start, the start itself included, for as long as
 * it lasts. A start in the hour that its time zone skips in spring comes an hour later; in autumn, of the hour that comes
 * twice the first counts.
 * @param now unix seconds
 * @throws Error where a window was not checked by `freezeProblem` before
 */
export function freezeAt(
  windows: readonly FreezeWindow[],
  now: number,
): { readonly from: number; readonly to: number } | null {
  for (const window of windows) {
    if ("from" in window) {
      if (now >= window.from && now < window.to) return window;
      continue;
    }
    const start = firstStart(window, now - window.for);
    // In the hour that comes twice the first of both is meant, which may have ended.
    if (start !== null && start <= now && now < start + window.for) return { from: start, to: start + window.for };
  }
  return null;
}

/**
 * The windows as plain intervals: those that are on in the time from `from` to `to`, for whoever knows no cron.
 * @param from unix seconds, as `to`
 */
export function freezeIntervals(
  windows: readonly FreezeWindow[],
  from: number,
  to: number,
): { readonly from: number; readonly to: number }[] {
  return windows.flatMap((window) => {
    if ("from" in window) return window.to > from && window.from <= to ? [window] : [];
    const found: { readonly from: number; readonly to: number }[] = [];
    let start = firstStart(window, from - window.for);
    while (start !== null && start <= to) {
      if (start + window.for > from) found.push({ from: start, to: start + window.for });
      const next = firstStart(window, start);
      // In the hour that comes twice a pattern may name the same start again.
      start = next !== null && next <= start ? firstStart(window, start + 3600) : next;
    }
    return found;
  });
}

/** What is wrong with a recurring window, as people read it, or null. */
export function freezeProblem(window: RecurringFreeze): string | null {
  if (!(window.for > 0)) return "lasts no time; give `for` a duration such as 14h";
  try {
    new Intl.DateTimeFormat("en", { timeZone: window.timeZone ?? "UTC" });
  } catch {
    return `${JSON.stringify(window.timeZone)} is no time zone; expected a name such as Europe/Berlin`;
  }
  try {
    // Whether a pattern has any date is known only when one is looked for: the 30th of February has none.
    if (firstStart(window, 0) === null) return `${JSON.stringify(window.cron)} never comes; correct the pattern`;
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
    return `${JSON.stringify(window.cron)} is no cron pattern (${why}); expected one such as "0 18 * * 5"`;
  }
}

/** The first start after `time`, in unix seconds; null where there is none. */
function firstStart({ cron, timeZone = "UTC" }: RecurringFreeze, time: number): number | null {
  const start = new Cron(cron, { timezone: timeZone, paused: true }).nextRun(new Date(time * 1000));
  return start === null ? null : start.getTime() / 1000;
}
