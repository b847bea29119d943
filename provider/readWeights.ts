import { plainAddress } from "../graph/address.js";
import { compareText, sortBy } from "../graph/order.js";
import type { Inventory, InventoryInstance } from "../graph/types.js";
import type { Hold, WeightedTarget } from "../planner/types.js";
import { type AppliedChange, readApplied } from "./applied.js";
import { readDeployment, readPreview, type StackResource } from "./deployment.js";
import { optionHold, placesOf } from "./holds.js";
import { numberAt } from "./placeValue.js";
import { type Backend, type WeightTarget, weightTargets } from "./targets/index.js";
import { nameOfUrn } from "./urnPattern.js";
import { writtenIn } from "./written.js";

/** A weight, and what the live cluster knows its object by. */
export interface FoundWeight extends WeightedTarget {
  readonly namespace?: string;
  readonly objectName?: string;
}

/**
 * Finds the weights by which the records and routes of a stack's exported state share traffic out, as the program writes
 * them, and the instances that each backend leads to: those that the inventory says are behind a Service or identifier of
 * its name, and those that have one of its addresses. A backend that leads to instances of several services, or to
 * none that is known, is held: what its weight does to whom cannot be told.
 *
 * @param now unix seconds, for opt-outs that end
 * @returns sorted by service, type, name and backend
 * @throws InputError where the state is not the output of `pulumi stack export`.
 */
export function readWeightedTargets(
  exportedState: unknown,
  inventory: Inventory,
  now = Date.now() / 1000,
): FoundWeight[] {
  return findWeights(readDeployment(exportedState), inventory, readApplied(exportedState)?.changes ?? [], now);
}

/** Like `readWeightedTargets`, for a stack that was never deployed: reads the output of `pulumi preview --json`. */
export function readWeightedTargetsFromPreview(
  preview: unknown,
  inventory: Inventory,
  now = Date.now() / 1000,
): FoundWeight[] {
  return findWeights(readPreview(preview), inventory, [], now);
}

function findWeights(
  resources: readonly StackResource[],
  inventory: Inventory,
  applied: readonly AppliedChange[],
  now: number,
): FoundWeight[] {
  const found = resources.flatMap((resource) => {
    const kind = weightTargets.find(({ types }) => types.test(resource.type));
    if (kind === undefined) return [];
    return kind
      .backendsIn(resource)
      .map((backend) => weightOf(kind, resource, backend, instancesBehind(backend, inventory), applied, now));
  });
  return sortBy(found, (w) => [w.service, w.type, w.name, w.backend].join("\n"));
}

function weightOf(
  kind: WeightTarget,
  resource: StackResource,
  backend: Backend,
  instances: readonly InventoryInstance[],
  applied: readonly AppliedChange[],
  now: number,
): FoundWeight {
  const services = [...new Set(instances.map((i) => i.service))].sort(compareText);
  const places = placesOf(kind, resource.inputs, resource, backend.name);
  const weights = new Set(places.map((place) => numberAt(resource.inputs, place)));
  return {
    service: services[0] ?? backend.name,
    type: resource.type,
    name: nameOfUrn(resource.urn),
    urn: resource.urn,
    ...kind.objectOf(resource),
    backend: backend.name,
    weight: weights.size === 1 ? writtenIn(kind, resource, applied, backend.name) : null,
    most: kind.most,
    instances: instances.map((i) => i.id).sort(compareText),
    hold: optionHold(kind, resource.inputs, resource, places, now) ?? weightHold(backend.name, weights, services),
  };
}

function weightHold(backend: string, weights: ReadonlySet<number | null>, services: readonly string[]): Hold | null {
  if (weights.has(null)) {
    return { reason: "unknownValue", detail: `the weight of ${backend} is a secret, or not known before the update` };
  }
  if (weights.size > 1) {
    const all = [...weights].sort((a, b) => Number(a) - Number(b)).join(" and ");
    return { reason: "unknownValue", detail: `${backend} has the weights ${all}: give it one` };
  }
  if (services.length === 0) {
    return {
      reason: "noTarget",
      detail: `which instances ${backend} leads to is not known; name it in \`backends\` of theirs in the inventory`,
    };
  }
  if (services.length === 1) return null;
  return {
    reason: "notSupported",
    detail: `${backend} leads to instances of several services: ${services.join(", ")}`,
  };
}

/** A name of Kubernetes holds in its namespace only; an instance whose namespace is not known is taken to be there. */
function instancesBehind(backend: Backend, inventory: Inventory): InventoryInstance[] {
  const addresses = new Set(backend.addresses.map(plainAddress));
  const name = backend.namespace === undefined ? backend.name : backend.name.replace(`${backend.namespace}/`, "");
  return inventory.instances.filter((instance) => {
    const isThere =
      backend.namespace === undefined || instance.namespace === undefined || instance.namespace === backend.namespace;
    const names = instance.backends ?? [];
    return (isThere && names.includes(name)) || addressesNow(instance).some((a) => addresses.has(plainAddress(a)));
  });
}

/** Its addresses, and those that it was given at some time and holds still. */
function addressesNow({ addresses, held = [] }: InventoryInstance): readonly string[] {
  return [...addresses, ...held.filter((h) => h.to === undefined).map((h) => h.address)];
}
