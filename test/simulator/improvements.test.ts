import { describe, expect, it } from "vitest";
import { withReplica } from "../../graph/replicas.js";
import type { Topology } from "../../graph/types.js";
import { explain } from "../../simulator/explain.js";
import { marginalRisks } from "../../simulator/simulate.js";
import type { Improvement } from "../../simulator/types.js";
import { randomTopology } from "./topologies.js";

/** The topology with the change made, as a person would make it. */
function change(topology: Topology, improvement: Improvement): Topology {
  const { service } = improvement;
  if (improvement.kind === "replica") {
    return withReplica(topology, service, improvement.zone === undefined ? {} : { zone: improvement.zone });
  }
  if (improvement.kind === "capacity") {
    const { reserved } = improvement;
    return { ...topology, services: topology.services.map((s) => (s.id === service ? { ...s, reserved } : s)) };
  }
  const replicas = topology.nodes.filter((node) => node.service === service).map((node) => node.id);
  const links = topology.links.map((link) =>
    link.source === improvement.client && replicas.includes(link.target) ? { ...link, coupling: 0 } : link,
  );
  return { ...topology, links };
}

const options = (seed: number) => ({ worlds: 2000, seed, improvements: true });

function* everyone(): Iterable<{ topology: Topology; id: string; number: number }> {
  for (let number = 1; number <= 25; number++) {
    const topology = randomTopology(number, 8);
    for (const { id } of topology.nodes) yield { topology, id, number };
  }
}

describe("improvements", () => {
  it("have the risk that a simulation of the changed topology finds, the lowest first", () => {
    const kinds = new Set<string>();
    for (const { topology, id, number } of everyone()) {
      const { improvements = [] } = explain(topology, id, options(number));
      for (const improvement of improvements) {
        kinds.add(improvement.kind);
        const risks = marginalRisks(change(topology, improvement), { worlds: 2000, seed: number });
        expect(improvement.risk, `${number} ${id} ${JSON.stringify(improvement)}`).toEqual(risks.get(id));
      }
      const after = improvements.map(({ risk }) => risk.risk);
      expect(after).toEqual([...after].sort((x, y) => x - y));
    }
    expect([...kinds].sort()).toEqual(["capacity", "dependency", "replica"]);
  });

  it("miss no dependency on a listed path that lowers the risk", () => {
    for (const { topology, id, number } of everyone()) {
      const { risk, pathsTo, improvements = [] } = explain(topology, id, { ...options(number), paths: 100 });
      for (const { id: client, rule, service } of pathsTo.flatMap(({ steps }) => steps)) {
        if (rule !== "stickyLoss" && rule !== "outage") continue;
        const tried = change(topology, { kind: "dependency", client, service: service!, risk });
        const after = marginalRisks(tried, { worlds: 2000, seed: number }).get(id)!;
        const listed = improvements.some(
          (i) => i.kind === "dependency" && i.client === client && i.service === service,
        );
        expect(listed, `${number} ${id} ${client} ${service}`).toBe(after.risk < risk.risk);
      }
    }
  });

  it("of capacity leave no failure by overload of the service", () => {
    let seen = 0;
    for (const { topology, id, number } of everyone()) {
      const { improvements = [] } = explain(topology, id, options(number));
      for (const improvement of improvements.filter(({ kind }) => kind === "capacity")) {
        seen += 1;
        const { pathsTo } = explain(change(topology, improvement), id, { worlds: 2000, seed: number, paths: 1000 });
        const overloads = pathsTo.flatMap(({ steps }) => steps).filter(({ rule }) => rule === "overload");
        expect(overloads.map(({ service }) => service)).not.toContain(improvement.service);
      }
    }
    expect(seen).toBeGreaterThan(10);
  });

  it("keep to the listed paths and are as many at most, and are left out where they are not asked for", () => {
    const topology = randomTopology(12, 9);
    expect(explain(topology, "i0", { ...options(1), paths: 0 }).improvements).toEqual([]);
    expect(explain(topology, "i0", { ...options(1), paths: 1 }).improvements).toHaveLength(1);
    expect(explain(topology, "i0", { worlds: 2000, seed: 1 }).improvements).toBeUndefined();
  });

  it("put a replica into the zone that has the fewest of its service", () => {
    const node = (id: string, service: string, zone: string, prior: number) => ({
      id,
      service,
      zone,
      criticality: 1,
      prior,
    });
    const topology: Topology = {
      directed: true,
      graph: { utilisationLimit: 1 },
      services: ["api", "db"].map((id) => ({ id, reserved: 0, collapse: 1 })),
      domains: [{ kind: "zone", id: "a", prior: 0.2 }],
      nodes: [node("api-0", "api", "b", 0), node("db-0", "db", "a", 0.1), node("db-1", "db", "a", 0.1)],
      links: [
        { source: "api-0", target: "db-0", share: 0.5, coupling: 1, failover: 1 },
        { source: "api-0", target: "db-1", share: 0.5, coupling: 1, failover: 1 },
      ],
    };
    const { improvements = [] } = explain(topology, "api-0", options(1));
    expect(improvements.map(({ risk, ...rest }) => rest)).toEqual([
      { kind: "dependency", client: "api-0", service: "db" },
      { kind: "replica", service: "db", zone: "b" },
    ]);
    expect(improvements[0]?.risk.risk).toBe(0);
  });
});
