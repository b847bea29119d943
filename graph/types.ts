/** The topology of `docs/topology.md`, node-link form, with every default filled in: what the simulator reads. */
export interface Topology {
  readonly directed: true;
  readonly graph: { readonly utilisationLimit: number };
  readonly services: readonly Service[];
  readonly domains: readonly Domain[];
  readonly nodes: readonly Instance[];
  readonly links: readonly Link[];
}

/** The replicas that serve the same thing: a Deployment, StatefulSet, Auto Scaling group or ECS service. */
export interface Service {
  readonly id: string;
  /** Peak load in the service's own unit (requests per second unless said). Absent: no capacity rule. */
  readonly load?: number;
  /** Spare capacity held elsewhere, same unit. */
  readonly reserved: number;
  /** Probability that overload brings the survivors down, 0…1. */
  readonly collapse: number;
}

/** A host or zone; its failure takes every instance on it. */
export interface Domain {
  readonly kind: "host" | "zone";
  readonly id: string;
  /** Probability that it fails by itself within the horizon, 0…1. */
  readonly prior: number;
}

/** A pod, VM or task. */
export interface Instance {
  readonly id: string;
  readonly service: string;
  readonly tier?: string;
  readonly criticality: number;
  readonly host?: string;
  readonly zone?: string;
  /** Same unit as the service's load. */
  readonly capacity?: number;
  /** Probability that it fails by itself within the horizon, 0…1. */
  readonly prior: number;
}

/**
 * From a client instance to one replica of the service it depends on. Links of one client into one service carry the
 * same coupling and failover, and their shares sum to 1.
 */
export interface Link {
  readonly source: string;
  readonly target: string;
  readonly share: number;
  readonly coupling: number;
  readonly failover: number;
}

/** What traffic alone cannot tell, written by hand or by `firebreak inventory`. */
export interface Inventory {
  readonly instances: readonly InventoryInstance[];
  readonly services: readonly InventoryService[];
  readonly domains: readonly InventoryDomain[];
  /** What quotas leave. */
  readonly quotas?: readonly InventoryQuota[];
}

/** Units: cpu in cores, memory and storage in bytes, bandwidth in bits per second, capacity in the service's unit. */
export interface InventoryInstance {
  readonly id: string;
  readonly service: string;
  readonly addresses: readonly string[];
  readonly tier?: string;
  readonly criticality?: number;
  readonly host?: string;
  readonly zone?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly storage?: number;
  readonly bandwidth?: number;
  readonly capacity?: number;
  readonly prior?: number;
  /** Addresses that it had for a time; they speak before `addresses`. */
  readonly held?: readonly HeldAddress[];
  /** Times that it failed while it was watched, and for how many seconds it was: what its prior is estimated from. */
  readonly failures?: number;
  readonly watched?: number;
  /** Kubernetes namespace and UID of the pod. */
  readonly namespace?: string;
  readonly uid?: string;
  /** Names under which weighted records and routes lead to it: Kubernetes Services, set identifiers. */
  readonly backends?: readonly string[];
  /** What EC2 reserves for it: of a machine that EC2 charges on demand, in shared tenancy. */
  readonly machine?: Machine;
}

/** A kind of EC2 instance, as capacity reservations tell them apart. */
export interface Machine {
  readonly instanceType: string;
  /** As EC2 names them: `Linux/UNIX`, `Windows`, … */
  readonly platform: string;
}

/** An address and the time it was held. */
export interface HeldAddress {
  readonly address: string;
  /** Unix seconds, inclusive; from ever where it is missing. */
  readonly from?: number;
  /** Unix seconds, exclusive; held still where it is missing. */
  readonly to?: number;
}

export interface InventoryService {
  readonly id: string;
  /** Virtual addresses; traffic to one stands for the replicas by share of capacity. */
  readonly addresses: readonly string[];
  /** Addresses of replicas that are gone: traffic of that time stands for those there are now, by share of capacity. */
  readonly held?: readonly HeldAddress[];
  readonly load?: number;
  readonly reserved?: number;
  readonly collapse?: number;
  /** URN pattern of the Pulumi resource that runs it, `*` within a part and `**` across parts. */
  readonly urn?: string;
  /** Times that replicas that are gone failed while they were watched, and for how many seconds they were in all. */
  readonly failures?: number;
  readonly watched?: number;
  /** What else sets the number of its replicas, and between which bounds it does. */
  readonly autoscaler?: { readonly min: number; readonly max: number };
  /** Replicas that must stay available when others are taken down on purpose. */
  readonly disruptionBudget?: { readonly minAvailable: number };
  /** Replicas beyond their number that it may have for a time, while one takes the place of another. */
  readonly maxSurge?: number;
  /** Labels that a host must carry for its replicas to run there. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Of these sets of requirements a host must meet one. */
  readonly nodeAffinity?: readonly (readonly HostRequirement[])[];
  /** Taints of a host that its replicas put up with. */
  readonly tolerations?: readonly Toleration[];
  /** No two of its replicas may share one of these. */
  readonly apart?: "host" | "zone";
}

/** What a host's label must be (Kubernetes' node affinity); the key `metadata.name` means the host's id. */
export interface HostRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values?: readonly string[];
}

/** Kubernetes' toleration: without a key of every taint, without a value of any, without an effect of each. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: "Equal" | "Exists";
  readonly value?: string;
  readonly effect?: string;
}

/** What a host keeps away with. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "NoExecute";
}

/** What the quotas of a namespace leave: cores, bytes and pods; what is not limited is left out. */
export interface InventoryQuota {
  readonly namespace: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly pods?: number;
}

/** A host or zone with its room: what it offers in all, not what is left. */
export interface InventoryDomain {
  readonly kind: "host" | "zone";
  readonly id: string;
  /** Of a host: the zone it stands in. */
  readonly zone?: string;
  readonly prior?: number;
  readonly cpu?: number;
  readonly memory?: number;
  readonly bandwidth?: number;
  /** Of a host: what replicas choose it by, and are kept away by. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Of a host: true where it takes nothing new, whatever room it has (cordoned, not ready). */
  readonly unschedulable?: boolean;
}
