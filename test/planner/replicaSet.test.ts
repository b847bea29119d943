import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTopology } from "../../graph/topology.js";
import type { Topology } from "../../graph/types.js";
import { replicasOf, withoutReplica, withReplica } from "../../planner/replicaSet.js";
import { topologies } from "./arbitrary.js";
import { shop } from "./example.js";

const shares = (topology: Topology, source: string) =>
  Object.fromEntries(topology.links.filter((l) => l.source === source).map((l) => [l.target, l.share]));

describe("adding a replica", () => {
  test("scales a client's shares by one factor and gives the rest to the new replica", () => {
    const two = withReplica(withReplica(shop(), "catalog", {}), "catalog", {});
    expect(shares(two, "frontend-0")["catalog+2"]).toBeCloseTo(1 / 3, 15);
    expect(shares(two, "frontend-0")["catalog-0"]).toBeCloseTo(1 / 3, 15);
    expect(shares(two, "frontend-0")["catalog+1"]).toBeCloseTo(1 / 3, 15);
  });

  test("takes the first free id, the higher median prior and the model's outgoing shares", () => {
    const topology = shop((json) => {
      json.nodes.push(
        { id: "frontend+1", service: "frontend", prior: 0.3 },
        { id: "frontend-9", service: "frontend", prior: 0.4 },
      );
      json.links.push({ source: "frontend+1", target: "catalog-0", share: 1, coupling: 0.5 });
    });
    const added = withReplica(topology, "frontend", { zone: "c" });
    expect(added.nodes.at(-1)).toEqual({
      id: "frontend+2",
      service: "frontend",
      criticality: 1,
      zone: "c",
      prior: 0.3,
    });
    expect(added.links.filter((l) => l.source === "frontend+2")).toEqual([
      { source: "frontend+2", target: "catalog-0", share: 1, coupling: 0.5, failover: 0 },
    ]);
  });

  test("spreads an own-service client over the other replicas only", () => {
    const peers = shop((json) => {
      json.nodes.push({ id: "catalog-1", service: "catalog" });
      json.links = [
        { source: "catalog-0", target: "catalog-1", share: 1, coupling: 0.4 },
        { source: "catalog-1", target: "catalog-0", share: 1, coupling: 0.4 },
      ];
    });
    const added = withReplica(peers, "catalog", {});
    expect(shares(added, "catalog-0")).toEqual({ "catalog-1": 0.5, "catalog+1": 0.5 });
    expect(shares(added, "catalog-1")).toEqual({ "catalog-0": 0.5, "catalog+1": 0.5 });
    expect(shares(added, "catalog+1")).toEqual({ "catalog-0": 0.5, "catalog-1": 0.5 });
    expect(() => readTopology(withReplica(added, "catalog", {}))).not.toThrow();
  });

  test("any number of additions and removals leaves a valid topology, the old instances as they were", () => {
    fc.assert(
      fc.property(topologies, fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 8 }), (topology, steps) => {
        let changed = topology;
        for (const [pick, add] of steps) {
          const service = changed.services[pick % changed.services.length]?.id ?? "";
          if (add) changed = withReplica(changed, service, {});
          else if (replicasOf(changed, service).length > 1) changed = withoutReplica(changed, service);
        }
        readTopology(changed);
        const before = new Map(topology.nodes.map((n) => [n.id, n]));
        for (const node of changed.nodes) if (before.has(node.id)) expect(node).toEqual(before.get(node.id));
      }),
      { numRuns: 300 },
    );
  });

  test("a removal undoes an addition", () => {
    fc.assert(
      fc.property(topologies, fc.nat(), (topology, pick) => {
        const service = topology.services[pick % topology.services.length]?.id ?? "";
        const back = withoutReplica(withReplica(topology, service, {}), service);
        expect(back.nodes).toEqual(topology.nodes);
        const share = (t: Topology) => new Map(t.links.map((l) => [`${l.source} ${l.target}`, l.share]));
        const [was, is] = [share(topology), share(back)];
        expect([...is.keys()].sort()).toEqual([...was.keys()].sort());
        for (const [link, value] of was) expect(is.get(link)).toBeCloseTo(value, 12);
      }),
    );
  });
});

test("the last replica is never removed", () => {
  expect(() => withoutReplica(shop(), "catalog")).toThrow("no replica to spare");
});
