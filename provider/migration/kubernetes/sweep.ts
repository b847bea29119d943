import type { Hold } from "../../../planner/types.js";
import { acquireLease, type HostLease, leasesPath } from "./lease.js";
import { migrationLabel, notes, pairOf } from "./names.js";
import type { LeaseObject, LivePod } from "./objects.js";
import { type Api, type Clock, ForbiddenError } from "./requests.js";
import { walk } from "./walk.js";

const leftBehind: Hold = { reason: "expired", detail: "left behind by a run that ended" };

interface Tools {
  readonly api: Api;
  readonly clock: Clock;
  readonly permit: () => Promise<void>;
}

/**
 * Takes back what earlier migrations off a host left in the namespaces of its lease, other than `key`'s own: marks,
 * pods that no ReplicaSet owns. Whoever holds the host's lease may.
 * @returns false where a namespace may not be looked into
 */
export async function clearHost(
  { api, clock }: Tools,
  lease: HostLease,
  permit: () => Promise<void>,
  { host, key }: { readonly host: string; readonly key: string },
): Promise<boolean> {
  let seenAll = true;
  for (const namespace of lease.namespaces) {
    for (const [left, pods] of await leftovers(api, namespace, host)) {
      if (left === null) seenAll = false;
      if (left === null || left === key) continue;
      const replacement = pods.find((pod) => pod.metadata.annotations?.[notes.replaces] !== undefined);
      const { name, uid } = replacement
        ? pairOf(replacement.metadata.annotations?.[notes.replaces])
        : { name: pods[0]?.metadata.name ?? "", uid: pods[0]?.metadata.uid ?? "" };
      await walk({
        api,
        clock,
        permit,
        subject: { namespace, name, uid, key: left },
        placement: { from: host, to: "" },
        stopped: () => null,
        begin: async () => undefined,
        failure: leftBehind,
      });
    }
  }
  return seenAll;
}

/**
 * Clears every host whose lease nobody renews any more, and removes those leases. Hosts of `ownKeys` are left to the
 * migrations that run beside. @throws UnreachableError, LeaseLostError
 */
export async function sweep(tools: Tools, holder: string, ownKeys: ReadonlySet<string>): Promise<void> {
  const { api, clock, permit } = tools;
  const leases = await api.list<LeaseObject>(leasesPath, { labelSelector: migrationLabel });
  const foreign = leases.filter(({ metadata }) => !ownKeys.has(metadata.labels?.[migrationLabel] ?? ""));
  await Promise.all(
    foreign.map(async ({ metadata }) => {
      const host = metadata.annotations?.[notes.source];
      const key = metadata.labels?.[migrationLabel];
      if (host === undefined || key === undefined) return;
      const lease = await acquireLease(api, clock, { host, key, holder, namespace: "" }, permit);
      if ("reason" in lease) return;
      const seenAll = await clearHost(tools, lease, keepWith(lease, permit), { host, key: "" });
      if (seenAll) await lease.release();
    }),
  );
}

/** Permits what the lease permits. */
export function keepWith(lease: HostLease, permit: () => Promise<void>): () => Promise<void> {
  return async () => {
    await permit();
    await lease.keep();
  };
}

async function leftovers(api: Api, namespace: string, host: string): Promise<Map<string | null, readonly LivePod[]>> {
  const byKey = new Map<string | null, readonly LivePod[]>();
  try {
    const pods = await api.list<LivePod>(`/api/v1/namespaces/${namespace}/pods`, { labelSelector: migrationLabel });
    for (const pod of pods.filter((p) => p.metadata.annotations?.[notes.source] === host)) {
      const key = pod.metadata.labels?.[migrationLabel] ?? "";
      byKey.set(key, [...(byKey.get(key) ?? []), pod]);
    }
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    byKey.set(null, []);
  }
  return byKey;
}
