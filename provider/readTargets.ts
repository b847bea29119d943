import type { Inventory } from "../graph/types.js";
import { strongerHold } from "../planner/optOut.js";
import type { Hold, Target } from "../planner/types.js";
import { type AppliedChange, readApplied } from "./applied.js";
import { readDeployment, readPreview, type StackResource } from "./deployment.js";
import { optionHold, placesOf } from "./holds.js";
import { matchServices } from "./matchServices.js";
import { valueAt } from "./propertyValue.js";
import { type ReplicaTarget, replicaTargets } from "./targets/index.js";
import { nameOfUrn } from "./urnPattern.js";
import { isKnown, writtenIn } from "./written.js";

export interface FoundTargets {
  /** Sorted by service; a service without a resource of its own in the stack is left out. */
  readonly targets: readonly Target[];
  readonly warnings: readonly string[];
}

/**
 * Finds the resource that says how many replicas each service has in a stack's exported state, with the number that the
 * program writes: where a decision is applied, the state holds the decided number, and the risk assessment in the same
 * state the written one. Where an autoscaler of the stack sets the number, its minimum is the target.
 * Only what the state itself tells is held; `withOwners` adds what the live cluster tells.
 *
 * @param now unix seconds, for opt-outs that end
 * @throws InputError where the state is not the output of `pulumi stack export`.
 */
export function readTargets(exportedState: unknown, inventory: Inventory, now = Date.now() / 1000): FoundTargets {
  return findTargets(readDeployment(exportedState), inventory, readApplied(exportedState)?.changes ?? [], now);
}

/**
 * Like `readTargets`, for a stack that was never deployed: reads the output of `pulumi preview --json`, run with
 * `FIREBREAK_DECISION=none` so that it holds what the program writes.
 */
export function readTargetsFromPreview(preview: unknown, inventory: Inventory, now = Date.now() / 1000): FoundTargets {
  return findTargets(readPreview(preview), inventory, [], now);
}

interface Scaler {
  readonly kind: ReplicaTarget;
  readonly resource: StackResource;
}

function findTargets(
  resources: readonly StackResource[],
  inventory: Inventory,
  applied: readonly AppliedChange[],
  now: number,
): FoundTargets {
  const known = resources.flatMap((resource): Scaler[] => {
    const kind = replicaTargets.find(({ types }) => types.test(resource.type));
    return kind === undefined ? [] : [{ kind, resource }];
  });
  const workloads = known.filter(({ kind }) => kind.identityOf !== undefined);
  const { matches, warnings } = matchServices(
    workloads.map(({ resource }) => resource),
    inventory,
  );
  const targets = [...matches].flatMap(([service, resource]): Target[] => {
    const workload = workloads.find((w) => w.resource === resource);
    if (workload === undefined) return [];
    const scalers = known.filter(({ kind, resource: r }) => kind.scales?.(r, resource) === true);
    const machine = workload.kind.machineOf?.(resource, service, resources, inventory);
    return [{ ...targetOf(service, workload, scalers, applied, now), ...(machine && { machine }) }];
  });
  return { targets, warnings };
}

function targetOf(
  service: string,
  workload: Scaler,
  scalers: readonly Scaler[],
  applied: readonly AppliedChange[],
  now: number,
): Target {
  const [scaler, ...others] = scalers;
  const own = holdOf(workload, now, scaler !== undefined);
  if (scaler === undefined) return { ...described(service, workload, applied), hold: own };
  const most = scaler.kind.mostIn?.(scaler.resource.inputs);
  if (others.length > 0 || typeof most !== "number") {
    const names = scalers.map((s) => `${s.resource.type.split(":").at(-1)} ${nameOfUrn(s.resource.urn)}`).join(" and ");
    const why = others.length > 0 ? "" : ", whose maximum is not known";
    const hold: Hold = {
      reason: "ownedByOther",
      detail: `its replicas are set by ${names} of this stack${why}`,
    };
    return { ...described(service, workload, applied), hold: strongerHold(own, hold) };
  }
  return {
    ...described(service, scaler, applied),
    workload: nameOf(workload.resource),
    hold: strongerHold(holdOf(scaler, now), own),
  };
}

function described(service: string, { kind, resource }: Scaler, applied: readonly AppliedChange[]) {
  const most = kind.mostIn?.(resource.inputs);
  return {
    service,
    ...nameOf(resource),
    ...kind.objectOf(resource),
    replicas: isLeftOut(kind, resource) ? null : writtenIn(kind, resource, applied),
    ...(typeof most === "number" && { most }),
  };
}

/** What the program leaves out is the live system's to say, unless it is then none at all. */
function isLeftOut(kind: ReplicaTarget, { inputs }: StackResource): boolean {
  return kind
    .placesIn(inputs)
    .every(({ path, byDefault }) => byDefault > 0 && (valueAt(inputs, path) ?? null) === null);
}

function nameOf({ type, urn }: StackResource): { type: string; name: string; urn: string } {
  return { type, name: nameOfUrn(urn), urn };
}

/** @param scaled whether an autoscaler sets the number, so that what the resource itself says of it does not matter */
function holdOf({ kind, resource }: Scaler, now: number, scaled = false): Hold | null {
  const places = placesOf(kind, resource.inputs, resource);
  const hold = optionHold(kind, resource.inputs, resource, scaled ? [] : places, now);
  if (hold !== null || scaled || isKnown(places, resource)) return hold;
  return { reason: "unknownValue", detail: `${kind.field()} is a secret, or not known before the update` };
}
