import type { Risk } from "../simulator/types.js";

/** Where a decision applies; anywhere else it is refused. */
export interface Binding {
  readonly project: string;
  readonly stack: string;
  /** UID of the cluster's `kube-system` namespace; absent where no cluster was known at plan time. */
  readonly clusterUid?: string;
  readonly awsAccount?: string;
  readonly awsRegion?: string;
}

/** What happens past a decision's `maxAge`: keep what was last applied, block, or deploy as written. */
export type FailMode = "hold" | "closed" | "off";

/** A resource of the stack that runs a service, as it was found at plan time. */
export interface Target {
  readonly service: string;
  /** Pulumi type, for example `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  /** Pulumi resource name. */
  readonly name: string;
  /** Full URN where the resource is in the stack's state or preview. */
  readonly urn?: string;
  /** Kubernetes namespace and object name, where known. */
  readonly namespace?: string;
  readonly objectName?: string;
  /** Replicas that the program asks for (before any decision); null where the program leaves them out. */
  readonly replicas: number | null;
  /**
   * The resource that runs the service, where an autoscaler of the same stack owns its count: type, name and urn are
   * then the autoscaler's, `replicas` its minimum and `most` its maximum.
   */
  readonly workload?: { readonly type: string; readonly name: string; readonly urn?: string };
  /** Highest count that the resource itself allows (an autoscaler's or a group's maximum). */
  readonly most?: number;
  /** What a machine of the service is made of, where its capacity can be reserved as such (AWS). */
  readonly machine?: ReservedMachine;
  /** Why this resource's replicas must be left alone, or null. */
  readonly hold: Hold | null;
  /** Field manager that owns the replicas on the live cluster; null where no one does, absent where it was not asked. */
  readonly owner?: string | null;
}

/** A weight by which a record or route sends traffic to part of a service's replicas. */
export interface WeightedTarget {
  readonly service: string;
  readonly type: string;
  readonly name: string;
  readonly urn?: string;
  /** Set identifier or name of the backend that the weight belongs to. */
  readonly backend: string;
  /** As the program writes it, 0 or more; null where it is not known. */
  readonly weight: number | null;
  /** Largest weight that the resource takes: 255 for Route 53 and external-dns, 1,000,000 for the Gateway API. */
  readonly most: number;
  /** Replicas that the backend leads to; empty where they are not known. Sorted. */
  readonly instances: readonly string[];
  /** Why this weight must be left alone, or null. */
  readonly hold: Hold | null;
  readonly owner?: string | null;
}

/** A reason, by its stable name, to leave a property alone, with the sentence that people read. */
export interface Hold {
  readonly reason: RefusalReason;
  readonly detail: string;
}

export type RefusalReason =
  | "ownedByOther"
  | "ignoreChanges"
  | "protected"
  | "optedOut"
  | "identityBound"
  | "noTarget"
  | "unknownValue"
  | "noRoom"
  | "noHealthyZone"
  | "changesPerRun"
  | "migrationsPerHour"
  | "costPerDay"
  | "coolDown"
  | "freeze"
  | "killSwitch"
  | "maxReplicas"
  | "singleInstanceOnly"
  | "alreadySatisfied"
  | "expired"
  | "shareTouched"
  | "disruptionBudget"
  | "quota"
  | "notSchedulable"
  | "maxSurge"
  | "lastHealthyTarget"
  | "leaseHeld"
  | "gone"
  | "notReady"
  | "notSupported";

interface ChangeBase {
  readonly service: string;
  readonly target: { readonly type: string; readonly name: string; readonly urn?: string };
  /** One sentence for people: the failure path that this change cuts. */
  readonly reason: string;
  /** The failure path, cause first, as shown by `explain`. */
  readonly path: readonly string[];
  /** Field manager that owns the property now, where one was recorded. */
  readonly owner: string | null;
  /** Highest instance risk of the plan when just this change is left out. */
  readonly riskWithout: number;
  /** Extra cost per day, in the unit of `costs` in firebreak.yaml. */
  readonly costPerDay: number;
  /** ISO 8601; past it the change is no longer added anew. */
  readonly expiresAt: string;
  /** ISO 8601: the last plan that could not do without it. From then on it stays for `limits.holdTime`. */
  readonly neededAt?: string;
}

export interface ReplicasChange extends ChangeBase {
  readonly kind: "replicas";
  /** Replicas as the program writes them. */
  readonly from: number;
  readonly to: number;
}

/** Places of one replica's size that are kept free for a service. Its target is a resource of Firebreak's own. */
export interface ReservationChange extends ChangeBase {
  readonly kind: "reservation";
  /** Slots. */
  readonly from: number;
  readonly to: number;
  readonly slot: ReservedSlot;
}

/** One slot: CPU in cores, memory in bytes, capacity in the service's unit. */
export interface ReservedSlot {
  readonly cpu: number;
  readonly memory: number;
  readonly capacity: number;
  /** Healthy zones that the slots are spread over; empty where no zone is known. Sorted. */
  readonly zones: readonly string[];
  readonly machine?: ReservedMachine;
}

/** A kind of machine whose capacity can be reserved as such (AWS). */
export interface ReservedMachine {
  readonly instanceType: string;
  /** As EC2 names them: `Linux/UNIX`, `Windows`, … */
  readonly platform: string;
  /**
   * How many such machines run in each zone that the service may use, whatever service they are of. A reservation that is
   * open to all of them holds those first, so that what is to be free comes on top.
   */
  readonly running?: Readonly<Record<string, number>>;
}

/** Another weight of one backend of a record or route. */
export interface DnsWeightChange extends ChangeBase {
  readonly kind: "dnsWeight";
  readonly backend: string;
  /** Weights; `from` as the program writes it. */
  readonly from: number;
  readonly to: number;
}

/** One instance elsewhere: its target is the resource that runs the service. */
export interface MigrationChange extends ChangeBase {
  readonly kind: "migration";
  readonly instance: string;
  /** Hosts. */
  readonly from: string;
  readonly to: string;
  /** Zones, where known. */
  readonly fromZone?: string;
  readonly toZone?: string;
  /** Kubernetes namespace and UID of the pod, where the inventory tells them. */
  readonly namespace?: string;
  readonly uid?: string;
}

export type Change = ReplicasChange | ReservationChange | DnsWeightChange | MigrationChange;

export type ChangeKind = Change["kind"];

/** A move that was considered and not permitted, or a change that met a veto. */
export interface Refusal {
  readonly kind: ChangeKind;
  readonly service: string;
  readonly instance?: string;
  readonly backend?: string;
  readonly from?: number | string;
  readonly to?: number | string;
  readonly reason: RefusalReason;
  readonly detail: string;
}

export type VerdictValue = "pass" | "fail" | "unknown";

/** One service judged as the program writes it, and with the decision's changes applied. */
export interface Verdict {
  readonly service: string;
  readonly target: { readonly type: string; readonly name: string; readonly urn?: string } | null;
  /** Replicas that the program asked for at plan time, where it does. */
  readonly written?: number;
  readonly asWritten: VerdictValue;
  readonly withChanges: VerdictValue;
  readonly reason: string;
}

export interface InstanceRisk {
  readonly id: string;
  readonly service: string;
  readonly before: Risk;
  /** Null for an instance that the plan removes. */
  readonly after: Risk | null;
  /** True for an instance that only exists with the plan's changes; `before` is then all zero. */
  readonly added?: boolean;
}

/** The immutable result that transforms, dynamic resources and policies read. */
export interface Decision {
  readonly schema: "firebreak.decision/v1";
  /** `sha256:` and the hash of the canonical form (RFC 8785) without `id`. */
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly boundTo: Binding;
  readonly threshold: number;
  /** Seconds. */
  readonly maxAge: number;
  readonly failMode: FailMode;
  /** What a mandatory rule makes of `unknown`. */
  readonly unknown: "fail" | "warn";
  readonly data: {
    /** ISO 8601 window of the history; null when planned from a topology file. */
    readonly from: string | null;
    readonly to: string | null;
    readonly rows: number | null;
    readonly graphHash: string;
  };
  readonly model: { readonly version: string; readonly horizon: number; readonly utilisationLimit: number };
  readonly seed: number;
  readonly worlds: number;
  readonly instances: readonly InstanceRisk[];
  readonly verdicts: readonly Verdict[];
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly string[];
}
