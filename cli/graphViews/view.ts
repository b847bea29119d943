import type { Graph } from "../../graph/build.js";
import type { Terminal } from "../output.js";

/** What a view shows: the graph of a window. */
export interface Shown {
  readonly graph: Graph;
  /** Unix seconds. */
  readonly window: { readonly from: number; readonly to: number };
  /** Rows of the history in the window. */
  readonly rows: number;
}

/** One way to write a graph. To add one, write a file beside the others and a line in `index.ts`. */
export interface GraphView {
  readonly name: string;
  /** The whole output, ending with a line end. */
  readonly write: (shown: Shown, terminal: Terminal) => string;
}
