import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Hold } from "../../../planner/types.js";
import { actorOf } from "../../actor.js";
import { openCluster, readClusterUid } from "../../cluster.js";
import type { Circumstances, ForeseenMigration, MigrationInputs, MigrationOutcome, Mover } from "../outcome.js";
import { foresee } from "./foresee.js";
import { acquireLease, LeaseLostError, leasePath } from "./lease.js";
import { keyOf, migrationLabel } from "./names.js";
import type { LeaseObject } from "./objects.js";
import type { Subject } from "./observe.js";
import type { Placement } from "./replacement.js";
import { type Api, type Clock, ForbiddenError, openApi } from "./requests.js";
import { clearHost, keepWith, sweep } from "./sweep.js";
import { walk } from "./walk.js";

const clock: Clock = { monotonic: () => performance.now(), wall: () => Date.now() / 1000, sleep };

/** Pods of Deployments, replaced before they go. */
export const kubernetesMover: Mover = {
  handles: (type) => type.startsWith("kubernetes:"),
  move,
  foresee: async (inputs, circumstances) => {
    const opened = await open(inputs);
    return "reason" in opened ? { outcome: "refused", ...opened } : lookAhead(opened, inputs, circumstances);
  },
};

/** Takes back what earlier runs left on hosts that no migration of `running` works on. */
export async function sweepKubernetes(
  place: MigrationInputs["place"],
  running: readonly MigrationInputs[],
  abandoned: () => Promise<boolean>,
): Promise<void> {
  const cluster = openCluster({ context: place.context });
  if ("unreachable" in cluster) throw new Error(cluster.unreachable);
  const found = place.clusterUid === undefined ? null : await readClusterUid(cluster);
  if (found !== null && (!("uid" in found) || found.uid !== place.clusterUid)) return;
  const holder = newHolder("sweep");
  const api = openApi(cluster, clock, agentOf(holder));
  const keys = new Set(running.map(({ decision, change }) => keyOf(decision, change.uid ?? "")));
  await sweep({ api, clock, permit: permitUnless(abandoned) }, holder, keys);
}

/** Whoever asked for the migration is gone. */
export class AbandonedError extends Error {
  override readonly name = "AbandonedError";
}

interface Opened {
  readonly api: Api;
  readonly holder: string;
  readonly subject: Subject;
  readonly placement: Placement;
}

/** @throws Error where the cluster is not the decision's, or cannot be told */
async function open({ decision, change, place }: MigrationInputs): Promise<Opened | Hold> {
  const { namespace, uid, instance, from, to, fromZone, toZone } = change;
  if (namespace === undefined || uid === undefined) {
    const detail = `the decision does not tell the namespace and UID of ${instance}: plan with \`inventory: kubernetes\``;
    return { reason: "unknownValue", detail };
  }
  const cluster = openCluster({ context: place.context });
  if ("unreachable" in cluster) throw new Error(cluster.unreachable);
  if (place.clusterUid !== undefined) {
    const found = await readClusterUid(cluster);
    if ("unreachable" in found) throw new Error(found.unreachable);
    if (found.uid !== place.clusterUid) {
      throw new Error(`the decision is for cluster ${place.clusterUid}, this is ${found.uid}: nothing is moved`);
    }
  }
  const key = keyOf(decision, uid);
  const holder = newHolder(key);
  const offZone = fromZone !== toZone ? fromZone : undefined;
  return {
    api: openApi(cluster, clock, agentOf(holder)),
    holder,
    subject: { namespace, name: instance.split("/").at(-1) ?? instance, uid, key },
    placement: { from, to, ...(toZone !== undefined && { toZone, ...(offZone !== undefined && { offZone }) }) },
  };
}

async function move(inputs: MigrationInputs, circumstances: Circumstances): Promise<MigrationOutcome> {
  const opened = await open(inputs);
  if ("reason" in opened) return decline(circumstances, refused(opened));
  const { api, holder, subject, placement } = opened;
  // Where nothing is to be done, nothing is written: not even a lease.
  const ahead = await lookAhead(opened, inputs, circumstances);
  if ("outcome" in ahead && !(await leftLease(opened))) return decline(circumstances, ahead);

  const permit = permitUnless(circumstances.abandoned);
  const request = { host: placement.from, key: subject.key, holder, namespace: subject.namespace };
  const lease = await acquireLease(api, clock, request, permit);
  if ("reason" in lease) return decline(circumstances, refused(lease));
  const keep = keepWith(lease, permit);
  let begun = false;
  const finish = async (outcome: MigrationOutcome) => {
    if (begun) await circumstances.audit("after", outcomeText(outcome));
    else await decline(circumstances, outcome);
    return outcome;
  };
  try {
    const seenAll = await clearHost({ api, clock, permit }, lease, keep, { host: placement.from, key: subject.key });
    const outcome = await walk({
      api,
      clock,
      subject,
      placement,
      permit: keep,
      stopped: () => inputs.held ?? circumstances.stopped(),
      begin: async () => {
        await circumstances.audit("before");
        begun = true;
      },
    });
    await finish(outcome);
    if (seenAll) await lease.release();
    return outcome;
  } catch (error) {
    if (error instanceof LeaseLostError) return finish(refused({ reason: "leaseHeld", detail: error.message }));
    if (begun && !(error instanceof AbandonedError)) await circumstances.audit("after", `failed: ${String(error)}`);
    throw error;
  }
}

/** Whether an earlier run of the same migration ended without giving the lease back. */
async function leftLease({ api, placement, subject }: Opened): Promise<boolean> {
  const lease = await api.get<LeaseObject>(leasePath(placement.from));
  return lease?.metadata.labels?.[migrationLabel] === subject.key;
}

async function lookAhead(
  { api, subject, placement }: Opened,
  inputs: MigrationInputs,
  circumstances: Circumstances,
): Promise<ForeseenMigration> {
  try {
    const stopped = inputs.held ?? circumstances.stopped();
    return await foresee({ api, subject, placement, stopped, now: clock.wall() });
  } catch (error) {
    if (error instanceof ForbiddenError) return { outcome: "refused", reason: "notSupported", detail: error.message };
    throw error;
  }
}

/** Nothing was begun: the audit log is told why. */
async function decline({ audit }: Circumstances, outcome: MigrationOutcome): Promise<MigrationOutcome> {
  await audit("refused", outcomeText(outcome));
  return outcome;
}

function refused(hold: Hold): MigrationOutcome {
  return { outcome: "refused", ...hold };
}

/** What the audit log says of an outcome; `done` is what it says of every change that was carried out. */
function outcomeText(outcome: MigrationOutcome): string {
  if (outcome.outcome === "migrated") return "done";
  return outcome.outcome === "gone" ? `gone: ${outcome.detail}` : `${outcome.reason}: ${outcome.detail}`;
}

function permitUnless(abandoned: () => Promise<boolean>): () => Promise<void> {
  return async () => {
    if (await abandoned())
      throw new AbandonedError("the engine that asked for the migration is gone: nothing more is done");
  };
}

function newHolder(key: string): string {
  return `${actorOf()}/${key.slice(0, 10)}/${randomBytes(4).toString("hex")}`;
}

function agentOf(holder: string): string {
  return `firebreak-migration/${encodeURIComponent(holder)}`;
}
