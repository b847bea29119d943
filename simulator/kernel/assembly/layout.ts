// Where things lie in memory: pointers that the host sets by name before a run (simulator/kernel/memory.ts). Instances
// are numbered by service, then id, so that a service's replicas lie together; "replica" below is such a number.

export let keyLow: u32 = 0;
export let keyHigh: u32 = 0;
export let utilisationLimit: f64 = 1;

export let serviceCount: u32 = 0;
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
/** u32 pairs (service, bit) of the client. */
export let clientPair: usize = 0;
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
/** f64[seeds × 8]: criticality lost by seed and batch of 64 worlds within the group. */
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
export let queue: usize = 0;
export let changed: usize = 0;
/** u32[services]: services with an outage row to clear. */
export let openedServices: usize = 0;
export let isOpened: usize = 0;

/** Space of the memo engine: by 32 worlds and dependency, u32 needs and sticky; by 32 worlds and service, u32 collapse. */
export let needsWords: usize = 0;
export let stickyWords: usize = 0;
export let collapseWords: usize = 0;
/** u32[services]: world + 1 whose lists are made. */
export let openedWorld: usize = 0;
/** By dependency: u32 pairs (service, bit) of needing clients from dependencyStart on; u32[services] their number. */
export let needing: usize = 0;
export let needingCount: usize = 0;
/** u32 by replica and by dependency: dependencies stuck to a replica, + 1, 0 at the end. */
export let stuckHead: usize = 0;
export let stuckNext: usize = 0;
/** u32[services]: mask of all replicas. */
export let fullMask: usize = 0;
/** Two sets: u32[services] masks, u8[services] whether the outage is taken in, a log of changes, and a queue of u32 pairs. */
export let maskA: usize = 0;
export let mergedA: usize = 0;
export let logA: usize = 0;
export let queueA: usize = 0;
export let maskB: usize = 0;
export let mergedB: usize = 0;
export let logB: usize = 0;
export let queueB: usize = 0;
/** Seeds by the first service that they take whole: u32[services] first seed + 1, u32[seeds] next seed + 1, u32[services] services. */
export let bucketHead: usize = 0;
export let bucketNext: usize = 0;
export let buckets: usize = 0;
/** u32[services]: in which entered world the closure was kept; u32[services] its place; f64[services] its criticality. */
export let closureEpoch: usize = 0;
export let closurePlace: usize = 0;
export let closureLost: usize = 0;
/** Closures: u32 length, then 16 bytes each: u32 service, u32 mask, f64 criticality. */
export let arena: usize = 0;
export let arenaEnd: usize = 0;

/** Space of the marginal run. u32 by dependency: thresholds without their top bit 32, and all ones where it is set. */
export let needsRest: usize = 0;
export let needsAlways: usize = 0;
export let stickyRest: usize = 0;
export let stickyAlways: usize = 0;
/** Worlds of a call: u32[worlds], u32[worlds + 1] starts, u32[] replicas that fail by themselves or with their host or zone. */
export let worlds: usize = 0;
export let causeStart: usize = 0;
export let causes: usize = 0;
/** u32 by replica: worlds in which it failed. */
export let failedWorlds: usize = 0;
/** u8 by replica, u32[services] failed replicas, u8[services] outages applied, u32[replicas] the failed. */
export let isFailed: usize = 0;
export let down: usize = 0;
export let isOut: usize = 0;
export let failed: usize = 0;
