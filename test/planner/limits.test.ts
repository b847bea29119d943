import { expect, test } from "vitest";
import type { InventoryService } from "../../graph/types.js";
import { type Circumstances, type Limits, refusalOf, type Taken, type Wish } from "../../planner/limits.js";
import type { RefusalReason, Target, WeightedTarget } from "../../planner/types.js";
import { now, target, weight } from "./example.js";

const limits: Limits = {
  changesPerRun: 2,
  migrationsPerHour: 2,
  costPerDay: 10,
  coolDown: 600,
  holdTime: 3600,
  hysteresis: 0.8,
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
const slot: Wish = { kind: "reservation", service: "api", slots: 1, costPerDay: 1 };
const shift: Wish = { kind: "dnsWeight", service: "api", backend: "blue", touches: 0.4, of: 4, costPerDay: 1 };
const held = (reason: RefusalReason) => ({ target: target("api", 1, { hold: { reason, detail: "because" } }) });

interface Case {
  readonly limits?: Partial<Limits>;
  readonly taken?: Partial<Taken>;
  readonly target?: Target | null;
  readonly last?: number;
  readonly weight?: Partial<WeightedTarget> | null;
  readonly service?: Partial<InventoryService>;
}

function refusal(wish: Wish, c: Case): RefusalReason | null {
  const circumstances: Circumstances = {
    limits: { ...limits, ...c.limits },
    now,
    targets: new Map(c.target === null ? [] : [["api", c.target ?? target("api")]]),
    lastChangedAt: c.last === undefined ? {} : { api: c.last },
    weights: new Map(
      c.weight === null ? [] : [["api\nblue", weight("blue", ["api-0"], { service: "api", ...c.weight })]],
    ),
    services: new Map([["api", { id: "api", addresses: [], ...c.service }]]),
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
  ["a slot more is permitted", slot, {}, null],
  ["a slot where another owns the count", slot, held("ownedByOther"), null],
  ["a slot beside a quorum", slot, held("identityBound"), null],
  ["a slot for what opted out", slot, held("optedOut"), "optedOut"],
  ["a slot in a namespace with the kill switch", slot, held("killSwitch"), "killSwitch"],
  ["a slot for a service without a resource", slot, { target: null }, "noTarget"],
  ["a slot less of a service without a resource", { ...slot, withdrawal: true }, { target: null }, null],
  ["a slot for a service that is off on purpose", slot, { target: target("api", 0) }, "optedOut"],
  ["a slot too many", { ...slot, slots: 3 }, {}, "maxReplicas"],
  ["the last slot allowed", { ...slot, slots: 2 }, {}, null],
  ["a slot in the cool-down", slot, { last: now - 1 }, "coolDown"],
  ["a weight is permitted", shift, {}, null],
  ["a weight without a resource that runs the service", shift, { target: null }, null],
  ["a weight that is not known", shift, { weight: null }, "noTarget"],
  [
    "a weight that another owns",
    shift,
    { weight: { hold: { reason: "ownedByOther", detail: "argo" } } },
    "ownedByOther",
  ],
  ["a weight where another owns the count", shift, held("ownedByOther"), null],
  ["a weight of what opted out", shift, held("optedOut"), "optedOut"],
  ["a weight in a namespace with the kill switch", shift, held("killSwitch"), "killSwitch"],
  ["a weight in the cool-down", shift, { last: now - 1 }, "coolDown"],
  ["a migration in a namespace with the kill switch", away, held("killSwitch"), "killSwitch"],
  ["half of a service", { ...shift, touches: 2 }, {}, null],
  ["more than half of a service", { ...shift, touches: 2.1 }, {}, "shareTouched"],
  [
    "half of a service beside what moves already",
    shift,
    { taken: { touched: new Map([["api", 1.7]]) } },
    "shareTouched",
  ],
  ["beside what moves of another service", shift, { taken: { touched: new Map([["web", 3]]) } }, null],
  ["one of two instances", { ...shift, touches: 1, of: 2 }, { limits: { shareTouched: 0.1 } }, null],
  ["giving back more than half of the traffic", { ...shift, touches: 3, withdrawal: true }, {}, "shareTouched"],
  ["a migration where none more may be", { ...away, of: 2 }, { service: { maxSurge: 0 } }, "maxSurge"],
  [
    "a second one of a service that may have one more",
    { ...away, of: 2 },
    {
      service: { maxSurge: 1 },
      taken: { moving: new Map([["api", 1]]) },
    },
    "maxSurge",
  ],
  [
    "a migration that a budget lets go once another is ready",
    { ...away, of: 2 },
    {
      service: { disruptionBudget: { minAvailable: 2 } },
    },
    null,
  ],
  [
    "a migration that it does not even then",
    { ...away, of: 2 },
    {
      service: { disruptionBudget: { minAvailable: 3 } },
    },
    "disruptionBudget",
  ],
  [
    "a replica more than the group allows",
    { ...more, replicas: 3 },
    { target: target("api", 1, { most: 2 }) },
    "maxReplicas",
  ],
  [
    "an autoscaler's minimum of 0 is not off",
    more,
    {
      target: target("api", 0, { workload: { type: "kubernetes:apps/v1:Deployment", name: "api" } }),
    },
    null,
  ],
  ["a withdrawal in the hold time", { ...less, neededAt: now - 3599 }, {}, "coolDown"],
  ["a withdrawal past it", { ...less, neededAt: now - 3600 }, {}, null],
  ["a recurring freeze", more, { limits: { freeze: [{ cron: "0 12 * * *", for: 60 }] } }, "freeze"],
  ["another time of the day", more, { limits: { freeze: [{ cron: "0 11 * * *", for: 60 }] } }, null],
  ["a kill switch that somebody set", more, { limits: { killSwitch: "in Pulumi.dev.yaml" } }, "killSwitch"],
])("%s", (_title, wish, c, expected) => {
  expect(refusal(wish, c)).toBe(expected);
});
