import type { Graph } from "../../graph/build.js";
import { gatherServices } from "../../graph/serviceDependencies.js";
import { table } from "../output.js";
import { formatAmount, formatRange, formatTime, formatVolume } from "./numbers.js";
import type { GraphView } from "./view.js";

/** Tables for people: services, who depends on whom, and what comes from outside. */
export const tables: GraphView = {
  name: "table",
  write: ({ graph, window, rows }) => {
    const { topology, external } = graph;
    const parts = [
      `${topology.nodes.length} instances of ${topology.services.length} services, from ${rows.toLocaleString("en")} rows ` +
        `between ${formatTime(window.from)} and ${formatTime(window.to)}\n`,
      table(["service", "instances", "zones", "load", "capacity"], serviceRows(graph)),
      table(["client", "depends on", "coupling", "failover", "volume", "sources", "last seen"], dependencyRows(graph)),
    ];
    if (external.length > 0) {
      const outside = external.map((e) => [e.service, `${formatAmount(e.volume)} ${e.unit}`]);
      parts.push(
        `from outside (counts towards load, no node of the simulation):\n${table(["external into", "volume"], outside)}`,
      );
    }
    return parts.join("\n");
  },
};

function serviceRows({ topology }: Graph): string[][] {
  return topology.services.map((service) => {
    const replicas = topology.nodes.filter((n) => n.service === service.id);
    const capacity = replicas.reduce((sum, n) => sum + (n.capacity ?? 0), 0);
    return [
      service.id,
      String(replicas.length),
      [...new Set(replicas.flatMap((n) => n.zone ?? []))].sort().join(" ") || "-",
      service.load === undefined ? "-" : formatAmount(service.load),
      capacity === 0 ? "-" : formatAmount(capacity),
    ];
  });
}

function dependencyRows(graph: Graph): string[][] {
  return gatherServices(graph).map((d) => [
    d.client,
    d.service,
    formatRange(d.parts.map((p) => p.coupling.value)),
    formatRange(d.parts.map((p) => p.failover.value)),
    formatVolume(d.volume),
    d.sources.join(" "),
    formatTime(d.lastSeen),
  ]);
}
