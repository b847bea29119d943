import type { Topology } from "../../graph/types.js";
import type { FailurePath } from "../../simulator/types.js";
import type { Costs } from "../costs.js";
import type { Ground } from "../ground.js";
import type { Change, Hold } from "../types.js";

/** One change of one step: one replica or slot more, another weight, one instance elsewhere. The planner composes them. */
export interface Candidate {
  /** The same step has the same key, whatever else the plan holds. */
  readonly key: string;
  readonly kind: Change["kind"];
  readonly service: string;
  readonly instance?: string;
  readonly backend?: string;
  readonly from: number | string;
  readonly to: number | string;
  readonly costPerDay: number;
  /** True where taking the step twice makes sense; of others one plan takes one step of each change (`changeKey`). */
  readonly repeats: boolean;
  /** Instances, in whole and in part, whose place or traffic the step changes: what `limits.shareTouched` counts. */
  readonly touches?: number;
  /** The topology with the step taken, or why it cannot be taken there. Never changes what it is given. */
  apply(topology: Topology): Topology | Hold;
}

/** What the moves look at: who is in danger, and by which failure paths. */
export interface Focus {
  /** Services whose failure the paths show, and those of the instances in danger. */
  readonly services: ReadonlySet<string>;
  readonly paths: readonly FailurePath[];
}

/** A kind of change. It proposes; what is permitted is for `limits` alone to say. */
export interface Move {
  readonly kind: Change["kind"];
  propose(topology: Topology, focus: Focus, setting: { readonly ground: Ground; readonly costs: Costs }): Candidate[];
}
