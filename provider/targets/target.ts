import type { Inventory } from "../../graph/types.js";
import type { Hold, ReservedMachine } from "../../planner/types.js";
import type { StackResource } from "../deployment.js";
import type { DnsWeightStackChange, ReplicasStackChange } from "../stackChange.js";

/** Inputs of a resource: known values are plain, an Output (secret or unknown) is a value that is not known. */
export type Props = Readonly<Record<string, unknown>>;

/** A change that writes a number into a resource that the program declares. */
export type ValueChange = ReplicasStackChange | DnsWeightStackChange;

/** One property that a change writes. */
export interface Place {
  /** Keys from the top of the resource's inputs; the index of a list's item as text. */
  readonly path: readonly string[];
  /** What holds where the program leaves the property out. */
  readonly byDefault: number;
  /** How the number stands in the property; as a number unless said. */
  readonly as?: "text";
  /**
   * Where the program ignores changes of this place, the others carry the change out without it. Of several places for
   * replicas the first one left says how many there are; the others are raised with it.
   */
  readonly optional?: boolean;
}

/**
 * How changes of one kind reach the resources of some types. All functions are pure and read inputs as a program writes
 * them, as the state holds them, or (Kubernetes) as the API server shows the object.
 */
interface Target<Change extends ValueChange> {
  readonly change: Change["kind"];
  /** Pulumi types. */
  readonly types: RegExp;
  /** What the number is, for people: `replicas`, `minimum of replicas`, `weight`. */
  readonly unit: string;
  /** Paths of all that the functions here read, `*` for every item of a list: Outputs along them are opened first. */
  readonly reads: readonly (readonly string[])[];
  /** How the number stands in the live object and so in the audit log; as a number unless said. */
  readonly as?: "text";
  /** Why no resource of these types is changed, or null. */
  readonly hold: Hold | null;
  /** The property for people and the audit log, such as `spec.rules[*].backendRefs[name=blue].weight`. */
  field(part?: string): string;
  /**
   * The properties that the change writes, all to the same number. Empty where the resource has none: it is then not a
   * target of the change; an Output in the way is given as the place of what it hides.
   * @param part the backend of a weight
   */
  placesIn(props: Props, part?: string): readonly Place[];
  /** Annotations or tags, by which people keep Firebreak away; unread. */
  notesIn(props: Props): unknown;
  /** Why the resource must not be as `props` are with the change, or null. */
  veto?(props: Props, change: Change): Hold | null;
  /** Properties that go with the change, as they must be then. */
  alsoWrites?(props: Props, change: Change): readonly { readonly path: readonly string[]; readonly value: unknown }[];
  /** What the live system knows the object by, as far as the state tells. */
  objectOf(resource: StackResource): { readonly namespace?: string; readonly objectName?: string };
}

/** Names by which a service's resource is recognised, the surest way first. */
export interface Identity {
  readonly names: readonly string[];
  /** With what they are unique in: `namespace/name`, `cluster/name`. */
  readonly scoped: readonly string[];
  readonly labels: readonly string[];
}

/** Where the number of a service's replicas stands. */
export interface ReplicaTarget extends Target<ReplicasStackChange> {
  readonly change: "replicas";
  /** Of a type that runs services: how to tell which. An autoscaler has none. */
  identityOf?(resource: StackResource): Identity;
  /** Of an autoscaler: whether it sets the number of this resource. */
  scales?(autoscaler: StackResource, workload: StackResource): boolean;
  /** Highest number that the resource itself allows, unread. */
  mostIn?(props: Props): unknown;
  /** Of a type whose instances are machines: which kind of machine, as far as stack and inventory tell. */
  machineOf?(
    resource: StackResource,
    service: string,
    resources: readonly StackResource[],
    inventory: Inventory,
  ): ReservedMachine | undefined;
}

/** Where the weights of backends stand. */
export interface WeightTarget extends Target<DnsWeightStackChange> {
  readonly change: "dnsWeight";
  /** Largest weight that the type takes. */
  readonly most: number;
  /** Backends that share traffic with others by a weight, each once. */
  backendsIn(resource: StackResource): readonly Backend[];
}

export interface Backend {
  readonly name: string;
  /** Namespace of the Kubernetes Service that it names, where it names one. */
  readonly namespace?: string;
  /** Addresses that it leads to, as far as it tells. */
  readonly addresses: readonly string[];
}

export type TargetKind = ReplicaTarget | WeightTarget;
