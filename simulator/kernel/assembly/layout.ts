// Where things lie in memory: pointers that the host sets by name before a run (simulator/kernel/space.ts). Instances
// are numbered by service, then id, so that a service's replicas lie together; "replica" below is such a number.

export let utilisationLimit: f64 = 1;

export let serviceCount: u32 = 0;
export let replicaCount: u32 = 0;
export let seedCount: u32 = 0;
export let dependencyCount: u32 = 0;

/** u32[services + 1]: first replica. */
export let replicaStart: usize = 0;
/** f64[services]; NaN where there is no capacity rule. */
export let loads: usize = 0;
/** f64[services]. */
export let reserved: usize = 0;
/** u64[services], 0…2³². */
export let collapseThreshold: usize = 0;
/** u32[services], the two halves of the identities. */
export let serviceLow: usize = 0;
export let serviceHigh: usize = 0;
/** u64[services]: bit m says that the loss of the replicas in mask m overloads; of services of up to 6 replicas. */
export let overloadTable: usize = 0;
/** u32[services + 1] and u32[]: minimal masks of replicas whose loss overloads; of services of up to 6 replicas. */
export let subsetStart: usize = 0;
export let subsets: usize = 0;

/** By replica: f64 capacity, f64 criticality, u32 service, u32 bit in its service's mask. */
export let capacity: usize = 0;
export let criticality: usize = 0;
export let serviceOf: usize = 0;
export let bitOf: usize = 0;

/** u32[services + 1]: first dependency on a service. */
export let dependencyStart: usize = 0;
/** By dependency: u32 client (a replica), u64 thresholds, u32 halves of the identity. */
export let client: usize = 0;
export let needsThreshold: usize = 0;
export let stickyThreshold: usize = 0;
export let dependencyLow: usize = 0;
export let dependencyHigh: usize = 0;

/** u32[dependencies + 1]: first candidate. By candidate: u32 replica, f64 share, u32 halves of the identity. */
export let candidateStart: usize = 0;
export let candidate: usize = 0;
export let share: usize = 0;
/** f32 1/share, for a first look. */
export let inverseShare: usize = 0;
export let candidateLow: usize = 0;
export let candidateHigh: usize = 0;

/** Seeds of the run: u32[seeds + 1] starts, and their replicas. */
export let seedStart: usize = 0;
export let seedMembers: usize = 0;
/** f64[8 × seeds]: criticality lost by batch of 64 worlds within the group and seed. */
export let sums: usize = 0;

export const MANY: u32 = 6;
export const WORLDS: u32 = 512;
export const ROW: usize = 64;

/** Space of the lanes engine. Rows of 64 bytes: by dependency needs, by candidate choices, by service collapse and outage, by replica failed. */
export let needsRows: usize = 0;
export let choiceRows: usize = 0;
export let collapseRows: usize = 0;
export let outageRows: usize = 0;
export let failedRows: usize = 0;
/** u32[services]: group + 1 whose rows are drawn. */
export let drawnGroup: usize = 0;
/** u8 by replica and by service. */
export let isTouched: usize = 0;
export let isChanged: usize = 0;
export let isQueued: usize = 0;
export let isSeed: usize = 0;
/** u32[replicas], u32[services + 1] (a ring), u32[largest service]. */
export let touched: usize = 0;
export let ring: usize = 0;
export let changed: usize = 0;
/** u32[services]: services with an outage row to clear. */
export let openedServices: usize = 0;
export let isOpened: usize = 0;

/** Space of the memo engine: by 32 worlds and dependency, u32 needs and sticky; by 32 worlds and service, u32 collapse. */
export let needsWords: usize = 0;
export let stickyWords: usize = 0;
export let collapseWords: usize = 0;
/** u32[services]: number of the block of 32 worlds whose lists are made. */
export let openedWord: usize = 0;
/** u32 by replica: worlds of the block in which a client is stuck to it; by world and replica the first entry. */
export let stuckWorlds: usize = 0;
export let stuckHeads: usize = 0;
/** By world of the block and entry: u32 packed client, u32 next entry. u32[32] how many there are. */
export let entries: usize = 0;
export let entryCounts: usize = 0;
/** u32 by dependency: its client as service · 32 + place in it. */
export let packedClient: usize = 0;
/** u32 by dependency: packed clients that need the service, from `dependencyStart` on; u32[services] of which world, how many. */
export let needing: usize = 0;
export let needingEpoch: usize = 0;
export let needingCount: usize = 0;
/** u32[services]: mask of all replicas. f64[services]: criticality of each replica, NaN where they differ. */
export let fullMask: usize = 0;
export let uniformCriticality: usize = 0;
/** The failed: u32[services] masks; changes as u32 pairs (service, mask before); a queue of u32 pairs (service, mask). */
export let state: usize = 0;
export let log: usize = 0;
export let queue: usize = 0;
/** u32 by seed of a call: the worlds of the block in which it may take something with it. */
export let active: usize = 0;
/** Seeds by the first service that they take whole: u32[services] first seed + 1, u32[seeds] next seed + 1, u32[services] services. */
export let bucketHead: usize = 0;
export let bucketNext: usize = 0;
export let buckets: usize = 0;
/** u32[services]: in which entered world the closure was found; u32[services] its place or 0; f64[services] its criticality. */
export let closureEpoch: usize = 0;
export let closurePlace: usize = 0;
export let closureLost: usize = 0;
export let arena: usize = 0;
export let arenaEnd: usize = 0;

/** Space of the marginal run. u32[services + 1]: first four dependencies on a service; 64 bytes by four (quads.ts). */
export let quadStart: usize = 0;
export let stickyQuads: usize = 0;
/** u8[services]: whether a client is stuck to a replica in every world. */
export let hasAlways: usize = 0;
/** The worlds of a block in which …, a bit each: u32 by replica, it failed; u32[services], its outage is applied, its stuck clients are asked for. */
export let failedIn: usize = 0;
export let outIn: usize = 0;
export let openedIn: usize = 0;
/** The failed of a block in their order: replica · 32 + world of the block. */
export let failed: usize = 0;
/** u32 by replica: the first entry of those stuck to it, or 0. By entry: u32 client · 32 + world of the block, u32 next entry. */
export let stuckHead: usize = 0;
export let stuckEntries: usize = 0;
export let stuckRoom: u32 = 0;
/** By cause: u32 halves of the identity, u32 lowest level (33 without a prior), u64 threshold of thinning there. */
export let causeCount: u32 = 0;
export let causeLow: usize = 0;
export let causeHigh: usize = 0;
export let lowestLevel: usize = 0;
export let causeThreshold: usize = 0;
/** f64[33]. */
export let levelRate: usize = 0;
/** u32[causes + 1] starts, and the replicas that fail with a cause. */
export let causeStart: usize = 0;
export let causeMembers: usize = 0;
/** By stream: f64 world and u32 number of the coming event, u32 cause, u32 level. */
export let streamWorld: usize = 0;
export let streamIndex: usize = 0;
export let streamCause: usize = 0;
export let streamLevel: usize = 0;
/** Events of a window as drawn, u32 world in it and u32 cause, and their causes by world. */
export let eventRoom: u32 = 0;
export let eventWorld: usize = 0;
export let eventCause: usize = 0;
export let causeEvents: usize = 0;
/** u32[worlds of a window + 2]. */
export let windowStart: usize = 0;
/** u32 by replica: worlds in which it failed. */
export let failedWorlds: usize = 0;
