import type { Hold } from "../planner/types.js";

/**
 * Why nothing may be begun at `now` (unix seconds), by the windows in `FIREBREAK_FREEZE`, or null. Windows are ISO 8601
 * intervals with commas between, `2026-12-24T00:00:00Z/2026-12-27T00:00:00Z`; `firebreak up` passes those of
 * `limits.freeze`. A window that cannot be read freezes: nobody writes one for nothing.
 */
export function frozenBy(now: number, environment: NodeJS.ProcessEnv = process.env): Hold | null {
  for (const text of (environment.FIREBREAK_FREEZE ?? "").split(",").map((part) => part.trim())) {
    if (text === "") continue;
    const [from = Number.NaN, to = Number.NaN, ...rest] = text.split("/").map((time) => Date.parse(time) / 1000);
    if (rest.length > 0 || !(from <= to)) {
      return {
        reason: "freeze",
        detail: `FIREBREAK_FREEZE: ${text} is no interval such as 2026-12-24T00:00:00Z/2026-12-27T00:00:00Z`,
      };
    }
    if (now >= from && now < to) return { reason: "freeze", detail: `changes are frozen in ${text}` };
  }
  return null;
}

/** The windows as `FIREBREAK_FREEZE` has them; times in unix seconds. */
export function freezeVariable(windows: readonly { readonly from: number; readonly to: number }[]): string {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return windows.map(({ from, to }) => `${iso(from)}/${iso(to)}`).join(",");
}
