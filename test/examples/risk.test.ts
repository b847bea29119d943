import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Config, estimatesOf, readConfig, readYaml } from "../../cli/config.js";
import { services } from "../../examples/online-boutique/services.js";
import { writeFlowLog } from "../../examples/online-boutique/traffic.js";
import { addressOwners, buildGraph, type Graph } from "../../graph/build.js";
import { readInventory } from "../../graph/inventory.js";
import type { Inventory, Link, Topology } from "../../graph/types.js";
import { type IngestReport, ingest } from "../../history/ingest.js";
import { historyRange, readTraffic } from "../../history/readTraffic.js";
import { marginalRisks } from "../../simulator/simulate.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const start = Date.parse("2026-11-25T09:00:00Z") / 1000;
const dependants = ["checkoutservice", "frontend", "recommendationservice"];

let folder = "";
let config: Config;
let inventory: Inventory;
let reports: IngestReport[];
let graph: Graph;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "boutique-"));
  const source = join(folder, "flows.log.gz");
  const history = join(folder, "history");
  writeFileSync(source, gzipSync(writeFlowLog({ seed: 1, start })));
  config = readConfig(undefined, root);
  inventory = readInventory(readYaml(resolve(root, String(config.inventory)), "inventory"));
  reports = await ingest(source, { into: history, format: "auto" });
  const range = await historyRange(history);
  if (range === null) throw new Error("the history is empty");
  const { window, halfLife } = config.graph;
  const owners = addressOwners(inventory);
  const traffic = await readTraffic(history, { from: range.to - window, to: range.to, halfLife, owners });
  graph = buildGraph(traffic, inventory, estimatesOf(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the example from its flow logs to its risk", () => {
  it("is ingested without a reject", () => {
    expect(reports).toMatchObject([{ rejected: 0 }]);
  });

  it("shows exactly the calls of the application, ports of clients among those of servers notwithstanding", () => {
    const serviceOf = new Map(graph.topology.nodes.map((n) => [n.id, n.service]));
    const found = graph.topology.links.map((l) => `${serviceOf.get(l.source)} -> ${serviceOf.get(l.target)}`);
    const expected = services.flatMap(({ name, calls }) => calls.map(({ to }) => `${name} -> ${to}`));
    expect([...new Set(found)].sort()).toEqual(expected.sort());
  });

  it("sees users as external traffic into the frontend alone", () => {
    expect(graph.external.map((e) => e.service)).toEqual(["frontend"]);
  });

  it("carries the load of every service, and carries it with one replica lost", () => {
    for (const { id, load } of graph.topology.services) {
      const capacities = graph.topology.nodes.flatMap((n) => (n.service === id ? [n.capacity ?? 0] : []));
      const survivors = Math.max(1, capacities.length - 1) * (capacities[0] ?? 0);
      expect(load).toBeGreaterThan(0.05 * survivors);
      expect(load).toBeLessThan(0.9 * survivors);
    }
  });

  it.each([1, 2, 3])("puts just the dependants of the one catalogue over the threshold (seed %i)", (seed) => {
    expect(servicesOver(graph.topology, seed)).toEqual(dependants);
  });

  it.each([1, 2, 3])("is under the threshold with a second catalogue (seed %i)", (seed) => {
    expect(servicesOver(withSecondCatalogue(graph.topology), seed)).toEqual([]);
  });
});

/** Services with an instance whose risk, with its interval, lies over the threshold; fails where one lies astride. */
function servicesOver(topology: Topology, seed: number): string[] {
  const { threshold } = config.risk;
  const risks = marginalRisks(topology, { worlds: config.simulation.worlds, seed });
  const over = new Set<string>();
  for (const { id, service } of topology.nodes) {
    const { riskLow = 0, riskHigh = 1 } = risks.get(id) ?? {};
    expect(riskLow > threshold || riskHigh < threshold, `${id} is clear of the threshold`).toBe(true);
    if (riskLow > threshold) over.add(service);
  }
  return [...over].sort();
}

function withSecondCatalogue(topology: Topology): Topology {
  const first = topology.nodes.find((n) => n.service === "productcatalogservice");
  if (first === undefined) throw new Error("no catalogue in the graph");
  const second = { ...first, id: "productcatalogservice-1", host: "n1", zone: "a" };
  const links = topology.links.flatMap((link): Link[] =>
    link.target === first.id ? [first, second].map(({ id }) => ({ ...link, target: id, share: 0.5 })) : [link],
  );
  return { ...topology, nodes: [...topology.nodes, second], links };
}
