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

/** Finds, of many items with targets, those whose target a resource is, in no time that grows with their number. */
export function targetFinder<T extends { readonly target: TargetName | null }>(
  items: readonly T[],
  stack: Pick<PlannedStack, "source" | "project" | "stack">,
): (resource: Pick<PlannedResource, "type" | "name" | "after" | "before">) => T[] {
  const key = (type: string, name: unknown) => JSON.stringify([type, name]);
  const byName = new Map<string, T[]>();
  for (const item of items) {
    if (item.target === null) continue;
    const known = key(item.target.type, item.target.name);
    const same = byName.get(known);
    if (same) same.push(item);
    else byName.set(known, [item]);
  }
  return (resource) => {
    const { name, after, before } = resource;
    const names = new Set(stack.source === "pulumi" ? [name] : [name, valueIn(after ?? before, ["metadata", "name"])]);
    return [...names]
      .flatMap((known) => byName.get(key(resource.type, known)) ?? [])
      .filter(({ target }) => target !== null && targets(target, resource, stack));
  };
}
