import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { actorOf } from "../../actor.js";
import { awsMismatch, readAwsIdentity } from "../../awsPlace.js";
import type { Circumstances, ForeseenMigration, MigrationInputs, MigrationOutcome, Mover } from "../outcome.js";
import { type Groups, openGroups } from "./groups.js";
import { awaitTurn } from "./hold.js";
import { nextStep } from "./nextStep.js";
import { type Departure, vetoOf } from "./vetoes.js";
import { type Clock, readyWithin, takenBy, walk } from "./walk.js";

const clock: Clock = { monotonic: () => performance.now(), sleep };

/** Instances of Auto Scaling groups: the replacement is in service elsewhere before one goes. */
export const awsMover: Mover = {
  handles: (type) => type === "aws:autoscaling/group:Group",
  move: (inputs, circumstances) => opened(inputs, (groups) => move(groups, inputs, circumstances)),
  foresee: (inputs, circumstances) => opened(inputs, (groups) => foresee(groups, inputs, circumstances)),
};

/** Whoever asked for the migration is gone. */
export class AbandonedError extends Error {
  override readonly name = "AbandonedError";
}

/** @throws Error where the account and region are not the decision's, or cannot be told */
async function opened<T>({ place }: MigrationInputs, use: (groups: Groups) => Promise<T>): Promise<T> {
  const { aws = {} } = place;
  if (aws.awsAccount !== undefined || aws.awsRegion !== undefined) {
    const found = await readAwsIdentity(aws);
    if ("unreachable" in found) throw new Error(found.unreachable);
    const elsewhere = awsMismatch(aws, found);
    if (elsewhere !== null) throw new Error(`${elsewhere}: nothing is moved`);
  }
  const groups = await openGroups(aws);
  try {
    return await use(groups);
  } finally {
    groups.close();
  }
}

async function move(groups: Groups, inputs: MigrationInputs, circumstances: Circumstances): Promise<MigrationOutcome> {
  const departure = departureOf(inputs);
  const refuse = async (outcome: MigrationOutcome) => {
    await circumstances.audit("refused", textOf(outcome));
    return outcome;
  };
  const group = await groups.groupOf(departure.instance);
  if (group === null) return refuse(gone(departure));
  const permit = async () => {
    if (!(await circumstances.abandoned())) return;
    throw new AbandonedError("the engine that asked for the migration is gone: nothing more is done");
  };
  const holder = `${actorOf().slice(0, 40).replaceAll(/[ =]/g, "_")}/${randomBytes(4).toString("hex")}`;
  const stopped = () => inputs.held ?? circumstances.stopped();
  const common = { groups, clock, group, holder, permit };

  const ahead = await outlook(groups, group, departure, stopped());
  if ("outcome" in ahead) return refuse(ahead);
  const taken = await awaitTurn(groups, group, departure.instance, clock, async (instance) => {
    const because = { reason: "gone", detail: "the run that began it is gone" } as const;
    const theirs = { ...common, departure: { instance }, stopped: () => null, failure: because };
    await walk({ ...theirs, begin: async () => {} });
  });
  if (taken !== null) return refuse({ outcome: "refused", ...taken });

  let begun = false;
  try {
    const outcome = await walk({
      ...common,
      departure,
      stopped,
      begin: async () => {
        await circumstances.audit("before");
        begun = true;
      },
    });
    if (!begun) return refuse(outcome);
    await circumstances.audit("after", textOf(outcome));
    return outcome;
  } catch (error) {
    if (begun && !(error instanceof AbandonedError)) await circumstances.audit("after", `failed: ${String(error)}`);
    throw error;
  }
}

async function foresee(
  groups: Groups,
  inputs: MigrationInputs,
  circumstances: Circumstances,
): Promise<ForeseenMigration> {
  const departure = departureOf(inputs);
  const group = await groups.groupOf(departure.instance);
  if (group === null) return gone(departure);
  return outlook(groups, group, departure, inputs.held ?? circumstances.stopped());
}

/** What a migration would do now, found without writing: the same look and the same vetoes as in the run. */
async function outlook(
  groups: Groups,
  group: string,
  departure: Departure,
  stopped: ReturnType<Circumstances["stopped"]>,
): Promise<ForeseenMigration> {
  const view = await groups.look(group);
  if (view === null) return gone(departure);
  const busy = view.mark !== null && view.mark.instance !== departure.instance ? view.mark : null;
  const source = view.members.find((m) => m.id === departure.instance);
  const settled = busy === null ? view : { ...view, mark: null };
  const veto = source === undefined || busy !== null ? stopped : (stopped ?? vetoOf(view, source, departure));
  const memory = {
    departure,
    stopped,
    veto,
    failure: null,
    raised: false,
    terminated: false,
    outcome: null,
    waited: () => 0,
    readyWithin,
  };
  const step = nextStep(settled, memory);
  const ended = step.kind === "end" || step.kind === "unmark" ? step.outcome : null;
  if (ended !== null && ended.outcome !== "migrated") return ended;
  const { desired } = view.mark ?? view;
  const where = departure.offZone === undefined ? "" : ` outside ${departure.offZone}`;
  return {
    steps: [
      ...(busy === null ? [] : [`wait: ${takenBy(busy).detail}`]),
      `ask ${group} for ${desired + 1} instances, one more`,
      `wait until ${desired} others are in service, one of them new${where}, for up to ${readyWithin} s`,
      `terminate ${departure.instance} and ask for ${desired} again`,
    ],
  };
}

function departureOf({ change }: MigrationInputs): Departure {
  const { instance, fromZone, toZone } = change;
  return fromZone !== undefined && fromZone !== toZone ? { instance, offZone: fromZone } : { instance };
}

function gone({ instance }: Departure): MigrationOutcome & { outcome: "gone" } {
  return { outcome: "gone", detail: `${instance} is in no Auto Scaling group (any more): nothing is moved` };
}

/** What the audit log says of an outcome; `done` is what it says of every change that was carried out. */
function textOf(outcome: MigrationOutcome): string {
  if (outcome.outcome === "migrated") return "done";
  return outcome.outcome === "gone" ? `gone: ${outcome.detail}` : `${outcome.reason}: ${outcome.detail}`;
}
