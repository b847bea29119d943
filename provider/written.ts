import type { AppliedChange } from "./applied.js";
import type { StackResource } from "./deployment.js";
import { numberAt, numberIn } from "./placeValue.js";
import type { Place, TargetKind } from "./targets/index.js";
import { nameOfUrn } from "./urnPattern.js";

/**
 * The number that the program writes into a resource: what the state holds, or where that is what a decision in force
 * asks for, the number that it was changed from. Null where it is not known.
 * @param part the backend of a weight
 */
export function writtenIn(
  kind: TargetKind,
  resource: StackResource,
  applied: readonly AppliedChange[],
  part?: string,
): number | null {
  const stated = numberIn(kind, resource.inputs, part, resource) ?? null;
  const change = applied.find((c) => c.kind === kind.change && c.backend === part && isOf(c.target, resource));
  // A state that no longer holds the decided number holds one that the program wrote since.
  return change !== undefined && change.to === stated && typeof change.from === "number" ? change.from : stated;
}

/** Whether all the places of a number are known. */
export function isKnown(places: readonly Place[], { inputs }: StackResource): boolean {
  return places.every((place) => numberAt(inputs, place) !== null);
}

function isOf({ type, name, urn }: AppliedChange["target"], resource: StackResource): boolean {
  return urn === undefined ? type === resource.type && name === nameOfUrn(resource.urn) : urn === resource.urn;
}
