import type { InventoryService } from "../graph/types.js";
import { touchesTooMany, unmovable } from "./disruption.js";
import { type FreezeWindow, freezeAt } from "./freeze.js";
import type { ChangeKind, Hold, Target, WeightedTarget } from "./types.js";

/** Budgets and vetoes. Times are unix seconds, durations seconds, costs in the unit of `costs` in `firebreak.yaml`. */
export interface Limits {
  /** Changes that one plan may add or withdraw; those in force and kept do not count. */
  readonly changesPerRun: number;
  readonly migrationsPerHour: number;
  /** Extra cost a day of every change in force, the kept ones included. */
  readonly costPerDay: number;
  /** Seconds after a service's last change in which it is left alone. */
  readonly coolDown: number;
  /** Seconds that a change stays in force after it was last needed, so that what comes and goes is changed once. */
  readonly holdTime: number;
  /** A change goes only where risk stays at or under this part of the threshold, so that it is not wanted back at once. */
  readonly hysteresis: number;
  readonly maxReplicas: number;
  /** Reserved slots of one service. */
  readonly maxReservedSlots: number;
  /** Part of a service's instances whose place or traffic one plan may change, 0…1; one instance always may. */
  readonly shareTouched: number;
  readonly freeze: readonly FreezeWindow[];
  /** While it is on nothing is changed. A text says who set it. */
  readonly killSwitch: boolean | string;
  /** Times of the migrations of late. */
  readonly recentMigrations: readonly number[];
}

/** The limits that a caller may leave out. */
export type DefaultedLimits =
  | "holdTime"
  | "hysteresis"
  | "maxReplicas"
  | "maxReservedSlots"
  | "shareTouched"
  | "killSwitch"
  | "recentMigrations";

/** What is in force where a caller says nothing. */
export const defaultLimits: Pick<Limits, DefaultedLimits> = {
  holdTime: 12 * 3600,
  hysteresis: 0.8,
  maxReplicas: 10,
  maxReservedSlots: 5,
  shareTouched: 0.5,
  killSwitch: false,
  recentMigrations: [],
};

/** A change of one service that somebody wants to make. */
export interface Wish {
  readonly kind: ChangeKind;
  readonly service: string;
  readonly instance?: string;
  readonly backend?: string;
  /** Replicas after the change; of no meaning for the other kinds. */
  readonly replicas?: number;
  /** Reserved slots after the change. */
  readonly slots?: number;
  /** Instances whose place or traffic it changes, in whole and in part. */
  readonly touches?: number;
  /** Instances of the service before the plan. */
  readonly of?: number;
  readonly costPerDay: number;
  /** Withdrawals give back: cost and count do not limit them. */
  readonly withdrawal?: boolean;
  /** Of a withdrawal: when the change was last needed, in unix seconds. */
  readonly neededAt?: number;
}

/** What the plan holds already, this wish apart. */
export interface Taken {
  /** Keys (`changeKey`) of what this plan changes. */
  readonly changed: ReadonlySet<string>;
  readonly migrations: number;
  readonly costPerDay: number;
  /** Instances touched, by service. */
  readonly touched?: ReadonlyMap<string, number>;
  /** Migrations, by service. */
  readonly moving?: ReadonlyMap<string, number>;
}

export interface Circumstances {
  readonly limits: Limits;
  readonly now: number;
  readonly targets: ReadonlyMap<string, Target>;
  /** Weights by service and backend (`weightKey`). */
  readonly weights?: ReadonlyMap<string, WeightedTarget>;
  readonly lastChangedAt: Readonly<Record<string, number>>;
  /** Reserved slots in force, by service. */
  readonly slots?: ReadonlyMap<string, number>;
  /** What the inventory says of each service. */
  readonly services?: ReadonlyMap<string, InventoryService>;
}

/** How a weight is found. */
export function weightKey({ service, backend }: { readonly service: string; readonly backend?: string }): string {
  return `${service}\n${backend ?? ""}`;
}

/** What the plan holds once a wish is permitted. */
export function withTaken(taken: Taken, wish: Wish, changed: ReadonlySet<string>): Taken {
  const touched = new Map(taken.touched);
  if (wish.touches !== undefined) touched.set(wish.service, (touched.get(wish.service) ?? 0) + wish.touches);
  const moving = new Map(taken.moving);
  if (wish.kind === "migration") moving.set(wish.service, (moving.get(wish.service) ?? 0) + 1);
  return {
    changed,
    migrations: taken.migrations + (wish.kind === "migration" ? 1 : 0),
    costPerDay: taken.costPerDay + wish.costPerDay,
    touched,
    moving,
  };
}

/** A change counts once, by however many replicas it raises the service. */
export function changeKey({
  kind,
  service,
  instance,
  backend,
}: Pick<Wish, "kind" | "service" | "instance" | "backend">) {
  if (kind === "migration") return `migration:${instance}`;
  return kind === "dnsWeight" ? `dnsWeight:${service}:${backend}` : `${kind}:${service}`;
}

/** The one place that permits: null, or the first reason why not. */
export function refusalOf(wish: Wish, taken: Taken, circumstances: Circumstances): Hold | null {
  const { limits, now, lastChangedAt } = circumstances;
  if (limits.killSwitch !== false) {
    const by = limits.killSwitch === true ? "" : ` (${limits.killSwitch})`;
    return hold("killSwitch", `the kill switch is on${by}: nothing is changed until it is off`);
  }
  const frozen = freezeAt(limits.freeze, now);
  if (frozen) return hold("freeze", `changes are frozen from ${iso(frozen.from)} to ${iso(frozen.to)}`);

  const held = holdOf(wish, circumstances);
  if (held) return held;

  const last = lastChangedAt[wish.service];
  if (last !== undefined && now < last + limits.coolDown) {
    return hold(
      "coolDown",
      `${wish.service} was changed at ${iso(last)} and is left alone until ${iso(last + limits.coolDown)}`,
    );
  }

  if (wish.withdrawal && wish.neededAt !== undefined && now < wish.neededAt + limits.holdTime) {
    const until = iso(wish.neededAt + limits.holdTime);
    return hold("coolDown", `it was last needed at ${iso(wish.neededAt)} and stays until ${until}`);
  }

  const key = changeKey(wish);
  if (!taken.changed.has(key) && taken.changed.size >= limits.changesPerRun) {
    return hold(
      "changesPerRun",
      `this plan already makes ${count(limits.changesPerRun, "change")}, all that limits.changesPerRun allows`,
    );
  }
  const tooMany = touchesTooMany(wish, taken, limits) ?? unmovable(wish, taken, circumstances);
  if (tooMany) return tooMany;
  return wish.withdrawal ? null : overBudget(wish, taken, circumstances);
}

/** Why the resource that a wish is about is to be left alone, or null. */
function holdOf({ kind, service, backend, withdrawal }: Wish, { targets, weights }: Circumstances): Hold | null {
  const target = targets.get(service);
  if (target?.hold && holds[kind](target.hold.reason)) return target.hold;
  if (kind === "dnsWeight") {
    const weight = weights?.get(weightKey({ service, backend }));
    if (!weight)
      return hold("noTarget", `no record or route of the stack is known to lead to ${backend} of ${service}`);
    return weight.hold;
  }
  if (!target) {
    // Room is kept by a resource of our own: it may go when what it was kept for is gone.
    if (kind === "reservation" && withdrawal) return null;
    return hold("noTarget", `no resource of the stack is known to run ${service}`);
  }
  if (target.replicas === 0 && !target.workload && !withdrawal && kind !== "migration") {
    return hold("optedOut", `the program asks for 0 replicas of ${service}: it is off on purpose`);
  }
  return null;
}

function overBudget(wish: Wish, taken: Taken, { limits, now, targets }: Circumstances): Hold | null {
  if (wish.kind === "migration") {
    const recent = limits.recentMigrations.filter((at) => at > now - 3600 && at <= now).length;
    if (recent + taken.migrations >= limits.migrationsPerHour) {
      return hold(
        "migrationsPerHour",
        `${recent} in the last hour and ${taken.migrations} in this plan use up limits.migrationsPerHour, ${limits.migrationsPerHour}`,
      );
    }
  }
  if (wish.replicas !== undefined && wish.replicas > limits.maxReplicas) {
    return hold(
      "maxReplicas",
      `${wish.service} would have ${wish.replicas} replicas, limits.maxReplicas is ${limits.maxReplicas}`,
    );
  }
  const target = targets.get(wish.service);
  if (target?.most !== undefined && wish.replicas !== undefined && wish.replicas > target.most) {
    return hold(
      "maxReplicas",
      `${wish.service} would have ${wish.replicas} replicas, ${target.name} allows ${target.most} at most`,
    );
  }
  if (wish.slots !== undefined && wish.slots > limits.maxReservedSlots) {
    return hold(
      "maxReplicas",
      `${wish.service} would have ${wish.slots} reserved slots, limits.maxReservedSlots is ${limits.maxReservedSlots}`,
    );
  }
  const cost = taken.costPerDay + wish.costPerDay;
  if (cost > limits.costPerDay * (1 + 1e-12)) {
    return hold(
      "costPerDay",
      `the plan would cost ${cost.toFixed(2)} a day, limits.costPerDay is ${limits.costPerDay}`,
    );
  }
  return null;
}

const forAll: ReadonlySet<Hold["reason"]> = new Set(["killSwitch", "optedOut"]);
const forMigration: ReadonlySet<Hold["reason"]> = new Set(["identityBound", "protected"]);

/**
 * What a hold of a service's resource holds back. Any holds its count. A count that is held says nothing about moving a
 * pod, or about room kept beside it.
 */
const holds: Readonly<Record<ChangeKind, (reason: Hold["reason"]) => boolean>> = {
  replicas: () => true,
  reservation: (reason) => forAll.has(reason),
  dnsWeight: (reason) => forAll.has(reason),
  migration: (reason) => forAll.has(reason) || forMigration.has(reason),
};

function hold(reason: Hold["reason"], detail: string): Hold {
  return { reason, detail };
}

function iso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
