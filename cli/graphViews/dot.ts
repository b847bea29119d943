import { gatherServices } from "../../graph/serviceDependencies.js";
import { formatRange, formatVolume } from "./numbers.js";
import type { GraphView } from "./view.js";

/**
 * Graphviz's DOT (https://graphviz.org/doc/info/lang.html): services with their replicas, and who depends on whom. Arrows
 * go from the client to what it depends on; the stronger the coupling, the thicker.
 */
export const dot: GraphView = {
  name: "dot",
  write: ({ graph }) => {
    const { topology, external } = graph;
    const replicas = new Map<string, number>();
    for (const { service } of topology.nodes) replicas.set(service, (replicas.get(service) ?? 0) + 1);
    const nodes = topology.services.map(
      ({ id }) => `  ${quote(id)} [label=${quote(`${id}\n× ${replicas.get(id) ?? 0}`)}];`,
    );
    const edges = gatherServices(graph).map((d) => {
      const couplings = d.parts.map((p) => p.coupling.value);
      const strongest = Math.max(...couplings);
      const label = quote(`${formatRange(couplings)}\n${formatVolume(d.volume)}`);
      return `  ${quote(d.client)} -> ${quote(d.service)} [label=${label}, penwidth=${(0.5 + 3 * strongest).toFixed(2)}];`;
    });
    const outside = external.map(({ service }) => `  ${quote("(outside)")} -> ${quote(service)} [style=dashed];`);
    const head = ["digraph firebreak {", "  rankdir=LR;", "  node [shape=box, fontname=Helvetica];"];
    return `${[...head, ...nodes, ...edges, ...outside, "}"].join("\n")}\n`;
  },
};

/** A quoted id: a quote is escaped, a line end becomes a line of the label, and a backslash stays one. */
function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
