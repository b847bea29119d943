import type { ChangeKind, Hold, Target } from "./types.js";

/** Budgets and vetoes. Times are unix seconds, durations seconds, costs in the unit of `costs` in `firebreak.yaml`. */
export interface Limits {
  /** Changes that one plan may add or withdraw; those in force and kept do not count. */
  readonly changesPerRun: number;
  readonly migrationsPerHour: number;
  /** Extra cost a day of every change in force, the kept ones included. */
  readonly costPerDay: number;
  /** Seconds after a service's last change in which it is left alone. */
  readonly coolDown: number;
  readonly maxReplicas: number;
  readonly freeze: readonly { readonly from: number; readonly to: number }[];
  /** While true nothing is changed. */
  readonly killSwitch: boolean;
  /** Times of the migrations of late. */
  readonly recentMigrations: readonly number[];
}

export const defaultMaxReplicas = 10;

/** A change of one service that somebody wants to make. */
export interface Wish {
  readonly kind: ChangeKind;
  readonly service: string;
  readonly instance?: string;
  readonly backend?: string;
  /** Replicas after the change; of no meaning for the other kinds. */
  readonly replicas?: number;
  readonly costPerDay: number;
  /** Withdrawals give back: cost and count do not limit them. */
  readonly withdrawal?: boolean;
}

/** What the plan holds already, this wish apart. */
export interface Taken {
  /** Keys (`changeKey`) of what this plan changes. */
  readonly changed: ReadonlySet<string>;
  readonly migrations: number;
  readonly costPerDay: number;
}

export interface Circumstances {
  readonly limits: Limits;
  readonly now: number;
  readonly targets: ReadonlyMap<string, Target>;
  readonly lastChangedAt: Readonly<Record<string, number>>;
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
export function refusalOf(
  wish: Wish,
  taken: Taken,
  { limits, now, targets, lastChangedAt }: Circumstances,
): Hold | null {
  if (limits.killSwitch) return hold("killSwitch", "the kill switch is on: nothing is changed until it is off");

  const frozen = limits.freeze.find((window) => now >= window.from && now < window.to);
  if (frozen) return hold("freeze", `changes are frozen from ${iso(frozen.from)} to ${iso(frozen.to)}`);

  const target = targets.get(wish.service);
  if (!target) return hold("noTarget", `no resource of the stack is known to run ${wish.service}`);
  if (target.hold && (wish.kind === "replicas" || holdsMigration.has(target.hold.reason))) return target.hold;
  if (wish.kind === "replicas" && target.replicas === 0) {
    return hold("optedOut", `the program asks for 0 replicas of ${wish.service}: it is off on purpose`);
  }

  const last = lastChangedAt[wish.service];
  if (last !== undefined && now < last + limits.coolDown) {
    return hold(
      "coolDown",
      `${wish.service} was changed at ${iso(last)} and is left alone until ${iso(last + limits.coolDown)}`,
    );
  }

  const key = changeKey(wish);
  if (!taken.changed.has(key) && taken.changed.size >= limits.changesPerRun) {
    return hold(
      "changesPerRun",
      `this plan already makes ${count(limits.changesPerRun, "change")}, all that limits.changesPerRun allows`,
    );
  }
  if (wish.withdrawal) return null;

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
  const cost = taken.costPerDay + wish.costPerDay;
  if (cost > limits.costPerDay * (1 + 1e-12)) {
    return hold(
      "costPerDay",
      `the plan would cost ${cost.toFixed(2)} a day, limits.costPerDay is ${limits.costPerDay}`,
    );
  }
  return null;
}

/** A held replica count says nothing about moving a pod, these reasons do. */
const holdsMigration: ReadonlySet<Hold["reason"]> = new Set(["identityBound", "optedOut", "protected"]);

function hold(reason: Hold["reason"], detail: string): Hold {
  return { reason, detail };
}

function iso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
