import type { Topology } from "../../graph/types.js";
import type { Command } from "../command.js";
import { graphFlags } from "../flags.js";
import { graphFromHistory } from "../graphSource.js";
import { printJson, table } from "../output.js";

export const graph: Command = {
  declare: (command) =>
    graphFlags(command).option("--json", "print the topology, for `firebreak simulate --topology -`"),
  run: async (call) => {
    const { terminal, flags } = call;
    const { graph, traffic } = await graphFromHistory(call);
    for (const warning of graph.warnings) terminal.err(`firebreak: warning: ${warning}\n`);
    if (flags.json) {
      printJson(terminal, graph.topology);
      return undefined;
    }
    const { topology } = graph;
    terminal.out(
      `${topology.nodes.length} instances of ${topology.services.length} services, from ${traffic?.rows.toLocaleString("en")} rows ` +
        `between ${iso(traffic?.window.from)} and ${iso(traffic?.window.to)}\n\n`,
    );
    terminal.out(table(["service", "instances", "zones", "load", "capacity"], serviceRows(topology)));
    terminal.out(`\n${table(["client", "depends on", "coupling", "failover"], dependencyRows(topology))}`);
    if (graph.external.length > 0) {
      terminal.out("\nfrom outside (counts towards load, no node of the simulation):\n");
      terminal.out(
        table(
          ["external into", "volume"],
          graph.external.map((e) => [e.service, amount(e.volume)]),
        ),
      );
    }
    return undefined;
  },
};

function serviceRows(topology: Topology): string[][] {
  return topology.services.map((service) => {
    const replicas = topology.nodes.filter((n) => n.service === service.id);
    const capacity = replicas.reduce((sum, n) => sum + (n.capacity ?? 0), 0);
    return [
      service.id,
      String(replicas.length),
      [...new Set(replicas.flatMap((n) => n.zone ?? []))].sort().join(" ") || "-",
      service.load === undefined ? "-" : amount(service.load),
      capacity === 0 ? "-" : amount(capacity),
    ];
  });
}

function dependencyRows(topology: Topology): string[][] {
  const serviceOf = new Map(topology.nodes.map((n) => [n.id, n.service]));
  const seen = new Map<string, { coupling: number; failover: number }[]>();
  for (const link of topology.links) {
    const key = JSON.stringify([serviceOf.get(link.source), serviceOf.get(link.target)]);
    seen.set(key, [...(seen.get(key) ?? []), link]);
  }
  return [...seen].sort().map(([key, links]) => {
    const [client, service] = JSON.parse(key) as [string, string];
    return [client, service, range(links.map((l) => l.coupling)), range(links.map((l) => l.failover))];
  });
}

function range(values: readonly number[]): string {
  const low = Math.min(...values).toFixed(2);
  const high = Math.max(...values).toFixed(2);
  return low === high ? low : `${low}–${high}`;
}

function amount(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

function iso(seconds: number | undefined): string {
  return seconds === undefined ? "?" : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
