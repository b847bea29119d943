import { sortBy } from "../../graph/order.js";
import { reservationPrefix } from "../../planner/reservationName.js";
import type { ReservedSlot } from "../../planner/types.js";
import { objectName } from "../objectName.js";
import type { ReservationStackChange, StackChange } from "../stackChange.js";
import type { ReservationSettings } from "./settings.js";

/** A Kubernetes object that Firebreak declares for itself. */
export interface DeclaredObject {
  /** Pulumi type. */
  readonly type: string;
  /** Pulumi name. */
  readonly name: string;
  readonly props: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
    readonly [field: string]: unknown;
  };
}

const zone = "topology.kubernetes.io/zone";
const managedBy = { "app.kubernetes.io/managed-by": "firebreak" };

/**
 * What keeps the reserved slots of the changes free: a namespace and a priority class under every other pod's, and for
 * each service a Deployment of pods that do nothing, sized as its replicas are and gone at once for any that need the
 * room. Nothing where no slot is reserved; those that others made before another come first.
 */
export function reservationObjects(changes: readonly StackChange[], settings: ReservationSettings): DeclaredObject[] {
  const reserved = sortBy(changes.filter(isReserved), (c) => c.service);
  if (reserved.length === 0) return [];
  return [
    ...(settings.createsNamespace ? [namespaceObject(settings)] : []),
    priorityClassObject(settings),
    ...reserved.map((change) => deploymentObject(change, settings)),
  ];
}

/** What the Deployment of a service's slots is called in the cluster. */
export function slotsName(service: string): string {
  return objectName(reservationPrefix, service);
}

/** The pod of one slot; what the API server is asked about before it is declared. */
export function slotPod(slot: ReservedSlot, service: string, settings: ReservationSettings) {
  const labels = slotLabels(service);
  return {
    metadata: { labels },
    spec: {
      priorityClassName: settings.priorityClass,
      preemptionPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65535, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "slot",
          image: settings.image,
          resources: { requests: requestsOf(slot) },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
      ...(slot.zones.length > 0 && { affinity: inZones(slot.zones) }),
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: zone,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: labels },
        },
      ],
    },
  };
}

function isReserved(change: StackChange): change is ReservationStackChange {
  return change.kind === "reservation" && change.to > 0 && change.target.type.startsWith("kubernetes:");
}

function namespaceObject({ namespace }: ReservationSettings): DeclaredObject {
  return {
    type: "kubernetes:core/v1:Namespace",
    name: "firebreak-reservations",
    props: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: managedBy } },
  };
}

function priorityClassObject({ priorityClass, priority }: ReservationSettings): DeclaredObject {
  return {
    type: "kubernetes:scheduling.k8s.io/v1:PriorityClass",
    name: "firebreak-reservations",
    props: {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: priorityClass, labels: managedBy },
      value: priority,
      globalDefault: false,
      preemptionPolicy: "Never",
      description: "Pods that keep room for others and make way for every one of them.",
    },
  };
}

function deploymentObject(change: ReservationStackChange, settings: ReservationSettings): DeclaredObject {
  const { service, slot, to } = change;
  return {
    type: "kubernetes:apps/v1:Deployment",
    name: change.target.name,
    props: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: slotsName(service),
        namespace: settings.namespace,
        labels: { ...managedBy, ...slotLabels(service) },
        // A slot that made way waits for room again, which is no failure of the update.
        annotations: { "firebreak.dev/service": service, "pulumi.com/skipAwait": "true" },
      },
      spec: {
        replicas: to,
        selector: { matchLabels: slotLabels(service) },
        // Never more slots than were decided, not even while they are replaced.
        strategy: { type: "Recreate" },
        template: slotPod(slot, service, settings),
      },
    },
  };
}

function slotLabels(service: string): Readonly<Record<string, string>> {
  return { "firebreak.dev/slot-of": slotsName(service).slice(reservationPrefix.length) };
}

function requestsOf({ cpu, memory }: ReservedSlot): Readonly<Record<string, string>> {
  return {
    ...(cpu > 0 && { cpu: `${Math.ceil(cpu * 1000 - 1e-6)}m` }),
    ...(memory > 0 && { memory: String(Math.ceil(memory)) }),
  };
}

function inZones(zones: readonly string[]) {
  const terms = [{ matchExpressions: [{ key: zone, operator: "In", values: [...zones] }] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
}
