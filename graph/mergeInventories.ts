import { groupBy } from "./groups.js";
import { byHolder, mergeHoldings } from "./mergeHoldings.js";
import { sortBy } from "./order.js";
import type { Inventory, InventoryDomain, InventoryInstance, InventoryService } from "./types.js";

/**
 * Brings an inventory that was read before into one that is read now, so that traffic of the time between them still
 * finds its place (`docs/topology.md`, "Inventory"):
 *
 * - An address that a replica no longer has, or whose replica is gone, stays as `held` up to `time`, or up to when
 *   another was given it: with the instance where that is still there, else with its service. Of a service that is
 *   itself gone nothing stays. What ended longer than `remember` ago is forgotten.
 * - At any time an address is held by at most one: who holds it now holds it from its start on.
 * - Failures and watched seconds of a replica that is gone (or was made anew under its name) go to its service.
 * - Values that people add and no API tells (`tier`, `criticality`, `capacity`, `prior`; `load`, `reserved`, `collapse`,
 *   `urn`) stay where `now` has none; a new replica gets those that all earlier replicas of its service agree on.
 *
 * @param earlier as `readInventory` gave it
 * @param now what is there at `time`
 * @param time unix seconds
 * @param remember seconds
 */
export function mergeInventories(earlier: Inventory, now: Inventory, time: number, remember: number): Inventory {
  const held = byHolder(mergeHoldings(earlier, now, time, remember));
  const instances = new Map(now.instances.map((i) => [i.id, i]));
  const instancesBefore = new Map(earlier.instances.map((i) => [i.id, i]));
  const servicesBefore = new Map(earlier.services.map((s) => [s.id, s]));
  const priors = new Map(earlier.domains.map((d) => [`${d.kind}/${d.id}`, d.prior]));
  const agreed = agreedFacts(earlier.instances);
  const gone = groupBy(
    earlier.instances.filter((was) => !livesOn(was, instances.get(was.id))),
    (was) => was.service,
  );
  const listed = new Map(now.services.map((s) => [s.id, s]));
  const ids = new Set([...listed.keys(), ...now.instances.map((i) => i.service)]);

  return {
    instances: sortBy(now.instances, (i) => i.id).map((is) => {
      const was = instancesBefore.get(is.id);
      const facts = was?.service === is.service ? factsOf(was) : agreed.get(is.service);
      return defined({ ...facts, ...defined(is), ...counted(is, was), held: held("instance", is.id) });
    }),
    services: sortBy(ids, (id) => id).flatMap((id) => {
      const is = listed.get(id) ?? { id, addresses: [] };
      const was = servicesBefore.get(id);
      const counts = gathered([is, ...(was === undefined ? [] : [was]), ...(gone.get(id) ?? [])]);
      const merged = defined({ ...serviceFacts(was), ...defined(is), ...counts, held: held("service", id) });
      return listed.has(id) || Object.keys(merged).length > 2 ? [merged] : [];
    }),
    domains: sortBy(
      now.domains.map((d): InventoryDomain => defined({ ...d, prior: d.prior ?? priors.get(`${d.kind}/${d.id}`) })),
      (d) => d.kind,
      (d) => d.id,
    ),
    ...(now.quotas && { quotas: now.quotas }),
  };
}

/** Whether an instance is the same that was there before, and not another that was made under its name. */
function livesOn(was: InventoryInstance, is: InventoryInstance | undefined): boolean {
  return is !== undefined && is.service === was.service && bornAt(is) === bornAt(was);
}

/** Since when it has the first of the addresses that it has: with a pod or task, when it was started. */
function bornAt({ held = [] }: InventoryInstance): number | undefined {
  const starts = held.flatMap((h) => (h.to === undefined && h.from !== undefined ? [h.from] : []));
  return starts.length === 0 ? undefined : Math.min(...starts);
}

type Facts = Partial<Pick<InventoryInstance, "tier" | "criticality" | "capacity" | "prior">>;

function factsOf({ tier, criticality, capacity, prior }: InventoryInstance): Facts {
  return defined({ tier, criticality, capacity, prior });
}

function serviceFacts(service: InventoryService | undefined): Partial<InventoryService> {
  if (service === undefined) return {};
  const { load, reserved, collapse, urn } = service;
  return defined({ load, reserved, collapse, urn });
}

/** What all replicas of a service agree on, by service. */
function agreedFacts(instances: readonly InventoryInstance[]): Map<string, Facts> {
  return new Map(
    [...groupBy(instances, (i) => i.service)].map(([service, replicas]) => {
      const [first = {}, ...others] = replicas.map(factsOf);
      const same = Object.entries(first).filter(([key, value]) => others.every((o) => o[key as keyof Facts] === value));
      return [service, Object.fromEntries(same)];
    }),
  );
}

/** Of the same life the larger count: a count that fell was lost on the way. */
function counted(is: InventoryInstance, was: InventoryInstance | undefined): Partial<InventoryInstance> {
  if (was === undefined || !livesOn(was, is)) return {};
  return { failures: larger(is.failures, was.failures), watched: larger(is.watched, was.watched) };
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** The counts of several together; those that were not watched count for nothing. */
function gathered(all: readonly Pick<InventoryService, "failures" | "watched">[]): Partial<InventoryService> {
  const watched = all.filter((c) => c.watched !== undefined);
  if (watched.length === 0) return {};
  return {
    failures: watched.reduce((sum, c) => sum + (c.failures ?? 0), 0),
    watched: watched.reduce((sum, c) => sum + (c.watched ?? 0), 0),
  };
}

/** Without the fields that are undefined, which would otherwise hide those that are known. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
