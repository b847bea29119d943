import type { Hold } from "../../../planner/types.js";
import type { ForeseenMigration } from "../outcome.js";
import { leasePath } from "./lease.js";
import { nextStep } from "./nextStep.js";
import type { LeaseObject } from "./objects.js";
import { observe, type Subject } from "./observe.js";
import { placeOf } from "./placement.js";
import type { Placement, PodManifest } from "./replacement.js";
import type { Api } from "./requests.js";
import type { Ground } from "./vetoes.js";
import type { View } from "./view.js";
import { prepare, readyWithin, refusedWrite } from "./walk.js";

export interface Outlook {
  readonly api: Api;
  readonly subject: Subject;
  readonly placement: Placement;
  readonly stopped: Hold | null;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * What a migration would do now, found without writing: the same look and the same vetoes as in the run, the placement
 * simulated, and the replacement sent to the API server as a dry run, so that admission speaks too.
 */
export async function foresee({ api, subject, placement, stopped, now }: Outlook): Promise<ForeseenMigration> {
  const view = await observe(api, subject, stopped);
  const prepared = view.replacement === null ? await prepare(view, { api, subject, placement }) : null;
  const step = nextStep(view, {
    key: subject.key,
    failure: null,
    veto: prepared?.veto ?? null,
    made: false,
    waited: () => 0,
    readyWithin: readyWithin(view),
    now,
  });
  if (step.kind === "end" && step.outcome.outcome !== "migrated") return step.outcome;
  const { manifest = null, ground = null } = prepared ?? {};
  const rejected = step.kind === "create" && manifest !== null ? await dryRun(api, manifest) : null;
  if (rejected !== null) return { outcome: "refused", ...rejected };
  return { steps: stepsOf(view, placement, manifest, ground, await holderOf(api, placement.from, now)) };
}

async function dryRun(api: Api, manifest: PodManifest): Promise<Hold | null> {
  const path = `/api/v1/namespaces/${manifest.metadata.namespace}/pods`;
  const request = { method: "POST", path, query: { dryRun: "All" }, body: manifest } as const;
  const answer = await api.write(request, async () => undefined);
  return answer !== "stale" && "refused" in answer ? refusedWrite(answer.refused, answer.status) : null;
}

/** Who holds the lease of a host, as far as clocks agree, or null. */
async function holderOf(api: Api, host: string, now: number): Promise<string | null> {
  const lease = await api.get<LeaseObject>(leasePath(host));
  const { holderIdentity, renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  const until = Date.parse(renewTime ?? "") / 1000 + (leaseDurationSeconds ?? 0);
  return holderIdentity && until > now ? holderIdentity : null;
}

function stepsOf(
  view: View,
  { from, offZone }: Placement,
  manifest: PodManifest | null,
  ground: Ground | null,
  holder: string | null,
): string[] {
  const old = view.old?.metadata.name;
  const set = view.replicaSet?.metadata.name ?? "its ReplicaSet";
  const busy = holder === null ? "" : ` (${holder} has it; refused if it is still renewed)`;
  const keptOff = offZone === undefined ? from : `${from} and zone ${offZone}`;
  return [
    `take the lease of ${from}${busy}`,
    ...(manifest === null
      ? [`go on with ${view.replacement?.metadata.name ?? "what an earlier run began"}`]
      : [`start ${manifest.metadata.name} off ${keptOff}, ${whereTo(manifest, ground)}`]),
    `wait until it is Ready, for up to ${readyWithin(view)} s`,
    `hand it to ${set}${old === undefined ? "" : `, which then removes ${old}`}`,
    "give the lease back",
  ];
}

function whereTo(manifest: PodManifest, ground: Ground | null): string {
  const place = ground?.nodes && ground.pods ? placeOf(manifest, ground.nodes, ground.pods) : null;
  if (place === null || !("node" in place)) return "where the scheduler puts it (nodes and pods may not be listed)";
  return `on ${place.node} by simulation (nodes with room: ${place.fitting})`;
}
