import type { Circumstances, Limits, Taken, Wish } from "./limits.js";
import type { Hold } from "./types.js";

/** `shareTouched`: more of a service's instances, or of its traffic, than one plan may move; or null. */
export function touchesTooMany(
  { service, touches, of = 0 }: Wish,
  taken: Taken,
  { shareTouched }: Limits,
): Hold | null {
  if (touches === undefined) return null;
  const all = (taken.touched?.get(service) ?? 0) + touches;
  if (all <= Math.max(1, shareTouched * of) + 1e-9) return null;
  return {
    reason: "shareTouched",
    detail: `this plan would move ${Number(all.toPrecision(3))} of ${of} instances of ${service}, or as much of its traffic; limits.shareTouched is ${shareTouched}`,
  };
}

/**
 * Why no instance of a service may move, or no further one, or null. A migration adds a replacement before it takes the
 * old instance away, so a disruption budget that lets nothing go lets it go then (`disruptionBudget` where not even
 * then), and each needs one instance more than there are (`maxSurge`).
 */
export function unmovable({ kind, service, of = 0 }: Wish, taken: Taken, circumstances: Circumstances): Hold | null {
  if (kind !== "migration") return null;
  const { disruptionBudget, maxSurge } = circumstances.services?.get(service) ?? {};
  if (disruptionBudget && disruptionBudget.minAvailable > of) {
    const detail = `the disruption budget of ${service} wants ${disruptionBudget.minAvailable} available, and it has ${of}: none may go, even once another is ready`;
    return { reason: "disruptionBudget", detail };
  }
  const moving = (taken.moving?.get(service) ?? 0) + 1;
  if (maxSurge !== undefined && moving > maxSurge) {
    const detail = `${service} may have ${maxSurge} more than its ${of} instances while some are replaced, and this plan needs ${moving}`;
    return { reason: "maxSurge", detail };
  }
  const target = circumstances.targets.get(service);
  if (target?.type.startsWith("aws:") && target.most !== undefined && of + moving > target.most) {
    const detail = `${target.name} allows ${target.most} instances at most, and ${service} would have ${of + moving} while some are replaced`;
    return { reason: "maxSurge", detail };
  }
  return null;
}
