import type { Hold } from "../../planner/types.js";

/** How many replicas a type of resource runs, and where it says so. */
export interface ReplicaTarget {
  /** Keys of the property from the top of the resource's inputs. */
  readonly path: readonly string[];
  /** Replicas where the program leaves the property out. */
  readonly byDefault: number;
  /** Why no resource of the type is changed, or null. */
  readonly hold: Hold | null;
}
