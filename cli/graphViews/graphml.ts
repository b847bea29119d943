import type { Graph } from "../../graph/build.js";
import type { GraphView } from "./view.js";

type Value = string | number | undefined;

/** Keys of nodes and edges: name, type, and what it is taken from. */
interface Key<T> {
  readonly name: string;
  readonly type: "string" | "double";
  readonly value: (item: T) => Value;
}

type Node = Graph["topology"]["nodes"][number];
type Link = Graph["topology"]["links"][number];

const nodeKeys: readonly Key<Node>[] = [
  { name: "service", type: "string", value: (n) => n.service },
  { name: "tier", type: "string", value: (n) => n.tier },
  { name: "host", type: "string", value: (n) => n.host },
  { name: "zone", type: "string", value: (n) => n.zone },
  { name: "criticality", type: "double", value: (n) => n.criticality },
  { name: "capacity", type: "double", value: (n) => n.capacity },
  { name: "prior", type: "double", value: (n) => n.prior },
];

const linkKeys: readonly Key<Link>[] = [
  { name: "share", type: "double", value: (l) => l.share },
  { name: "coupling", type: "double", value: (l) => l.coupling },
  { name: "failover", type: "double", value: (l) => l.failover },
];

/** GraphML (http://graphml.graphdrawing.org/specification.html): every instance and link, for Gephi, yEd or NetworkX. */
export const graphml: GraphView = {
  name: "graphml",
  write: ({ graph: { topology } }) => {
    const keys = [...nodeKeys.map((k) => keyLine("node", k)), ...linkKeys.map((k) => keyLine("edge", k))];
    const nodes = topology.nodes.map((n) => `    <node id="${escapeXml(n.id)}">${data("node", nodeKeys, n)}</node>`);
    const edges = topology.links.map(
      (l) =>
        `    <edge source="${escapeXml(l.source)}" target="${escapeXml(l.target)}">${data("edge", linkKeys, l)}</edge>`,
    );
    return `${[
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
      ...keys,
      '  <graph id="firebreak" edgedefault="directed">',
      ...nodes,
      ...edges,
      "  </graph>",
      "</graphml>",
    ].join("\n")}\n`;
  },
};

function keyLine<T>(of: "node" | "edge", { name, type }: Key<T>): string {
  return `  <key id="${of}-${name}" for="${of}" attr.name="${name}" attr.type="${type}"/>`;
}

function data<T>(of: "node" | "edge", keys: readonly Key<T>[], item: T): string {
  return keys
    .flatMap(({ name, value }) => {
      const found = value(item);
      return found === undefined ? [] : [`<data key="${of}-${name}">${escapeXml(String(found))}</data>`];
    })
    .join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

const escapeXml = (text: string) => text.replace(/[&<>"\t\n\r]/g, (c) => entities[c] ?? c);
