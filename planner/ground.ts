import type { Inventory } from "../graph/types.js";
import type { Place } from "./replicaSet.js";
import type { Slots } from "./slots.js";
import type { Weight } from "./weights.js";

/** What steps are judged by, beside the topology itself: the same for a whole plan. */
export interface Ground {
  readonly inventory?: Inventory;
  /** A host or zone whose own prior is above this is not healthy: nothing new goes there. 0…1. */
  readonly threshold: number;
  /** Where the instances stand before the plan: one that moves takes room in both places while both exist. */
  readonly standing?: ReadonlyMap<string, Place>;
  /** Reserved slots by service: those in force, and what one more would be. */
  readonly slots?: ReadonlyMap<string, Slots>;
  /** Weights by service and backend (`weightKey`), as they are in force. */
  readonly weights?: ReadonlyMap<string, Weight>;
  /** Namespace of each service, where it has one. */
  readonly namespaces?: ReadonlyMap<string, string>;
  /** Hosts that instances of a service were moved away from of late: they do not go back there. */
  readonly left?: ReadonlyMap<string, ReadonlySet<string>>;
}
