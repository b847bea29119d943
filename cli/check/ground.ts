import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hashTopology } from "../../graph/hash.js";
import { readTopology } from "../../graph/topology.js";
import type { Topology } from "../../graph/types.js";
import { parseJson } from "../../input/json.js";
import type { Decision } from "../../planner/types.js";
import type { RuleGround } from "../../policies/ground.js";
import { readDecisionFile } from "../../policies/read/decisionFile.js";
import type { Call } from "../command.js";
import type { Config } from "../config.js";
import { decisionPath } from "../decisionFile.js";
import { graphFromHistory, topologyFrom } from "../graphSource.js";
import { apiOf, inventoryOf } from "../inventorySource.js";
import { nearPath } from "../output.js";

const ofHistory = ["history", "at", "window", "halfLife"] as const;

/** All that rules judge by, as flags and configuration name it, with what is to be said of it. */
export async function groundOf(
  call: Call,
  config: Config,
): Promise<{ readonly ground: Omit<RuleGround, "numbers">; readonly warnings: readonly string[] }> {
  const { terminal } = call;
  const file = decisionPath(call, config);
  const { decision } = readDecisionFile(file, terminal.cwd);
  const warnings: string[] = [];
  const topology = await topologyOf(call, decision, file, warnings);
  const inventory = isAtHand(call, config) ? await inventoryOf(call, config) : undefined;
  const ground = {
    decision,
    decisionFile: nearPath(terminal, file),
    now: terminal.now(),
    ...(topology && { topology }),
    ...(inventory && { inventory }),
  };
  return { ground, warnings };
}

/** A check asks no cluster and no account, unless a flag says so. */
function isAtHand({ flags }: Call, { inventory }: Config): boolean {
  return flags.inventory !== undefined || (inventory !== undefined && apiOf(inventory) === undefined);
}

/** The topology: of a file, of a history where one is asked for, else the one that the decision was made from. */
async function topologyOf(
  call: Call,
  decision: Decision | null,
  decisionFile: string,
  warnings: string[],
): Promise<Topology | undefined> {
  const { flags, terminal } = call;
  if (flags.topology !== undefined) return topologyFrom(String(flags.topology), terminal);
  if (ofHistory.some((flag) => flags[flag] !== undefined)) {
    const { graph } = await graphFromHistory(call);
    warnings.push(...graph.warnings);
    return graph.topology;
  }
  const file = join(dirname(decisionFile), "graph.json");
  if (decision === null || !existsSync(file)) return undefined;
  const name = nearPath(terminal, file);
  const topology = readTopology(parseJson(readFileSync(file, "utf8"), name), name);
  if (hashTopology(topology) === decision.data.graphHash) return topology;
  warnings.push(
    `${name} is not the graph that the decision was made from and was not used; run \`firebreak plan\` again`,
  );
  return undefined;
}
