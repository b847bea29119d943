import type { Hold } from "../../../planner/types.js";
import type { Groups } from "./groups.js";
import { isReadable } from "./mark.js";
import type { Clock } from "./walk.js";

/** Milliseconds between two looks at another's mark. */
const poll = 5_000;
/** Seconds for which a mark has to stay as it is before its run counts as gone; a run renews its own every `beatEvery`. */
export const silence = 45;
/** Seconds for which another run is waited for. */
const patience = 1_200;

/**
 * Waits until no other migration is at work on the group: two of one decision take turns. A mark that is renewed no more
 * is of a run that is gone, and `takeOver` then brings its work to an end.
 * @returns why the group is not to be had, or null
 */
export async function awaitTurn(
  groups: Groups,
  group: string,
  instance: string,
  clock: Clock,
  takeOver: (instance: string) => Promise<void>,
): Promise<Hold | null> {
  const begun = clock.monotonic();
  let seen = { text: "", at: begun };
  for (;;) {
    const mark = (await groups.look(group))?.mark ?? null;
    if (mark === null || mark.instance === instance) return null;
    if (!isReadable(mark)) {
      const detail = `the group's tag firebreak:migration names ${mark.instance} and nothing to go on by; remove it`;
      return { reason: "leaseHeld", detail };
    }
    const text = JSON.stringify(mark);
    const now = clock.monotonic();
    if (seen.text !== text) seen = { text, at: now };
    if (now - seen.at > silence * 1000) await takeOver(mark.instance);
    else if (now - begun > patience * 1000) {
      return { reason: "leaseHeld", detail: `the migration of ${mark.instance} is at work on the group` };
    } else await clock.sleep(poll);
  }
}
