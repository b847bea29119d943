import { describe, expect, test } from "vitest";
import { type FreezeWindow, freezeAt, freezeIntervals, freezeProblem } from "../../planner/freeze.js";

const at = (text: string) => Date.parse(text) / 1000;
const weekends: FreezeWindow = { cron: "0 18 * * 5", for: 62 * 3600, timeZone: "Europe/Berlin" };
const nights: FreezeWindow = { cron: "30 2 * * *", for: 3600, timeZone: "Europe/Berlin" };
const holidays: FreezeWindow = { from: at("2026-12-24T00:00:00Z"), to: at("2026-12-27T00:00:00Z") };

describe("a freeze", () => {
  test.each<[string, readonly FreezeWindow[], string, boolean]>([
    ["once, a second before", [holidays], "2026-12-23T23:59:59Z", false],
    ["once, at its start", [holidays], "2026-12-24T00:00:00Z", true],
    ["once, at its end", [holidays], "2026-12-27T00:00:00Z", false],
    ["weekends, a second before Friday evening", [weekends], "2026-11-27T16:59:59Z", false],
    ["weekends, Friday evening in winter", [weekends], "2026-11-27T17:00:00Z", true],
    ["weekends, Friday evening in summer, an hour earlier in UTC", [weekends], "2026-07-03T16:00:00Z", true],
    ["weekends, the last second on Monday", [weekends], "2026-11-30T06:59:59Z", true],
    ["weekends, Monday morning", [weekends], "2026-11-30T07:00:00Z", false],
    ["a start in the hour that spring skips comes an hour later", [nights], "2026-03-29T01:30:00Z", true],
    ["and not before", [nights], "2026-03-29T01:29:59Z", false],
    ["a start in the hour that autumn repeats", [nights], "2026-10-25T00:30:00Z", true],
    ["counts once", [nights], "2026-10-25T01:30:00Z", false],
    ["and is over after", [nights], "2026-10-25T02:00:00Z", false],
    ["of several windows any", [holidays, weekends], "2026-11-28T00:00:00Z", true],
    ["without a time zone UTC counts", [{ cron: "0 18 * * 5", for: 60 }], "2026-11-27T18:00:59Z", true],
    ["none at all", [], "2026-11-28T00:00:00Z", false],
  ])("%s", (_title, windows, time, frozen) => {
    const found = freezeAt(windows, at(time));
    expect(found !== null).toBe(frozen);
    if (found) {
      expect(found.from).toBeLessThanOrEqual(at(time));
      expect(found.to).toBeGreaterThan(at(time));
    }
  });
});

test.each<[string, Parameters<typeof freezeProblem>[0], string | null]>([
  ["a pattern", { cron: "0 18 * * 5", for: 60 }, null],
  ["a pattern with seconds", { cron: "0 0 18 * * FRI", for: 60 }, null],
  ["text", { cron: "weekends", for: 60 }, '"weekends" is no cron pattern'],
  ["a day of the week too many", { cron: "0 18 * * 9", for: 60 }, '"0 18 * * 9" is no cron pattern'],
  ["a date that never comes", { cron: "0 0 30 2 *", for: 60 }, "never comes"],
  ["an unknown time zone", { cron: "0 18 * * 5", for: 60, timeZone: "Mars/Olympus" }, '"Mars/Olympus" is no time zone'],
  ["no length", { cron: "0 18 * * 5", for: 0 }, "lasts no time"],
])("what is wrong with %s", (_title, window, problem) => {
  if (problem === null) expect(freezeProblem(window)).toBeNull();
  else expect(freezeProblem(window)).toContain(problem);
});

test("windows as plain intervals are frozen at the same times", () => {
  const [from, to] = [at("2026-11-20T00:00:00Z"), at("2026-12-28T00:00:00Z")];
  const windows = [weekends, nights, holidays];
  const plain = freezeIntervals(windows, from, to);
  for (let now = from; now <= to; now += 1800) {
    expect(freezeAt(plain, now) !== null, new Date(now * 1000).toISOString()).toBe(freezeAt(windows, now) !== null);
  }
});

test("the intervals of a pattern end, also over the hour that comes twice", () => {
  const hourly: FreezeWindow = { cron: "30 * * * *", for: 60, timeZone: "Europe/Berlin" };
  const found = freezeIntervals([hourly], at("2026-10-24T22:00:00Z"), at("2026-10-25T06:00:00Z"));
  expect(found.length).toBeGreaterThanOrEqual(7);
  expect(found.length).toBeLessThanOrEqual(8);
  for (const [i, window] of found.entries()) expect(window.from).toBeGreaterThan(found[i - 1]?.from ?? 0);
});
