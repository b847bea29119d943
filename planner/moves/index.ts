import { dnsWeight } from "./dnsWeight.js";
import { migration } from "./migration.js";
import type { Move } from "./move.js";
import { replicas } from "./replicas.js";
import { reservation } from "./reservation.js";

export type { Candidate, Focus, Move } from "./move.js";

/**
 * Every kind of change, in the order in which the planner turns to them: a later kind is tried only where the earlier
 * ones leave something over the threshold.
 */
export const moves: readonly Move[] = [replicas, reservation, dnsWeight, migration];
