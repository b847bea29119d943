import { compareText } from "../graph/order.js";
import type { Inventory } from "../graph/types.js";
import type { StackResource } from "./deployment.js";
import { type Identity, replicaTargets } from "./targets/index.js";
import { matchesUrn, nameOfUrn } from "./urnPattern.js";

/**
 * Tells which resource runs which service: the one that the inventory's `urn` pattern names, else the only one whose
 * object name, with or without its namespace in front, else whose `app` label, is the service's id. Where several fit, none is taken and a warning says so: a
 * wrong guess would scale the wrong thing.
 */
export function matchServices(
  resources: readonly StackResource[],
  inventory: Inventory,
): { readonly matches: ReadonlyMap<string, StackResource>; readonly warnings: readonly string[] } {
  const patterns = new Map(inventory.services.flatMap((s) => (s.urn === undefined ? [] : [[s.id, s.urn] as const])));
  const ids = new Set([...inventory.services.map((s) => s.id), ...inventory.instances.map((i) => i.service)]);
  const warnings: string[] = [];
  const claims = new Map<StackResource, string[]>();

  for (const service of [...ids].sort(compareText)) {
    const pattern = patterns.get(service);
    const found =
      pattern === undefined
        ? byName(resources, service)
        : { how: `urn ${pattern}`, fits: resources.filter((r) => matchesUrn(pattern, r.urn)) };
    const [first, ...others] = found.fits;
    if (others.length > 0) {
      const names = found.fits.map((r) => nameOfUrn(r.urn)).sort(compareText);
      warnings.push(
        `service ${service}: ${found.how} fits ${names.length} resources (${names.join(", ")}), so none is changed; name one with \`urn\` in the inventory`,
      );
    } else if (first !== undefined) {
      claims.set(first, [...(claims.get(first) ?? []), service]);
    } else if (pattern !== undefined) {
      warnings.push(
        `service ${service}: no resource of the stack that runs a service fits urn ${pattern}; correct the pattern`,
      );
    }
  }

  const matches: [string, StackResource][] = [];
  for (const [resource, services] of claims) {
    const [service, ...others] = services;
    if (service !== undefined && others.length === 0) matches.push([service, resource]);
    else {
      warnings.push(
        `resource ${nameOfUrn(resource.urn)} fits ${services.length} services (${services.join(", ")}), so it is not changed; name one resource each with \`urn\` in the inventory`,
      );
    }
  }
  return { matches: new Map(matches.sort(([a], [b]) => compareText(a, b))), warnings };
}

function byName(resources: readonly StackResource[], service: string): { how: string; fits: StackResource[] } {
  const ways: [string, keyof Identity][] = [
    ["its object name", "names"],
    ["its namespace and object name", "scoped"],
    ["its app label", "labels"],
  ];
  for (const [how, key] of ways) {
    const found = resources.filter((r) => identityOf(r)?.[key].includes(service));
    if (found.length > 0) return { how, fits: found };
  }
  return { how: "its name", fits: [] };
}

function identityOf(resource: StackResource): Identity | undefined {
  return replicaTargets.find((kind) => kind.types.test(resource.type))?.identityOf?.(resource);
}
