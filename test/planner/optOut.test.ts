import { describe, expect, test } from "vitest";
import { annotationNames, readKillSwitch, readOptOut, strongerHold } from "../../planner/optOut.js";
import type { Hold, RefusalReason } from "../../planner/types.js";
import { now } from "./example.js";

const { ignore, ignoreUntil, killSwitch } = annotationNames;

describe("an opt-out", () => {
  test.each<[string, Record<string, string> | undefined, boolean]>([
    ["nothing", undefined, false],
    ["other annotations", { team: "a" }, false],
    ["ignore: true", { [ignore]: "true" }, true],
    ["ignore: false", { [ignore]: "false" }, false],
    ["an empty ignore, as `kubectl annotate key=` writes it", { [ignore]: "" }, false],
    ["an ignore that is no flag is taken for one", { [ignore]: "yes" }, true],
    ["a time to come", { [ignoreUntil]: "2026-01-01T12:00:01Z" }, true],
    ["a time that has just come", { [ignoreUntil]: "2026-01-01T12:00:00Z" }, false],
    ["a time to come by its offset", { [ignoreUntil]: "2026-01-01T12:30:00+00:30" }, false],
    ["a time to come by its offset, a second later", { [ignoreUntil]: "2026-01-01T12:30:01+00:30" }, true],
    ["a date without a time is no end", { [ignoreUntil]: "2025-01-01" }, true],
    ["a time without a zone is no end", { [ignoreUntil]: "2025-01-01T00:00:00" }, true],
    ["a day that does not exist is no end", { [ignoreUntil]: "2025-13-41T00:00:00Z" }, true],
    [
      "ignore for good beside a time that has passed",
      { [ignore]: "true", [ignoreUntil]: "2025-01-01T00:00:00Z" },
      true,
    ],
    ["ignore: false beside a time to come", { [ignore]: "false", [ignoreUntil]: "2027-01-01T00:00:00Z" }, true],
  ])("%s", (_title, annotations, keptAway) => {
    const hold = readOptOut(annotations, now);
    expect(hold?.reason ?? null).toBe(keptAway ? "optedOut" : null);
    if (hold) expect(hold.detail).toMatch(/firebreak\.dev\/ignore/);
  });
});

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ["true", true],
  ["false", false],
  ["on", true],
])("a namespace whose kill switch is %s", (value, on) => {
  const hold = readKillSwitch(value === undefined ? {} : { [killSwitch]: value });
  expect(hold?.reason ?? null).toBe(on ? "killSwitch" : null);
});

test.each<[RefusalReason | null, RefusalReason | null, RefusalReason | null]>([
  [null, null, null],
  ["ignoreChanges", null, "ignoreChanges"],
  [null, "optedOut", "optedOut"],
  ["ignoreChanges", "optedOut", "optedOut"],
  ["optedOut", "killSwitch", "killSwitch"],
  ["killSwitch", "optedOut", "killSwitch"],
  ["ownedByOther", "ignoreChanges", "ownedByOther"],
])("of %s and %s the stronger is %s", (a, b, stronger) => {
  const hold = (reason: RefusalReason | null): Hold | null => reason && { reason, detail: "" };
  expect(strongerHold(hold(a), hold(b))?.reason ?? null).toBe(stronger);
});
