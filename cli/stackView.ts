import { resolve } from "node:path";
import type { Inventory, Topology } from "../graph/types.js";
import { InputError } from "../input/problems.js";
import type { Target, WeightedTarget } from "../planner/types.js";
import { type Applied, readApplied } from "../provider/applied.js";
import { readAwsBinding } from "../provider/awsBinding.js";
import type { AwsBinding } from "../provider/awsPlace.js";
import { type Cluster, openCluster, readClusterUid, type Unreachable } from "../provider/cluster.js";
import { readOwners, withOwners } from "../provider/owners.js";
import { readProject } from "../provider/project.js";
import { findPulumi } from "../provider/pulumiCli.js";
import { readTargets, readTargetsFromPreview } from "../provider/readTargets.js";
import { type FoundWeight, readWeightedTargets, readWeightedTargetsFromPreview } from "../provider/readWeights.js";
import { renderProgram } from "../provider/renderProgram.js";
import { exportState, openStack } from "../provider/stack.js";
import { StackError } from "../provider/stackFailure.js";
import type { Call } from "./command.js";
import type { Config } from "./config.js";

/** Which stack a command is about. */
export interface StackPlace {
  readonly stack: string;
  /** Folder of the Pulumi project. */
  readonly cwd: string;
}

/** What a plan has to know of a stack. */
export interface StackView extends StackPlace {
  readonly project: string;
  readonly targets: readonly Target[];
  /** By which records and routes of the stack share traffic out. */
  readonly weights: readonly WeightedTarget[];
  /** What was last applied, by the stack's own state. */
  readonly applied: Applied | null;
  readonly clusterUid: string | undefined;
  /** AWS account and region of what the stack has deployed, as far as its state tells. */
  readonly aws: AwsBinding;
  readonly warnings: readonly string[];
}

/** The stack that flags name, else the one of the configuration. @throws InputError where that is not one */
export function placeOf({ flags, terminal }: Call, config: Config): StackPlace {
  const known = config.stacks;
  const named = flags.stack as string | undefined;
  const entry = named === undefined ? (known.length === 1 ? known[0] : undefined) : known.find((s) => s.name === named);
  const stack = named ?? entry?.name;
  if (stack === undefined) {
    const message =
      known.length === 0
        ? "is not set; name it with --stack, or under `stacks` in firebreak.yaml"
        : `is one of ${known.map((s) => s.name).join(", ")}; choose with --stack`;
    throw new InputError("stack", [{ place: "stack", message }]);
  }
  const given = flags.cwd as string | undefined;
  return { stack, cwd: given === undefined ? resolve(config.root, entry?.dir ?? ".") : resolve(terminal.cwd, given) };
}

/**
 * Finds the resource of each service of the graph in the stack's state, the weights by which traffic is shared out, and
 * who owns these values in the live cluster. Offline, without Pulumi, or before the first deploy, the program itself is
 * read instead, without an engine.
 */
export async function viewStack(
  call: Call,
  config: Config,
  inventory: Inventory,
  topology: Topology,
): Promise<StackView> {
  const place = placeOf(call, config);
  const { name: project } = readProject(place.cwd, place.stack);
  const known = withServicesOf(topology, inventory);
  const deployed = call.flags.offline === true ? null : await readState(place);
  const warnings: string[] = [];
  if (deployed === null || "unread" in deployed) {
    if (deployed !== null) warnings.push(deployed.unread);
    const resources = await renderProgram(place);
    const steps = resources.map((r) => ({
      op: "create",
      urn: r.urn,
      newState: {
        urn: r.urn,
        type: r.type,
        inputs: r.inputs,
        protect: r.options.protect,
        ignoreChanges: r.options.ignoreChanges,
      },
    }));
    const now = call.terminal.now();
    const found = readTargetsFromPreview({ steps }, known, now);
    return {
      ...place,
      project,
      targets: found.targets,
      weights: readWeightedTargetsFromPreview({ steps }, known, now),
      applied: null,
      clusterUid: undefined,
      aws: {},
      warnings: [...warnings, ...found.warnings],
    };
  }
  const now = call.terminal.now();
  const found = readTargets(deployed.state, known, now);
  const weights = readWeightedTargets(deployed.state, known, now);
  const cluster = openCluster();
  const uid = await readClusterUid(cluster);
  const owned = await asOwned(cluster, uid, found.targets, weights, now);
  return {
    ...place,
    project,
    targets: owned.targets,
    weights: owned.weights,
    applied: readApplied(deployed.state),
    clusterUid: "uid" in uid ? uid.uid : undefined,
    aws: readAwsBinding(deployed.state),
    warnings: [...found.warnings, ...owned.warnings],
  };
}

/** What the state tells, with what the live cluster adds: who owns each value, opt-outs and kill switches. */
async function asOwned(
  cluster: Cluster | Unreachable,
  uid: { readonly uid: string } | Unreachable,
  targets: readonly Target[],
  weights: readonly FoundWeight[],
  now: number,
): Promise<Pick<StackView, "targets" | "weights" | "warnings">> {
  if ("unreachable" in cluster || "unreachable" in uid) {
    const why = "unreachable" in uid ? uid.unreachable : "no cluster";
    return { targets, weights, warnings: [`owners of fields are not known: ${why}; preview and up look again`] };
  }
  const owners = await readOwners(cluster, [...targets, ...weights], now);
  return { targets: withOwners(targets, owners), weights: withOwners(weights, owners), warnings: [] };
}

async function readState(place: StackPlace): Promise<{ readonly state: unknown } | { readonly unread: string } | null> {
  const found = await findPulumi();
  if ("missing" in found) {
    return {
      unread: `${found.missing}; what this stack applied before is not known, so the program is read as written`,
    };
  }
  try {
    const state = await exportState(await openStack(place));
    const { resources } = (state as { deployment?: { resources?: unknown[] } }).deployment ?? {};
    return resources === undefined || resources === null || resources.length === 0 ? null : { state };
  } catch (error) {
    if (error instanceof StackError && error.failure === "noStack") return null;
    throw error;
  }
}

/** The inventory with a line for each service that only the traffic knows, so that its resource is looked for too. */
function withServicesOf(topology: Topology, inventory: Inventory): Inventory {
  const known = new Set([...inventory.services.map((s) => s.id), ...inventory.instances.map((i) => i.service)]);
  const more = topology.services.filter((s) => !known.has(s.id)).map((s) => ({ id: s.id, addresses: [] }));
  return { ...inventory, services: [...inventory.services, ...more] };
}
