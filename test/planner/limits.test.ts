import { expect, test } from "vitest";
import { type Circumstances, type Limits, refusalOf, type Taken, type Wish } from "../../planner/limits.js";
import type { RefusalReason, Target } from "../../planner/types.js";
import { now, target } from "./example.js";

const limits: Limits = {
  changesPerRun: 2,
  migrationsPerHour: 2,
  costPerDay: 10,
  coolDown: 600,
  holdTime: 3600,
  maxReplicas: 4,
  maxReservedSlots: 2,
  shareTouched: 0.5,
  freeze: [],
  killSwitch: false,
  recentMigrations: [],
};
const more: Wish = { kind: "replicas", service: "api", replicas: 2, costPerDay: 1 };
const away: Wish = { kind: "migration", service: "api", instance: "api-0", costPerDay: 1 };
const less: Wish = { kind: "replicas", service: "api", costPerDay: 0, withdrawal: true };
const held = (reason: RefusalReason) => ({ target: target("api", 1, { hold: { reason, detail: "because" } }) });

interface Case {
  readonly limits?: Partial<Limits>;
  readonly taken?: Partial<Taken>;
  readonly target?: Target | null;
  readonly last?: number;
}

function refusal(wish: Wish, c: Case): RefusalReason | null {
  const circumstances: Circumstances = {
    limits: { ...limits, ...c.limits },
    now,
    targets: new Map(c.target === null ? [] : [["api", c.target ?? target("api")]]),
    lastChangedAt: c.last === undefined ? {} : { api: c.last },
  };
  const refused = refusalOf(wish, { changed: new Set(), migrations: 0, costPerDay: 0, ...c.taken }, circumstances);
  if (refused) expect(refused.detail).not.toBe("");
  return refused?.reason ?? null;
}

test.each<[string, Wish, Case, RefusalReason | null]>([
  ["a replica more is permitted", more, {}, null],
  ["a replica less is permitted", less, {}, null],
  ["a migration is permitted", away, {}, null],
  ["the kill switch stops additions", more, { limits: { killSwitch: true } }, "killSwitch"],
  ["the kill switch stops withdrawals", less, { limits: { killSwitch: true } }, "killSwitch"],
  [
    "a freeze window stops changes from its start",
    more,
    { limits: { freeze: [{ from: now, to: now + 1 }] } },
    "freeze",
  ],
  ["a freeze window ends before its end", more, { limits: { freeze: [{ from: now - 9, to: now }] } }, null],
  ["a service without a resource has no target", more, { target: null }, "noTarget"],
  ["a field that another owns", more, held("ownedByOther"), "ownedByOther"],
  ["ignoreChanges on the field", more, held("ignoreChanges"), "ignoreChanges"],
  ["a protected resource", more, held("protected"), "protected"],
  ["a quorum", more, held("identityBound"), "identityBound"],
  ["a count that cannot be known", more, held("unknownValue"), "unknownValue"],
  ["a held count is not withdrawn either", less, held("ownedByOther"), "ownedByOther"],
  ["an owned count does not hold a migration", away, held("ownedByOther"), null],
  ["identity holds a migration", away, held("identityBound"), "identityBound"],
  ["a service that is off on purpose", more, { target: target("api", 0) }, "optedOut"],
  ["an opted-out resource is not migrated", away, held("optedOut"), "optedOut"],
  ["a service in its cool-down", more, { last: now - 599 }, "coolDown"],
  ["a withdrawal in the cool-down", less, { last: now - 599 }, "coolDown"],
  ["a service past its cool-down", more, { last: now - 600 }, null],
  ["one change too many", more, { taken: { changed: new Set(["replicas:a", "replicas:b"]) } }, "changesPerRun"],
  ["one withdrawal too many", less, { taken: { changed: new Set(["replicas:a", "replicas:b"]) } }, "changesPerRun"],
  ["a second replica of one change", more, { taken: { changed: new Set(["replicas:a", "replicas:api"]) } }, null],
  ["a migration too many in this plan", away, { taken: { migrations: 2 } }, "migrationsPerHour"],
  [
    "migrations of the last hour count",
    away,
    { limits: { recentMigrations: [now - 1, now - 3599] } },
    "migrationsPerHour",
  ],
  ["older ones do not", away, { limits: { recentMigrations: [now - 1, now - 3600] } }, null],
  ["a replica too many", { ...more, replicas: 5 }, {}, "maxReplicas"],
  ["the last replica allowed", { ...more, replicas: 4 }, {}, null],
  ["more than the day may cost", more, { taken: { costPerDay: 9.5 } }, "costPerDay"],
  ["exactly what the day may cost", more, { taken: { costPerDay: 9 } }, null],
  ["a withdrawal where the day costs too much already", less, { taken: { costPerDay: 99 } }, null],
])("%s", (_title, wish, c, expected) => {
  expect(refusal(wish, c)).toBe(expected);
});
