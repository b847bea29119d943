import * as pulumi from "@pulumi/pulumi";
import type { FailMode } from "../planner/types.js";
import { riskAssessmentType } from "./applied.js";
import type { StackChange } from "./stackChange.js";

/** How the decision stands when the program runs. */
export type Standing = "none" | "current" | "stale" | "killSwitch";

/** What a program hands in: the decision as it was found, before what was last applied is taken into account. */
export interface Assessed {
  /** Empty where there is no decision. */
  readonly decisionId: string;
  readonly standing: Standing;
  readonly failMode: FailMode;
  /** The changes for this stack; `expired` ones are kept as far as they are in force, but not added anew. */
  readonly changes: readonly (StackChange & { readonly expired?: boolean })[];
  /** Replicas that the program asked for at plan time: what a target without a change is left with. */
  readonly written: readonly { readonly target: StackChange["target"]; readonly replicas: number }[];
  /** The decision file, for messages. */
  readonly file: string;
  /** Why the decision may not be applied here at all; empty where nothing is wrong. */
  readonly problem: string;
}

/** What is in force on the stack: the resource's checked inputs, its state and its outputs. */
export interface InForce {
  readonly decisionId: string;
  readonly standing: Standing;
  readonly changes: readonly StackChange[];
  /** Changes that were in force until now, so that stepping down is audited too. */
  readonly withdrawn: readonly StackChange[];
}

export interface Checked {
  readonly inputs: InForce;
  readonly failures: { property: string; reason: string }[];
}

/**
 * Judges a decision against what the stack applied last (DESIGN: "withdrawal is a change like any other").
 * Self-contained, since Pulumi serialises it with the dynamic provider below.
 *
 * - no decision where one was applied: a failure;
 * - a target that would lose more than one replica at once: a failure;
 * - past its age: `hold` keeps what was applied last and adds nothing, `closed` is a failure, `off` deploys as written;
 * - the kill switch keeps what was applied last.
 */
export function assess(last: Partial<InForce>, next: Assessed): Checked {
  const lastId = last.decisionId ?? "";
  const lastChanges = last.changes ?? [];
  const failures: { property: string; reason: string }[] = [];
  const sameTarget = (a: Pick<StackChange, "target">, b: Pick<StackChange, "target">) =>
    a.target.type === b.target.type &&
    a.target.name === b.target.name &&
    (a.target.urn === undefined || b.target.urn === undefined || a.target.urn === b.target.urn);
  const partOf = (c: StackChange) => ("backend" in c ? c.backend : "instance" in c ? c.instance : "");
  const sameChange = (a: StackChange, b: StackChange) =>
    a.kind === b.kind && sameTarget(a, b) && partOf(a) === partOf(b);
  const isCounted = (c: StackChange) => c.kind === "replicas" || c.kind === "reservation";

  const kept = { decisionId: lastId, standing: next.standing, changes: lastChanges, withdrawn: [] };
  if (next.problem !== "") {
    failures.push({ property: "decisionId", reason: next.problem });
    return { inputs: kept, failures };
  }
  if (next.standing === "killSwitch") return { inputs: kept, failures };
  if (next.standing === "none") {
    if (lastId !== "") {
      failures.push({
        property: "decisionId",
        reason: `decision ${lastId} was applied to this stack and its file is missing: ${next.file}; nothing is changed. Put the file back, or make a new one with \`firebreak plan\``,
      });
    }
    return { inputs: kept, failures };
  }
  if (next.standing === "stale" && next.failMode === "hold") return { inputs: kept, failures };
  if (next.standing === "stale" && next.failMode === "closed") {
    failures.push({
      property: "decisionId",
      reason: `decision ${next.decisionId} is past its maxAge and its failMode is closed; nothing is changed. Make a new one with \`firebreak plan\``,
    });
    return { inputs: kept, failures };
  }

  const changes: StackChange[] = [];
  if (next.standing === "current") {
    for (const { expired, ...change } of next.changes) {
      const old = lastChanges.find((c) => sameChange(c, change));
      if (!expired) changes.push(change);
      // What is in force stays so, as far as it was.
      else if (old !== undefined && isCounted(old)) {
        changes.push({ ...change, to: Math.min(Number(old.to), Number(change.to)) } as StackChange);
      } else if (old !== undefined && (old.to === change.to || old.kind === "dnsWeight")) changes.push(old);
    }
    for (const old of lastChanges) {
      if (!isCounted(old)) continue;
      const what = old.kind === "replicas" ? "replica" : "reserved slot";
      const written = old.kind === "replicas" ? next.written.find((w) => sameTarget(old, w))?.replicas : undefined;
      const [before, to] = [
        Number(old.to),
        Number(changes.find((change) => sameChange(old, change))?.to ?? written ?? old.from),
      ];
      if (before - to > 1) {
        failures.push({
          property: "changes",
          reason: `decision ${next.decisionId} takes ${old.target.name} from ${before} to ${to} ${what}s at once, and a decision is withdrawn by one ${what} at a time; nothing is changed. Make a new one with \`firebreak plan\`, which steps down to ${before - 1} first`,
        });
      }
    }
  }
  const withdrawn = lastChanges.filter((old) => !changes.some((change) => sameChange(old, change)));
  return { inputs: { decisionId: next.decisionId, standing: next.standing, changes, withdrawn }, failures };
}

/** Whether two states of the resource have the same decision and the same changes in force. */
export function sameInForce(a: Partial<InForce>, b: Partial<InForce>): boolean {
  const canonical = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(canonical);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([, v]) => v !== undefined && v !== null);
    return entries.sort(([x], [y]) => (x < y ? -1 : 1)).map(([k, v]) => [k, canonical(v)]);
  };
  const text = (value: Partial<InForce>) => JSON.stringify(canonical([value.decisionId ?? "", value.changes ?? []]));
  return text(a) === text(b);
}

const provider: pulumi.dynamic.ResourceProvider = {
  async check(olds: Partial<InForce>, news: Assessed) {
    return assess(olds, news);
  },
  async diff(_id: string, olds: Partial<InForce>, news: InForce) {
    return { changes: !sameInForce(olds, news) };
  },
  async create(inputs: InForce) {
    return { id: "firebreak", outs: { ...inputs } };
  },
  async update(_id: string, _olds: InForce, news: InForce) {
    return { outs: { ...news } };
  },
};

export type RiskAssessmentArgs = pulumi.Inputs & { readonly [K in keyof Assessed]: pulumi.Input<Assessed[K]> };

/**
 * The decision in force on a stack, kept in the stack's own state: the next run is judged against it. Creating, updating
 * and deleting it touches nothing outside the state. An unchanged decision gives an unchanged resource.
 */
export class RiskAssessment extends pulumi.dynamic.Resource {
  /** Id of the decision in force, or empty. */
  declare readonly decisionId: pulumi.Output<string>;
  /** How the decision stood when it was last applied. */
  declare readonly standing: pulumi.Output<Standing>;
  /** The changes in force, for a program to read. */
  declare readonly changes: pulumi.Output<readonly StackChange[]>;
  declare readonly withdrawn: pulumi.Output<readonly StackChange[]>;

  constructor(name: string, args: RiskAssessmentArgs, opts?: pulumi.CustomResourceOptions) {
    const [, path = ""] = riskAssessmentType.split("/");
    const [module, type] = path.split(":");
    super(provider, name, { withdrawn: undefined, ...args }, opts, module, type);
  }
}
