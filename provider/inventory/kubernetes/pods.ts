import { isInstanceId } from "../../../graph/fields.js";
import type { HeldAddress, InventoryInstance } from "../../../graph/types.js";
import { reservationPrefix } from "../../../planner/reservationName.js";
import { podAmount } from "../../podAmount.js";
import { readQuantity } from "../../quantity.js";
import { type Facts, readFacts } from "../found.js";
import type { ContainerStatus, Labels, Metadata, Pod } from "./objects.js";

/** Whether a pod is one of its service's replicas: it runs, ready or not, and is not on its way out. */
export function isReplica({ metadata, status }: Pod): boolean {
  return status?.phase === "Running" && metadata.deletionTimestamp === undefined;
}

/** Whether it only keeps room for others: a slot that a decision reserved. */
export function isPlaceholder({ metadata }: Pod): boolean {
  return metadata.name.startsWith(reservationPrefix);
}

/** Whether it has ended; until then it takes room on its node. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Addresses of its own. A pod on its node's network has none: all of these share the node's. */
export function addressesOf({ spec, status }: Pod): string[] {
  if (spec.hostNetwork === true) return [];
  const all = status?.podIPs?.map((p) => p.ip) ?? [];
  return [...new Set([...(status?.podIP ? [status.podIP] : []), ...all])];
}

/**
 * A pod as an instance.
 * @param time unix seconds
 */
export function describePod(
  pod: Pod,
  place: {
    readonly id: string;
    readonly service: string;
    readonly zone?: string;
    readonly backends: readonly string[];
  },
  facts: Facts,
  time: number,
): InventoryInstance {
  const start = secondsOf(pod.status?.startTime);
  const addresses = addressesOf(pod);
  return {
    id: place.id,
    service: place.service,
    addresses: start === undefined ? addresses : [],
    held: start === undefined ? undefined : addresses.map((address) => ({ address, from: start })),
    ...facts,
    host: pod.spec.nodeName,
    zone: place.zone,
    cpu: podAmount(pod.spec, "requests", "cpu"),
    memory: podAmount(pod.spec, "requests", "memory"),
    storage: podAmount(pod.spec, "requests", "ephemeral-storage") || undefined,
    bandwidth: egressOf(pod),
    namespace: pod.metadata.namespace,
    uid: pod.metadata.uid,
    backends: place.backends.length === 0 ? undefined : place.backends,
    failures: start === undefined ? undefined : countFailures(pod),
    watched: start === undefined ? undefined : Math.max(0, time - start),
  };
}

/** Addresses of a pod that has ended, or is ending, with the time it had them: they go to its service. */
export function pastAddresses(pod: Pod, time: number): HeldAddress[] {
  const from = secondsOf(pod.status?.startTime);
  if (from === undefined || isReplica(pod)) return [];
  const finished = statusesOf(pod).map((s) => secondsOf(s.state?.terminated?.finishedAt) ?? 0);
  const to = Math.min(time, (hasEnded(pod) ? Math.max(0, ...finished) : 0) || time);
  return from < to ? addressesOf(pod).map((address) => ({ address, from, to })) : [];
}

/**
 * Times that its containers went down: each restart follows one, and one that is down after it ran is not yet followed.
 * Init containers that end are done; sidecars among them count.
 */
export function countFailures(pod: Pod): number {
  const sidecars = new Set(pod.spec.initContainers?.flatMap((c) => (c.restartPolicy === "Always" ? [c.name] : [])));
  return [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []).filter((s) => sidecars.has(s.name)),
  ].reduce((sum, { restartCount = 0, state, lastState }) => {
    const down = state?.running === undefined && (state?.terminated ?? lastState?.terminated) !== undefined;
    return sum + restartCount + (down ? 1 : 0);
  }, 0);
}

/**
 * What people say of a pod, by the first that says it: the pod's annotation or label, then its workload's. Without a
 * tier of ours the well-known label `app.kubernetes.io/component` names it.
 */
export function factsOf(
  pod: Metadata,
  workload: Metadata | undefined,
  of: string,
  warn: (text: string) => void,
): Facts {
  const sources = [pod.annotations, pod.labels, workload?.annotations, workload?.labels];
  const first = (key: string) => sources.map((s: Labels | undefined) => s?.[key]).find((v) => v !== undefined);
  return readFacts(
    {
      tier: first("firebreak.dev/tier") ?? first("app.kubernetes.io/component"),
      criticality: first("firebreak.dev/criticality"),
      capacity: first("firebreak.dev/capacity"),
    },
    of,
    warn,
  );
}

/** The id of a pod: its name, or where that would be another's id or no id at all, with `pod/` in front. */
export function podId(name: string, service: string, services: ReadonlySet<string>): string {
  return isInstanceId(name) && (name === service || !services.has(name)) ? name : `pod/${name}`;
}

/** Unix seconds of a time as the API server writes it. */
export function secondsOf(time: string | undefined): number | undefined {
  const seconds = time === undefined ? Number.NaN : Date.parse(time) / 1000;
  return Number.isNaN(seconds) ? undefined : seconds;
}

function statusesOf({ status }: Pod): readonly ContainerStatus[] {
  return status?.containerStatuses ?? [];
}

/** Bits per second that the bandwidth plugin lets it send. */
function egressOf({ metadata }: Pod): number | undefined {
  const limit = readQuantity(metadata.annotations?.["kubernetes.io/egress-bandwidth"]);
  return limit > 0 ? limit : undefined;
}
