import { hashTopology } from "../graph/hash.js";
import { writeTopology } from "../graph/topology.js";
import type { Inventory, Topology } from "../graph/types.js";
import type { SimulationOptions } from "../simulator/types.js";
import { changesOf } from "./changes.js";
import { circumstancesOf, groundOf } from "./circumstances.js";
import { compose } from "./compose.js";
import type { Costs } from "./costs.js";
import { sealed } from "./decision.js";
import { targetsByService } from "./declared.js";
import { offenders, type Scored, scoredBy, slack } from "./excess.js";
import type { Ground } from "./ground.js";
import { costInForce, type InForce, isAsWritten, withInForce } from "./inForce.js";
import { changeKey, type DefaultedLimits, type Limits, withTaken } from "./limits.js";
import { type Candidate, moves } from "./moves/index.js";
import { isNoWorse, type SearchSetting, search } from "./search.js";
import { simulation as realSimulation, type Simulation } from "./simulation.js";
import type { Binding, Change, Decision, FailMode, InstanceRisk, Refusal, Target, WeightedTarget } from "./types.js";
import { judge } from "./verdicts.js";
import { verify } from "./verify.js";
import { warningsOf } from "./warnings.js";
import { type Withdrawn, withdraw } from "./withdraw.js";

/** All that a plan depends on: the same input gives the same decision, byte for byte. Times are unix seconds. */
export interface PlanInput {
  /** What runs now, former changes included, as the traffic shows it. */
  readonly topology: Topology;
  readonly inventory?: Inventory;
  readonly targets: readonly Target[];
  /** Weights by which the stack's records and routes send traffic to parts of a service. */
  readonly weights?: readonly WeightedTarget[];
  readonly boundTo: Binding;
  /** Highest risk that an instance may have, 0…1. */
  readonly threshold: number;
  readonly simulation: SimulationOptions;
  readonly limits: Omit<Limits, DefaultedLimits> & Partial<Pick<Limits, DefaultedLimits>>;
  readonly costs: Costs;
  /** Changes of the decision that was last applied to this stack. */
  readonly applied: readonly Change[];
  /** When each service was last changed. */
  readonly lastChangedAt: Readonly<Record<string, number>>;
  /** Hosts that instances of a service were moved away from, and when. */
  readonly leftHosts?: readonly { readonly service: string; readonly host: string; readonly at: number }[];
  readonly now: number;
  /** The window of the history; all null when planned from a topology file. */
  readonly data: { readonly from: string | null; readonly to: string | null; readonly rows: number | null };
  /** Seconds. */
  readonly maxAge: number;
  readonly failMode: FailMode;
  readonly unknown: "fail" | "warn";
  /** Seconds that the priors are about. */
  readonly horizon: number;
  /** Version of the model, Firebreak's own. */
  readonly version: string;
  /** Simulations that the search for each kind of change may spend; 400 unless said. */
  readonly maxSimulations?: number;
}

/**
 * The cheapest changes found that bring every instance to the threshold or under, as a decision. What cannot be met is
 * said in the verdicts and refusals, and the plan then holds what helps; if nothing helps it holds no new change.
 * Changes in force are kept, or withdrawn by one replica (`withdraw`). The plan is checked by simulating its result.
 * @param simulation the simulator; given by tests only
 * @throws Error when the simulator gives the same topology two different risks
 */
export function plan(input: PlanInput, simulation: Simulation = realSimulation): Decision {
  const { threshold, costs, inventory } = input;
  const topology = writeTopology(input.topology);
  const targets = targetsByService(input.targets);
  const { ground, force } = groundOf(topology, targets, input);
  const start = withInForce(topology, force, "current", ground);

  let setting = settingOf(input, targets, ground, force, simulation, simulation.sample(start, input.simulation).scale);
  let outcome = outcomeOf(start, force, setting);
  for (let round = 0; round < 3 && outcome.planned.excess > slack && outcome.planned.comparable <= slack; round++) {
    // At the scale of where it started the plan is done, at its own it is not: search once more by its own.
    setting = settingOf(input, targets, ground, force, simulation, outcome.planned.scale);
    outcome = outcomeOf(start, force, setting);
  }
  const { current, planned, withdrawn, steps, warnings } = outcome;
  const written = isAsWritten(force) ? current : setting.score(withInForce(topology, force, "written", ground));

  const changes = changesOf({
    force,
    current,
    planned,
    withdrawn,
    steps,
    targets,
    inventory,
    costs,
    threshold,
    now: iso(input.now),
    expiresAt: iso(input.now + input.maxAge),
    score: setting.score,
    pathsTo: setting.pathsTo,
  });
  const refusals = outstanding(outcome.refusals, changes);

  return sealed({
    schema: "firebreak.decision/v1",
    createdAt: iso(input.now),
    boundTo: input.boundTo,
    threshold,
    maxAge: input.maxAge,
    failMode: input.failMode,
    unknown: input.unknown,
    data: { ...input.data, graphHash: hashTopology(topology) },
    model: { version: input.version, horizon: input.horizon, utilisationLimit: topology.graph.utilisationLimit },
    seed: input.simulation.seed,
    worlds: input.simulation.worlds,
    instances: instanceRisks(current, planned),
    verdicts: judge(written, planned, { threshold, targets, refusals, pathsTo: setting.pathsTo }),
    changes,
    refusals,
    warnings: [...warningsOf(force.declared, targets, changes, inventory), ...warnings],
  });
}

function settingOf(
  input: PlanInput,
  targets: ReadonlyMap<string, Target>,
  ground: Ground,
  force: InForce,
  simulation: Simulation,
  scale: number,
): SearchSetting {
  const { threshold, costs } = input;
  return {
    ground,
    costs,
    threshold,
    circumstances: circumstancesOf(input, targets, force),
    score: (of) => scoredBy(of, simulation.sample(of, input.simulation), threshold, scale || undefined),
    pathsTo: (of, instance) => simulation.explain(of, instance, input.simulation).pathsTo,
    maxSimulations: input.maxSimulations ?? 400,
  };
}

interface Outcome {
  /** With the changes in force. */
  readonly current: Scored;
  /** With the plan's changes too. */
  readonly planned: Scored;
  readonly withdrawn: Pick<Withdrawn, "steps" | "needed">;
  readonly steps: readonly Candidate[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}

/** Withdraws, searches and verifies. A plan that does not stand leaves everything as it is. */
function outcomeOf(start: Topology, force: InForce, setting: SearchSetting): Outcome {
  const current = setting.score(start);
  const withdrawn = withdraw(current, force, setting);
  const searched = searchAll(withdrawn, costInForce(force, setting.ground, setting.costs), setting);
  const refusals = [...withdrawn.refusals, ...searched.refusals];
  const { scored: planned, stands } = verify(current, searched.planned, setting.score);
  if (!stands) {
    const warning = "the plan found would have raised the excess risk and was dropped; simulate more worlds";
    const nothing = { withdrawn: { steps: new Map(), needed: withdrawn.needed }, steps: [] };
    return { current, planned: current, ...nothing, refusals, warnings: [warning] };
  }
  const warnings = searched.complete ? [] : ["the search spent all its simulations: a better plan may exist"];
  return { current, planned, withdrawn, steps: searched.steps, refusals, warnings };
}

/** One move after the other, each on what the one before it left over the threshold. */
function searchAll(withdrawn: Withdrawn, inForce: number, setting: SearchSetting) {
  let planned = withdrawn.scored;
  let complete = true;
  let taken = { ...withdrawn.taken, costPerDay: inForce };
  for (const { saves } of withdrawn.steps.values()) taken.costPerDay -= saves;
  const steps: Candidate[] = [];
  const refusals: Refusal[] = [];
  // A service that steps down in this plan has its cool-down before it: it is not raised in the same breath.
  const lastChangedAt = { ...setting.circumstances.lastChangedAt };
  for (const { service } of withdrawn.steps.values()) lastChangedAt[service] = setting.circumstances.now;
  const circumstances = { ...setting.circumstances, lastChangedAt };
  for (const move of moves) {
    if (offenders(planned, setting.threshold).length === 0) break;
    const floor = move.kind === "replicas" ? floorOf(planned, setting) : 0;
    const found = search(planned, move, taken, floor, { ...setting, circumstances });
    planned = found.scored;
    for (const step of found.steps) taken = withTaken(taken, step, new Set([...taken.changed, changeKey(step)]));
    steps.push(...found.steps);
    refusals.push(...found.refusals);
    complete &&= found.complete;
  }
  return { ...withoutNeedless(withdrawn.scored, steps, planned, setting), refusals, complete };
}

/** Drops the steps that a later move made needless, the dearest first. */
function withoutNeedless(
  start: Scored,
  steps: readonly Candidate[],
  planned: Scored,
  setting: SearchSetting,
): { readonly steps: readonly Candidate[]; readonly planned: Scored } {
  if (new Set(steps.map((s) => s.kind)).size < 2) return { steps, planned };
  for (const step of [...steps].sort((a, b) => b.costPerDay - a.costPerDay)) {
    const at = steps.indexOf(step);
    const rest = steps.filter((_, i) => i !== at);
    const topology = compose(start.topology, rest);
    const less = "reason" in topology ? undefined : setting.score(topology);
    if (less && isNoWorse(less, planned)) return withoutNeedless(start, rest, less, setting);
  }
  return { steps, planned };
}

/** The excess of what instances, hosts and zones do by themselves, in the same worlds: no replica takes it away. */
function floorOf({ topology }: Scored, setting: SearchSetting): number {
  const services = topology.services.map(({ load: _load, ...rest }) => rest);
  return setting.score({ ...topology, services, links: [] }).comparable;
}

function instanceRisks(current: Scored, planned: Scored): InstanceRisk[] {
  const none = { risk: 0, riskLow: 0, riskHigh: 0 };
  const services = new Map([...current.topology.nodes, ...planned.topology.nodes].map((n) => [n.id, n.service]));
  const kept = new Set(planned.topology.nodes.map((n) => n.id));
  return [...services.keys()].sort().map((id) => {
    const before = current.risks.get(id);
    return {
      id,
      service: services.get(id) ?? "",
      before: before ?? none,
      after: kept.has(id) ? (planned.risks.get(id) ?? none) : null,
      ...(before === undefined && { added: true }),
    };
  });
}

/** A refused step that the plan took after all, by another way, is no refusal any more. */
function outstanding(refusals: readonly Refusal[], changes: readonly Change[]): Refusal[] {
  return refusals.filter(
    (refusal) =>
      !changes.some(
        (c) =>
          c.kind === refusal.kind &&
          c.service === refusal.service &&
          (c.kind === "migration"
            ? c.instance === refusal.instance
            : c.kind === "dnsWeight"
              ? c.backend === refusal.backend
              : c.to >= Number(refusal.to) && Number(refusal.to) > Number(refusal.from)),
      ),
  );
}

function iso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}
