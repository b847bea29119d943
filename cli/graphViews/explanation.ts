import type { Graph } from "../../graph/build.js";
import type { DependencyOrigin } from "../../graph/origins.js";
import type { Prior } from "../../graph/prior.js";
import { InputError, show } from "../../input/problems.js";
import { percent, table } from "../output.js";
import { formatAmount, formatTime, formatVolume } from "./numbers.js";

/** What is known of one dependency, and of the replicas that it goes to. */
export interface Explanation {
  readonly dependencies: readonly DependencyOrigin[];
  readonly priors: readonly Prior[];
}

/**
 * The dependencies that an edge names: `CLIENT->SERVER`, each an instance or a service.
 * @throws InputError where the graph has none of the name
 */
export function findEdge({ topology, dependencies, priors }: Graph, edge: string): Explanation {
  const [client, server, ...more] = edge.split(/\s*(?:->|→)\s*/);
  if (!client || !server || more.length > 0) {
    throw new InputError("graph", [
      { place: "--explain", message: `${show(edge)}: expected CLIENT->SERVER, such as api->db` },
    ]);
  }
  const services = new Map(topology.nodes.map((n) => [n.id, n.service]));
  const found = dependencies.filter(
    (d) =>
      (d.client === client || services.get(d.client) === client) &&
      (d.service === server || d.shares.some((s) => s.server === server)),
  );
  if (found.length === 0) {
    const known = [
      ...new Set(
        dependencies.filter((d) => services.get(d.client) === client || d.client === client).map((d) => d.service),
      ),
    ];
    const hint =
      known.length > 0 ? `${client} depends on ${known.join(", ")}` : `${client} depends on nothing in the window`;
    throw new InputError("graph", [{ place: "--explain", message: `no dependency ${client} → ${server}; ${hint}` }]);
  }
  const replicas = new Set(found.flatMap((d) => d.shares.map((s) => s.server)));
  return { dependencies: found, priors: priors.filter((p) => replicas.has(p.instance)) };
}

/** Says of each number of the dependencies where it comes from. */
export function writeExplanation({ dependencies, priors }: Explanation): string {
  const failing = priors.map((p) => `  ${p.instance} fails by itself with ${percent(p.value)}: ${reasonOfPrior(p)}`);
  return `${[...dependencies.map(writeDependency), ["replicas:", ...failing].join("\n")].join("\n\n")}\n`;
}

function writeDependency(d: DependencyOrigin): string {
  const sources = d.sources.map((s) => [
    s.source,
    formatVolume(s.volume),
    `${Number((100 * s.sampling).toPrecision(3))} %`,
    formatTime(s.firstSeen),
    formatTime(s.lastSeen),
    s.steady ? "comes back day by day" : "",
  ]);
  return [
    `${d.client} → ${d.service}`,
    `volume    ${formatVolume(d.volume)}, decayed${d.sources.length > 1 ? "; what several sources saw counts once" : ""}`,
    `coupling  ${d.coupling.value.toFixed(3)}: ${reasonOfCoupling(d)}`,
    `failover  ${d.failover.value.toFixed(3)}: ${reasonOfFailover(d)}`,
    `shares    by ${d.shareUnit}: ${d.shares.map((s) => `${s.server} ${percent(s.share)}`).join(", ")}`,
    table(["source", "volume (90 % interval)", "looked at", "first seen", "last seen", ""], sources).trimEnd(),
  ].join("\n");
}

function reasonOfCoupling({ coupling: c }: DependencyOrigin): string {
  if (c.from === "override") return "written in the configuration (dependencies)";
  const impact = c.impact === 1 ? "" : `, times ${c.impact}, the impact of the tier`;
  if (c.from === "default" || c.requests === null) {
    const why =
      c.requests === null ? "its traffic is not counted in requests" : "no requests into the client were seen";
    return `the default ${c.default}, for ${why}${impact}`;
  }
  const { inbound, outbound } = c.requests;
  return (
    `of ${formatAmount(inbound)} requests into the client ${formatAmount(Math.min(inbound, outbound))} went on` +
    `; with ${c.pseudoCount} at the default of ${c.default}${impact}`
  );
}

function reasonOfFailover({ failover: f }: DependencyOrigin): string {
  if (f.from === "override") return "written in the configuration (dependencies)";
  if (f.from !== "outcomes")
    return `the default${f.from === "tier" ? " of its tier" : ""}; no replica was seen failing`;
  return `a replica failed it ${f.trials} times, and another answered ${f.survived} times; with ${f.failoverTrials} at the default of ${f.default}`;
}

function reasonOfPrior(p: Prior): string {
  if (p.from === "inventory") return "written in the inventory";
  if (p.from !== "outcomes") return `the default${p.from === "tier" ? " of its tier" : ""}`;
  const days = Number((p.watched / 86_400).toPrecision(3));
  return `it failed ${p.failures} times in ${days} days, drawn to its service and tier`;
}
