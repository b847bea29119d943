import type { TargetName } from "../planner/targetOf.js";
import type { PlannedResource, PlannedStack } from "./types.js";
import { valueIn } from "./values.js";

/**
 * Whether a decision's target is this resource of a planned stack. Pulumi's resources go by type and name, within the
 * project and stack of the target's URN; its parents are not compared, so that a resource keeps its change when it is
 * moved under a component. Those of other tools go by the name that the source gives, or that of the Kubernetes object.
 */
export function targets(
  target: TargetName,
  { type, name, after, before }: Pick<PlannedResource, "type" | "name" | "after" | "before">,
  { source, project, stack }: Pick<PlannedStack, "source" | "project" | "stack">,
): boolean {
  if (target.type !== type) return false;
  if (target.name !== name) {
    if (source === "pulumi" || valueIn(after ?? before, ["metadata", "name"]) !== target.name) return false;
  }
  if (target.urn === undefined) return true;
  const [urnStack, urnProject, types] = target.urn.replace(/^urn:pulumi:/, "").split("::");
  if (types?.split("$").at(-1) !== type) return false;
  return (stack === null || stack === urnStack) && (project === null || project === urnProject);
}
