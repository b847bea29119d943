import { sortBy } from "../graph/order.js";
import type { Topology } from "../graph/types.js";
import type { FailurePath } from "../simulator/types.js";
import { compose, costOf, refusalOfSteps } from "./compose.js";
import type { Costs } from "./costs.js";
import { type Scored, slack } from "./excess.js";
import { focusOn } from "./focus.js";
import { type Circumstances, changeKey, type Taken } from "./limits.js";
import type { Candidate, Move } from "./moves/index.js";
import type { Ground } from "./room.js";
import type { Refusal } from "./types.js";

export interface SearchSetting {
  readonly ground: Ground;
  readonly costs: Costs;
  readonly threshold: number;
  readonly circumstances: Circumstances;
  /** Simulates in the worlds of the plan. */
  score(topology: Topology): Scored;
  pathsTo(topology: Topology, instance: string): readonly FailurePath[];
  /** Simulations that one search may spend. */
  readonly maxSimulations: number;
}

export interface Found {
  readonly steps: readonly Candidate[];
  readonly scored: Scored;
  /** What was considered and not permitted. */
  readonly refusals: readonly Refusal[];
  /** False where the search ended because its simulations were spent. */
  readonly complete: boolean;
}

interface State {
  readonly steps: readonly Candidate[];
  readonly scored: Scored;
}

/** How many steps are taken at once where fewer do not help: overload may need two replicas before either counts. */
const lookahead = 3;

/**
 * The steps of one move that bring the excess down, cheapest first: takes the step, or where none helps the two or
 * three together, with the best reduction for its cost, until nothing helps; then drops what is not needed. Where that
 * leaves something over the threshold, sets of up to three steps from the start are compared too, since a step taken
 * early may have used up a budget. Never returns more excess than it was given.
 * @param floor the comparable excess that this move can at best reach
 */
export function search(start: Scored, move: Move, base: Taken, floor: number, setting: SearchSetting): Found {
  const refusals = new Map<string, Refusal>();
  const seen = new Map<string, Scored>();
  let left = setting.maxSimulations;
  const isDone = ({ scored }: State) => scored.excess <= slack || scored.comparable <= floor + slack;

  /** The steps from the start, scored; null when not permitted, without room, or past the budget of simulations. */
  function reach(steps: readonly Candidate[], report: boolean): State | null {
    const key = sortBy(steps, (s) => s.key)
      .map((s) => s.key)
      .join("\n");
    const known = seen.get(key);
    if (known) return { steps, scored: known };
    const last = steps.at(-1);
    const held = refusalOfSteps(start.topology, steps, base, setting.circumstances);
    const topology = held ?? compose(start.topology, steps);
    if ("reason" in topology) {
      if (report && last)
        refusals.set(`${last.key} ${topology.reason}`, refusalFor(last, topology.reason, topology.detail));
      return null;
    }
    if (left <= 0) return null;
    left--;
    const scored = setting.score(topology);
    seen.set(key, scored);
    return { steps, scored };
  }

  function proposals(state: State, wide: boolean): Candidate[] {
    const focus = focusOn(state.scored, setting.threshold, setting.pathsTo, wide);
    return move
      .propose(state.scored.topology, focus, setting)
      .filter((c) => c.repeats || !state.steps.some((s) => changeKey(s) === changeKey(c)));
  }

  function bestNext(state: State): State | null {
    for (let depth = 1; depth <= lookahead; depth++) {
      for (const wide of [false, true]) {
        let best: State | null = null;
        let bestValue = 0;
        for (const set of combinations(proposals(state, wide), depth)) {
          const next = reach([...state.steps, ...set], depth === 1);
          if (!next) continue;
          const gain = state.scored.comparable - next.scored.comparable;
          const value = gain / Math.max(costOf(set), 1e-9);
          if (gain > slack && value > bestValue * (1 + slack)) [best, bestValue] = [next, value];
        }
        if (best) return best;
      }
    }
    return null;
  }

  function climb(from: State): State {
    let state = from;
    while (!isDone(state)) {
      const next = bestNext(state);
      if (!next) break;
      state = next;
    }
    return prune(state);
  }

  function prune(state: State): State {
    const droppable = [...state.steps].sort((a, b) => b.costPerDay - a.costPerDay || (a.key < b.key ? 1 : -1));
    for (const step of droppable) {
      const rest = without(state.steps, step);
      const less = rest.length === 0 ? { steps: rest, scored: start } : reach(rest, false);
      if (less && isNoWorse(less.scored, state.scored)) return prune(less);
    }
    return state;
  }

  const first: State = { steps: [], scored: start };
  let found = climb(first);
  const isHopeless = floor > slack && found.scored.comparable <= floor + slack;
  if (found.scored.excess > slack && found.steps.length > 0 && !isHopeless) {
    const candidates = proposals(first, true);
    let best: State = found;
    for (let depth = 1; depth <= lookahead; depth++) {
      for (const set of combinations(candidates, depth)) {
        const other = reach(set, false);
        if (other && other.scored.comparable < start.comparable - slack && isBetter(other, best)) best = other;
      }
    }
    if (best !== found) found = climb(best);
  }
  return { ...found, refusals: sortBy(refusals, ([key]) => key).map(([, r]) => r), complete: left > 0 };
}

/**
 * Where the goal is reached, what still reaches it is no worse; short of it the failed worlds are compared. In which no
 * instance fails more often is never worse: an estimate that another instance moved by its mere presence is no merit.
 */
export function isNoWorse(a: Scored, b: Scored): boolean {
  if (a.topology.nodes.every(({ id }) => (a.failures.get(id) ?? 0) <= (b.failures.get(id) ?? 0))) return true;
  return b.excess <= slack ? a.excess <= slack : a.comparable <= b.comparable + slack;
}

/** Reaching the goal comes first, then its cost; short of it the failed worlds are compared. */
function isBetter(a: State, b: State): boolean {
  if (a.scored.excess > slack) return b.scored.excess > slack && a.scored.comparable < b.scored.comparable - slack;
  return b.scored.excess > slack || costOf(a.steps) < costOf(b.steps);
}

/** Sets of `size` candidates in order; those that repeat may come more than once. */
function* combinations(candidates: readonly Candidate[], size: number, from = 0): Generator<Candidate[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let i = from; i < candidates.length; i++) {
    const candidate = candidates[i];
    if (!candidate) continue;
    for (const rest of combinations(candidates, size - 1, candidate.repeats ? i : i + 1)) yield [candidate, ...rest];
  }
}

function without(steps: readonly Candidate[], step: Candidate): Candidate[] {
  const at = steps.indexOf(step);
  return steps.filter((_, i) => i !== at);
}

function refusalFor(step: Candidate, reason: Refusal["reason"], detail: string): Refusal {
  const { kind, service, instance, backend, from, to } = step;
  return {
    kind,
    service,
    ...(instance === undefined ? {} : { instance }),
    ...(backend === undefined ? {} : { backend }),
    from,
    ...(to === "" ? {} : { to }),
    reason,
    detail,
  };
}
