import type { GraphDiff } from "../../graph/diff.js";
import type { Terminal } from "../output.js";
import { paint, percent, table } from "../output.js";
import { formatAmount } from "./numbers.js";

/** What appeared, vanished and moved between two graphs, for people. */
export function writeChanges({ appeared, vanished, moved }: GraphDiff, terminal: Terminal): string {
  const names = (list: GraphDiff["appeared"]) => [
    ...list.dependencies.map((d) => `${d.client} → ${d.service}`),
    ...list.instances.map((i) => `instance ${i}`),
  ];
  const lines = [
    ...names(appeared).map((name) => paint(terminal, "green", `+ ${name}`)),
    ...names(vanished).map((name) => paint(terminal, "red", `- ${name}`)),
  ];
  if (moved.length > 0) {
    const rows = moved.map((m) => {
      const shown = m.what === "volume" ? formatAmount : percent;
      const what = m.server === undefined ? m.what : `share of ${m.server}`;
      return [m.client, m.service, what, shown(m.from), shown(m.to)];
    });
    lines.push(table(["client", "depends on", "moved", "from", "to"], rows).trimEnd());
  }
  return lines.length === 0 ? "nothing appeared, vanished or moved\n" : `${lines.join("\n")}\n`;
}
