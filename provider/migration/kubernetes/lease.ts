import type { Hold } from "../../../planner/types.js";
import { leaseName, migrationLabel, notes } from "./names.js";
import type { LeaseObject } from "./objects.js";
import { type Api, type Clock, requestTimeout, type Written } from "./requests.js";

/** Leases of all source hosts, one namespace: two stacks that empty one host must meet. */
const leaseNamespace = "default";
export const leasesPath = `/apis/coordination.k8s.io/v1/namespaces/${leaseNamespace}/leases`;
export const leasePath = (host: string) => `${leasesPath}/${leaseName(host)}`;
/** Seconds after which a lease that its holder does not renew may be taken, as leader election has it. */
const duration = 15;
const renewEvery = 5_000;
const poll = 1_000;

/** The right to move pods off one host. */
export interface HostLease {
  /** Makes sure that the lease is ours for as long as a request takes, renewing it where needed. @throws LeaseLostError */
  readonly keep: () => Promise<void>;
  /** Gives it back, and removes it. */
  readonly release: () => Promise<void>;
  /** Namespaces in which holders before us may have left something. */
  readonly namespaces: readonly string[];
}

/** Another run has taken the lease: it works on this host now, and nothing more is written here. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

export interface LeaseRequest {
  readonly host: string;
  readonly key: string;
  /** This very run: another process under the same key is another holder. */
  readonly holder: string;
  readonly namespace: string;
}

/**
 * Takes the lease of a host. One that another holder has is taken only after it was seen not to change for as long as it
 * lasts, by our own clock, so that clocks need not agree; one that is renewed meanwhile is refused (`leaseHeld`).
 *
 * Safe by time and by order: a holder sends a write only while its lease has at least a request's time left, and whoever
 * takes over waits it out. A holder that was stopped between the look and the write still meets the preconditions
 * (UID, resourceVersion, name) that every write carries.
 */
export async function acquireLease(
  api: Api,
  clock: Clock,
  request: LeaseRequest,
  permit: () => Promise<void>,
): Promise<HostLease | Hold> {
  const path = leasePath(request.host);
  let seen: { readonly version: string; readonly holder: string; readonly at: number } | null = null;
  for (;;) {
    const sent = clock.monotonic();
    const live = await api.get<LeaseObject>(path);
    const holder = live?.spec?.holderIdentity ?? "";
    const version = live?.metadata.resourceVersion ?? "";
    if (live !== null && holder !== "" && holder !== request.holder) {
      if (seen === null || seen.holder !== holder) seen = { version, holder, at: sent };
      else if (seen.version !== version) return held(request.host, holder);
      const lasts = (live.spec?.leaseDurationSeconds ?? duration) * 1000;
      if (clock.monotonic() - seen.at < lasts) {
        await permit();
        await clock.sleep(poll);
        continue;
      }
    }
    const began = clock.monotonic();
    const lease = leaseOf(request, live, clock.wall());
    const written =
      live === null
        ? await api.write({ method: "POST", path: leasesPath, body: lease }, permit)
        : await api.write({ method: "PUT", path, body: lease }, permit);
    if (written === "stale") continue;
    if ("refused" in written)
      return { reason: "notSupported", detail: `no lease of ${request.host}: ${written.refused}` };
    return holding(api, clock, request, { lease: written.done as LeaseObject, since: began }, permit);
  }
}

function holding(
  api: Api,
  clock: Clock,
  request: LeaseRequest,
  start: { readonly lease: LeaseObject; readonly since: number },
  permit: () => Promise<void>,
): HostLease {
  const path = leasePath(request.host);
  let { lease, since } = start;
  const lost = () => new LeaseLostError(`the lease of ${request.host} is another run's now`);
  const renew = async () => {
    for (;;) {
      // An attempt that went unanswered may have counted: what it began at is the safe side.
      let began = clock.monotonic();
      const body = { ...lease, spec: { ...lease.spec, renewTime: microTime(clock.wall()) } };
      const written: Written = await api.write({ method: "PUT", path, body }, async () => {
        await permit();
        began = clock.monotonic();
      });
      if (written !== "stale" && "done" in written) {
        lease = written.done as LeaseObject;
        since = began;
        return;
      }
      if (written !== "stale") throw new LeaseLostError(`the lease of ${request.host} is refused: ${written.refused}`);
      const live = await api.get<LeaseObject>(path);
      if (live === null || live.spec?.holderIdentity !== request.holder) throw lost();
      lease = live;
    }
  };
  return {
    namespaces: namespacesOf(lease),
    keep: async () => {
      const spare = () => duration * 1000 - (clock.monotonic() - since) - requestTimeout - poll;
      if (clock.monotonic() - since < renewEvery) return;
      do await renew();
      while (spare() <= 0);
    },
    release: async () => {
      for (;;) {
        const { uid, resourceVersion } = lease.metadata;
        const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
        const written = await api.write({ method: "DELETE", path, body }, permit);
        if (written !== "stale") return;
        const live = await api.get<LeaseObject>(path);
        if (live === null || live.spec?.holderIdentity !== request.holder) return;
        lease = live;
      }
    },
  };
}

function leaseOf(request: LeaseRequest, live: LeaseObject | null, now: number): LeaseObject & object {
  const before = live?.spec;
  const namespaces = new Set([...(live === null ? [] : namespacesOf(live)), request.namespace]);
  return {
    ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
    metadata: {
      name: leaseName(request.host),
      namespace: leaseNamespace,
      ...(live !== null && { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion }),
      labels: { "app.kubernetes.io/managed-by": "firebreak", [migrationLabel]: request.key },
      annotations: { [notes.source]: request.host, [notes.namespaces]: [...namespaces].sort().join(",") },
    },
    spec: {
      holderIdentity: request.holder,
      leaseDurationSeconds: duration,
      acquireTime: microTime(now),
      renewTime: microTime(now),
      leaseTransitions: (before?.leaseTransitions ?? -1) + 1,
    },
  };
}

function namespacesOf({ metadata }: LeaseObject): readonly string[] {
  return (metadata.annotations?.[notes.namespaces] ?? "").split(",").filter((name) => name !== "");
}

function held(host: string, holder: string): Hold {
  return { reason: "leaseHeld", detail: `another run (${holder}) moves pods off ${host} right now` };
}

function microTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace("Z", "000Z");
}
