import type { TargetName } from "../planner/targetOf.js";
import { readDeployment } from "./deployment.js";
import type { Owned } from "./owners.js";
import { targetKinds } from "./targets/index.js";
import { nameOfUrn } from "./urnPattern.js";

/**
 * The live objects of the resources that a decision names, as a stack's exported state knows them. A resource that is not
 * there yet has none.
 * @throws InputError where the state is not the output of `pulumi stack export`.
 */
export function readNamedObjects(exportedState: unknown, targets: readonly TargetName[]): Owned[] {
  const concerned = new Set(targets.map(({ type, name }) => `${type}::${name}`));
  return readDeployment(exportedState).flatMap((resource) => {
    const { type, urn } = resource;
    const name = nameOfUrn(urn);
    const kind = targetKinds.find(({ types }) => types.test(type));
    if (kind === undefined || !concerned.has(`${type}::${name}`)) return [];
    return [{ type, name, urn, ...kind.objectOf(resource) }];
  });
}

/** The object that a target names among those found. */
export function objectFor(target: TargetName, objects: readonly Owned[]): Owned | undefined {
  return objects.find(
    ({ type, name, urn }) =>
      target.type === type && target.name === name && (target.urn ?? urn) === (urn ?? target.urn),
  );
}
