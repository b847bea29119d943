/** How a decision names a resource of a stack. */
export interface TargetName {
  readonly type: string;
  readonly name: string;
  readonly urn?: string;
}

/**
 * Whether a decision's target is the resource of this type and name in this stack. The parents in the URN are not
 * compared: a resource that was moved under a component keeps its change.
 */
export function isTarget(
  target: TargetName,
  resource: { readonly type: string; readonly name: string; readonly project: string; readonly stack: string },
): boolean {
  if (target.type !== resource.type || target.name !== resource.name) return false;
  if (target.urn === undefined) return true;
  const [stack, project, types] = target.urn.replace(/^urn:pulumi:/, "").split("::");
  return stack === resource.stack && project === resource.project && types?.split("$").at(-1) === resource.type;
}
