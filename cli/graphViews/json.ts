import type { GraphView } from "./view.js";

/** Everything that is known of the graph: the topology, and each dependency with where its numbers come from. */
export const json: GraphView = {
  name: "json",
  write: ({ graph, window, rows }) => `${JSON.stringify({ window, rows, ...graph }, null, 2)}\n`,
};
