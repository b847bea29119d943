import type { Change } from "../planner/types.js";
import { readDeployment } from "./deployment.js";
import type { Owned } from "./owners.js";
import { targetKinds } from "./targets/index.js";
import { nameOfUrn } from "./urnPattern.js";

/**
 * The live objects of the resources that changes are about, as a stack's exported state knows them. A resource that is
 * not there yet has none.
 * @throws InputError where the state is not the output of `pulumi stack export`.
 */
export function readChangedObjects(exportedState: unknown, changes: readonly Change[]): Owned[] {
  const concerned = new Set(changes.map(({ target }) => `${target.type}::${target.name}`));
  return readDeployment(exportedState).flatMap((resource) => {
    const { type, urn } = resource;
    const name = nameOfUrn(urn);
    const kind = targetKinds.find(({ types }) => types.test(type));
    if (kind === undefined || !concerned.has(`${type}::${name}`)) return [];
    return [{ type, name, urn, ...kind.objectOf(resource) }];
  });
}
