import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deletionCost,
  keyOf,
  migrationLabel,
  notes,
  replacementName,
} from "../../../provider/migration/kubernetes/names.js";
import { isReady, type LivePod } from "../../../provider/migration/kubernetes/objects.js";
import { readyMembers } from "../../../provider/migration/kubernetes/view.js";
import { type Walk, walk } from "../../../provider/migration/kubernetes/walk.js";
import type { MigrationOutcome } from "../../../provider/migration/outcome.js";
import { type ApiServer, podsIn, setReady, startCluster, syncKubelets, syncReplicaSet, web } from "./apiServer.js";

const oldName = "web-1-a";
const replicas = 3;

class Killed extends Error {}

/** What befalls the cluster or us while time passes. */
const events = ["none", "sync", "start", "unready", "lose", "loseOld", "scale", "rollout", "kill", "stop"] as const;
type Event = (typeof events)[number];

interface World {
  readonly api: ApiServer;
  time: number;
  stopped: boolean;
  /** Lowest number of Ready members seen. */
  lowest: number;
}

function newWorld(): World {
  return { api: startCluster(replicas), time: 0, stopped: false, lowest: replicas };
}

const members = ({ api }: World) => podsIn(api).filter((p) => p.metadata.ownerReferences?.[0]?.uid === "set");
const uidOf = (world: World, name: string) => world.api.at<LivePod>(`${web.pods}/${name}`)?.metadata.uid ?? "";

function befall(world: World, event: Event): void {
  const { api } = world;
  const staying = members(world).filter((p) => p.metadata.deletionTimestamp === undefined);
  if (event === "sync") syncReplicaSet(api);
  if (event === "start") syncKubelets(api, () => true);
  if (event === "unready" && staying[1]) setReady(api, staying[1].metadata.name, false);
  if (event === "lose" && staying[2]) api.remove(`${web.pods}/${staying[2].metadata.name}`);
  if (event === "loseOld") api.remove(`${web.pods}/${oldName}`);
  if (event === "scale") {
    const set = api.at<{ spec: object }>(web.set);
    if (set) api.put(web.set, { ...set, spec: { ...set.spec, replicas: replicas + 1 } });
  }
  if (event === "rollout") {
    const live = api.at<{ metadata: object }>(web.deployment);
    if (live) api.put(web.deployment, { ...live, metadata: { ...live.metadata, generation: 9 } });
  }
  if (event === "stop") world.stopped = true;
  if (event === "kill") throw new Killed();
  world.lowest = Math.min(world.lowest, readyMembers({ members: members(world) }).length);
}

/** Walks once, drawing what happens from `script`; then the cluster is left to itself. */
function walkOnce(
  world: World,
  decision: string,
  script: Event[],
  more: Partial<Walk> = {},
): Promise<MigrationOutcome> {
  const uid = first(world);
  const pass = () => befall(world, script.shift() ?? (Math.floor(world.time) % 2 === 0 ? "sync" : "start"));
  return walk({
    api: world.api,
    clock: {
      monotonic: () => world.time * 1000,
      wall: () => 1.8e9 + world.time,
      sleep: async (milliseconds) => {
        world.time += milliseconds / 1000;
        pass();
      },
    },
    subject: { namespace: web.namespace, name: oldName, uid, key: keyOf(decision, uid) },
    placement: { from: "node-0", to: "node-4" },
    permit: async () => {
      if (script.length > 0) pass();
    },
    stopped: () => (world.stopped ? { reason: "killSwitch", detail: "on" } : null),
    begin: async () => undefined,
    ...more,
  });
}

const firsts = new WeakMap<World, string>();
function first(world: World): string {
  const uid = firsts.get(world) ?? uidOf(world, oldName);
  firsts.set(world, uid);
  return uid;
}

function ownTraces({ api }: World): string[] {
  return podsIn(api).flatMap(({ metadata }) => {
    const ours = [...Object.values(notes), deletionCost].filter((note) => metadata.annotations?.[note] !== undefined);
    const labelled = metadata.labels?.[migrationLabel] !== undefined;
    return ours.length > 0 || labelled ? [`${metadata.name}: ${[...ours, labelled].join(" ")}`] : [];
  });
}

/** Laws of every write, whatever happened around it. */
function checkWrites({ api }: World): void {
  for (const { request, before } of api.writes) {
    const pod = before as unknown as LivePod | null;
    if (request.method === "DELETE") {
      expect(pod?.metadata.annotations?.[notes.replaces], "only a replacement is ever deleted").toBeDefined();
      expect(pod?.metadata.ownerReferences, "and none that a controller owns").toBeUndefined();
      expect((request.body as { preconditions: object }).preconditions).toEqual({
        uid: pod?.metadata.uid,
        resourceVersion: pod?.metadata.resourceVersion,
      });
    }
    const labels = (request.body as { metadata?: { labels?: Record<string, string | null> } }).metadata?.labels;
    if (request.method === "PATCH" && labels?.app === "web") {
      expect(pod !== null && isReady(pod), "only a Ready replacement is handed over").toBe(true);
    }
    if (request.method === "PATCH") {
      const { uid, resourceVersion } = (request.body as { metadata: Record<string, unknown> }).metadata;
      expect([uid, resourceVersion]).toEqual([pod?.metadata.uid, pod?.metadata.resourceVersion]);
    }
  }
}

describe("a migration", () => {
  it("replaces the pod, never has fewer Ready, and leaves no trace", async () => {
    const world = newWorld();
    const outcome = await walkOnce(world, "A", []);
    const replacement = replacementName("web-1", keyOf("A", first(world)));
    expect(outcome).toEqual({
      outcome: "migrated",
      detail: `${replacement} runs on node-4, 3 of 3 Ready`,
      replacement,
      host: "node-4",
    });
    expect(members(world).map((p) => p.metadata.name)).toEqual(["web-1-b", "web-1-c", replacement]);
    expect(world.lowest).toBe(replicas);
    expect(ownTraces(world)).toEqual([]);
    checkWrites(world);
  });

  it("gives up a replacement that never becomes Ready, and leaves the pod as it was", async () => {
    const world = newWorld();
    const before = structuredClone(podsIn(world.api).map(({ metadata: { resourceVersion: _, ...rest } }) => rest));
    let tick = 0;
    const never = {
      clock: {
        monotonic: () => world.time * 1000,
        wall: () => world.time,
        sleep: async (milliseconds: number) => {
          world.time += milliseconds / 1000;
          tick += 1;
          if (tick % 2 === 0) syncReplicaSet(world.api);
          else syncKubelets(world.api, () => false);
        },
      },
    };
    const outcome = await walkOnce(world, "A", [], never);
    expect(outcome).toMatchObject({ outcome: "refused", reason: "notReady" });
    expect(podsIn(world.api).map(({ metadata: { resourceVersion: _, ...rest } }) => rest)).toEqual(before);
    expect(world.time).toBeGreaterThan(600);
    expect(world.time).toBeLessThan(700);
  });

  it("lowers Ready under no schedule of controllers, kubelets and crashes of its own", async () => {
    const own = fc.array(fc.constantFrom<Event>("none", "sync", "start", "kill", "stop"), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(own, { minLength: 1, maxLength: 4 }), async (runs) => {
        const world = newWorld();
        for (const script of runs) await survive(walkOnce(world, "A", [...script]));
        world.stopped = false;
        const outcome = await walkOnce(world, "A", []);
        expect(["migrated", "gone", "refused"]).toContain(outcome.outcome);
        expect(world.lowest).toBe(replicas);
        expect(ownTraces(world)).toEqual([]);
        checkWrites(world);
      }),
      { numRuns: 150 },
    );
  });

  it("ends from every state that any events lead to, and keeps to its laws on the way", async () => {
    const any = fc.array(fc.constantFrom<Event>(...events), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 4 }), fc.boolean(), async (runs, clean) => {
        const world = newWorld();
        for (const script of runs) await survive(walkOnce(world, "A", [...script]));
        settle(world);
        // The next run is of the same decision, or cleans up after it.
        const failure = { reason: "expired", detail: "left behind" } as const;
        const outcome = await walkOnce(world, "A", [], clean ? { failure } : {});
        expect(["migrated", "gone", "refused"]).toContain(outcome.outcome);
        expect(ownTraces(world)).toEqual([]);
        checkWrites(world);
        settle(world);
        const wanted = world.api.at<{ spec: { replicas: number } }>(web.set)?.spec.replicas;
        expect(readyMembers({ members: members(world) })).toHaveLength(wanted ?? 0);
        expect(podsIn(world.api).filter((p) => p.metadata.ownerReferences === undefined)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

/** The world without further harm: the Deployment at rest, every pod Ready in the end. */
function settle(world: World): void {
  world.stopped = false;
  const live = world.api.at<{ metadata: object }>(web.deployment);
  const replicasNow = world.api.at<{ spec: { replicas: number } }>(web.set)?.spec.replicas ?? 0;
  const status = { observedGeneration: 9, replicas: replicasNow, updatedReplicas: replicasNow };
  if (live) world.api.put(web.deployment, { ...live, spec: { replicas: replicasNow }, status });
  for (let i = 0; i < 6; i += 1) {
    syncReplicaSet(world.api);
    syncKubelets(world.api, () => true);
    for (const pod of members(world)) setReady(world.api, pod.metadata.name, true);
  }
}

async function survive(run: Promise<unknown>): Promise<void> {
  try {
    await run;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}
