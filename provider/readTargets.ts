import type { Inventory } from "../graph/types.js";
import type { Hold, Target } from "../planner/types.js";
import { type AppliedChange, readApplied } from "./applied.js";
import { isHidden, propertyAt, readDeployment, readPreview, type StackResource } from "./deployment.js";
import { matchServices } from "./matchServices.js";
import { coversPath } from "./propertyPath.js";
import { nameOfUrn } from "./urnPattern.js";

export interface FoundTargets {
  /** Sorted by service; a service without a resource of its own in the stack is left out. */
  readonly targets: readonly Target[];
  readonly warnings: readonly string[];
}

/**
 * Finds the resource that runs each service in a stack's exported state, with the replicas that the program writes: where
 * a decision is applied, the state holds the decided number, and the risk assessment in the same state the written one.
 * Only what the state itself tells is held; `withOwners` adds what the live cluster tells.
 *
 * @throws InputError where the state is not the output of `pulumi stack export`.
 */
export function readTargets(exportedState: unknown, inventory: Inventory): FoundTargets {
  return findTargets(readDeployment(exportedState), inventory, readApplied(exportedState)?.changes ?? []);
}

/**
 * Like `readTargets`, for a stack that was never deployed: reads the output of `pulumi preview --json`, run with
 * `FIREBREAK_DECISION=none` so that it holds what the program writes.
 */
export function readTargetsFromPreview(preview: unknown, inventory: Inventory): FoundTargets {
  return findTargets(readPreview(preview), inventory, []);
}

const workload = /^kubernetes:(?:apps|extensions)\/v1[a-z0-9]*:(Deployment|StatefulSet)$/;
const autoscaler = /^kubernetes:autoscaling\/v[a-z0-9]+:HorizontalPodAutoscaler$/;

function findTargets(
  resources: readonly StackResource[],
  inventory: Inventory,
  applied: readonly AppliedChange[],
): FoundTargets {
  const workloads = resources.filter((r) => workload.test(r.type));
  const autoscalers = resources.filter((r) => autoscaler.test(r.type));
  const { matches, warnings } = matchServices(workloads, inventory);
  const targets = [...matches].map(([service, resource]): Target => {
    const stated = propertyAt(resource.inputs, "spec", "replicas");
    return {
      service,
      type: resource.type,
      name: nameOfUrn(resource.urn),
      urn: resource.urn,
      namespace: textAt(resource, "metadata", "namespace") ?? "default",
      objectName: textAt(resource, "metadata", "name"),
      replicas: asWritten(stated, resource, applied),
      hold: holdOf(resource, stated, autoscalers),
    };
  });
  return { targets, warnings };
}

function asWritten(stated: unknown, resource: StackResource, applied: readonly AppliedChange[]): number | null {
  if (typeof stated !== "number") return null;
  const change = applied.find(
    ({ kind, target: { type, name, urn } }) =>
      kind === "replicas" &&
      (urn === undefined ? type === resource.type && name === nameOfUrn(resource.urn) : urn === resource.urn),
  );
  // A state that no longer holds the decided number holds one that the program wrote since.
  return change !== undefined && change.to === stated && typeof change.from === "number" ? change.from : stated;
}

function holdOf(resource: StackResource, stated: unknown, autoscalers: readonly StackResource[]): Hold | null {
  const kind = workload.exec(resource.type)?.[1];
  if (kind === "StatefulSet") {
    return { reason: "identityBound", detail: "is a StatefulSet, whose members have identities (quorum, primary)" };
  }
  if (resource.protect) return { reason: "protected", detail: "is protected in the program (protect: true)" };
  const ignored = resource.ignoreChanges.find((path) => coversPath(path, ["spec", "replicas"]));
  if (ignored !== undefined) {
    return { reason: "ignoreChanges", detail: `the program ignores changes of ${ignored}` };
  }
  const scaler = autoscalers.find((hpa) => scales(hpa, resource));
  if (scaler !== undefined) {
    return {
      reason: "ownedByOther",
      detail: `spec.replicas is set by HorizontalPodAutoscaler ${nameOfUrn(scaler.urn)} of this stack`,
    };
  }
  if (isHidden(stated)) {
    return { reason: "unknownValue", detail: "spec.replicas is a secret, or not known before the update" };
  }
  return null;
}

function scales(hpa: StackResource, resource: StackResource): boolean {
  const kind = propertyAt(hpa.inputs, "spec", "scaleTargetRef", "kind");
  const name = propertyAt(hpa.inputs, "spec", "scaleTargetRef", "name");
  return (
    kind === resource.type.split(":")[2] &&
    name !== undefined &&
    name === textAt(resource, "metadata", "name") &&
    (textAt(hpa, "metadata", "namespace") ?? "default") === (textAt(resource, "metadata", "namespace") ?? "default")
  );
}

/** The program's own value, else the one that Pulumi or the cluster gave. */
function textAt(resource: StackResource, ...path: readonly string[]): string | undefined {
  for (const side of [resource.inputs, resource.outputs]) {
    const value = propertyAt(side, ...path);
    if (typeof value === "string" && !isHidden(value)) return value;
  }
  return undefined;
}
