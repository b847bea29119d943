import { describe, expect, it } from "vitest";
import { buildGraph } from "../../graph/build.js";
import { diffGraphs } from "../../graph/diff.js";
import { defaultEstimates, type Estimates } from "../../graph/estimate.js";
import type { TrafficEdge } from "../../history/traffic.js";
import { edgeOf } from "./edges.js";

const nothing = { instances: [], services: [], domains: [] };

function graphOf(edges: readonly TrafficEdge[], estimates: Partial<Estimates> = {}) {
  const traffic = { window: { from: 0, to: 60 }, halfLife: 60, rows: edges.length, edges, peaks: [], failovers: [] };
  const inventory = {
    ...nothing,
    instances: ["db-0", "db-1"].map((id) => ({ id, service: "db", addresses: [] })),
  };
  return buildGraph(traffic, inventory, { ...defaultEstimates, ...estimates });
}

const calls = (client: string, server: string, requests: number) =>
  edgeOf(client, server, { requests, connections: requests });

describe("what changed between two graphs", () => {
  it("is nothing between equal ones", () => {
    const graph = graphOf([calls("api", "db-0", 10)]);
    expect(diffGraphs(graph, graph)).toEqual({
      appeared: { instances: [], dependencies: [] },
      vanished: { instances: [], dependencies: [] },
      moved: [],
    });
  });

  it("is the instances and dependencies that appeared and vanished", () => {
    const diff = diffGraphs(graphOf([calls("api", "db-0", 10)]), graphOf([calls("web", "db-0", 10)]));
    expect(diff.appeared).toEqual({ instances: ["web"], dependencies: [{ client: "web", service: "db" }] });
    expect(diff.vanished).toEqual({ instances: ["api"], dependencies: [{ client: "api", service: "db" }] });
  });

  it("is a volume that doubled, a share that went over, a coupling and a failover that are other", () => {
    const before = graphOf([calls("web", "api", 100), calls("api", "db-0", 10), calls("api", "db-1", 10)]);
    const after = graphOf([calls("web", "api", 100), calls("api", "db-0", 60), calls("api", "db-1", 20)], {
      failover: 0.5,
    });
    const moved = diffGraphs(before, after).moved.map((m) => [m.client, m.service, m.what, m.server ?? ""]);
    expect(moved).toEqual([
      ["api", "db", "coupling", ""],
      ["api", "db", "failover", ""],
      ["api", "db", "share", "db-0"],
      ["api", "db", "share", "db-1"],
      ["api", "db", "volume", ""],
      ["web", "api", "failover", ""],
    ]);
  });

  it("is no volume whose interval still holds what it was", () => {
    const sampled = (requests: number) =>
      edgeOf("api", "db-0", {
        requests,
        seen: { requests: requests / 100, connections: 0, bytes: 0 },
        variance: { requests: requests * 99, connections: 0, bytes: 0 },
      });
    expect(diffGraphs(graphOf([sampled(200)]), graphOf([sampled(500)])).moved).toEqual([]);
    expect(diffGraphs(graphOf([sampled(2000)]), graphOf([sampled(50_000)])).moved).toMatchObject([{ what: "volume" }]);
  });
});
