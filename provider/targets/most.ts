import type { Hold } from "../../planner/types.js";

/** The refusal of a number above what the resource itself allows, or null; an unread maximum is a refusal too. */
export function aboveMost(most: unknown, to: number, field: string): Hold | null {
  if (typeof most !== "number" || !Number.isFinite(most)) {
    return { reason: "unknownValue", detail: `${field} is not known yet` };
  }
  return to <= most ? null : { reason: "maxReplicas", detail: `${to} is above its ${field} of ${most}` };
}
