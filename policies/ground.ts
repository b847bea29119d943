import type { Inventory, Topology } from "../graph/types.js";
import type { Decision } from "../planner/types.js";

/** All that rules may judge by beside the planned stack. What is absent was not given: a rule that needs it says so. */
export interface RuleGround {
  /** Null where there is none. */
  readonly decision: Decision | null;
  /** Where the decision is, or was looked for. */
  readonly decisionFile: string;
  /** Unix seconds. */
  readonly now: number;
  /** Numbers that were set for rules, by rule id and name; read them with `numberOf`. */
  readonly numbers: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly topology?: Topology;
  readonly inventory?: Inventory;
}
