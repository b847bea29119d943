import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashTopology } from "../../graph/hash.js";
import { readTopology } from "../../graph/topology.js";
import { shuffle, topologies } from "./arbitraries.js";

describe("hashTopology", () => {
  it("is the SHA-256 of the canonical JSON, fields in code-unit order", () => {
    const topology = readTopology({ directed: true, nodes: [{ id: "a", service: "web", prior: 1e-7 }], links: [] });
    const canonical =
      '{"directed":true,"domains":[],"graph":{"utilisationLimit":1},"links":[],' +
      '"nodes":[{"criticality":1,"id":"a","prior":1e-7,"service":"web"}],"services":[{"collapse":1,"id":"web","reserved":0}]}';
    expect(hashTopology(topology)).toBe(`sha256:${createHash("sha256").update(canonical).digest("hex")}`);
  });

  it("does not depend on the order of nodes and links", () => {
    fc.assert(
      fc.property(topologies, fc.infiniteStream(fc.nat()), (t, order) => {
        expect(hashTopology({ ...t, nodes: shuffle(t.nodes, order), links: shuffle(t.links, order) })).toBe(
          hashTopology(t),
        );
      }),
    );
  });

  it("changes with any prior", () => {
    fc.assert(
      fc.property(topologies, fc.double({ min: 0, max: 1, noNaN: true }), (t, prior) => {
        fc.pre(t.nodes[0]?.prior !== prior + 0);
        const nodes = t.nodes.map((n, i) => (i === 0 ? { ...n, prior: prior + 0 } : n));
        expect(hashTopology({ ...t, nodes })).not.toBe(hashTopology(t));
      }),
    );
  });
});
