import { type Problem, show } from "../input/problems.js";
import { plainAddress } from "./address.js";
import { findDuplicates } from "./duplicates.js";
import { findHeldProblems } from "./holders.js";
import { findSplitHosts } from "./topologyProblems.js";
import type { Inventory } from "./types.js";

/**
 * What is wrong with the meaning of an inventory whose structure is right. Places are indices into its arrays as they
 * were written.
 */
export function findInventoryProblems(inventory: Inventory): Problem[] {
  const { instances, services, domains, quotas = [] } = inventory;
  return [
    ...findDuplicates(instances, "instances", "id", (i) => i.id),
    ...findDuplicates(services, "services", "id", (s) => s.id),
    ...findDuplicates(domains, "domains", "id", (d) => `${d.kind}/${d.id}`),
    ...findDuplicates(quotas, "quotas", "namespace", (q) => q.namespace),
    ...findAddressProblems(inventory),
    ...findHeldProblems(inventory),
    ...findSplitHosts(instances, "instances"),
    ...findMisplacedHosts(inventory),
  ];
}

/** Four numbers with a port or a range behind them, or numbers and dots that make no IPv4 address. */
const brokenAddress = /^[\d.]+$|^\d+(\.\d+){3}[:/]\d+$/;
const ipv4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

function findAddressProblems({ instances, services }: Inventory): Problem[] {
  const problems: Problem[] = [];
  const held = new Map<string, string>();
  const instanceAt = new Map(instances.map((i, index) => [i.id, { service: i.service, place: `instances[${index}]` }]));
  const holders = [
    ...instances.map((i, index) => ({ ...i, instance: i.id, place: `instances[${index}]` })),
    ...services.map((s, index) => ({ ...s, service: s.id, instance: null, place: `services[${index}]` })),
  ];
  for (const { addresses, instance, service, place: holder } of holders) {
    addresses.forEach((address, index) => {
      const place = `${holder}.addresses[${index}]`;
      const key = plainAddress(address);
      const earlier = held.get(key);
      const namesake = instanceAt.get(address);
      if (brokenAddress.test(address) && !ipv4.test(address)) {
        problems.push({ place, message: `${show(address)}: expected one address, such as 10.0.1.7, or a name` });
      } else if (earlier !== undefined) {
        const message = `${show(address)} is already held at ${earlier}; an address has one holder, remove one of them`;
        problems.push({ place, message });
      } else if (namesake && address !== instance && namesake.service !== service) {
        const message = `${show(address)} is the id of ${namesake.place}, of another service; remove the address or rename the instance`;
        problems.push({ place, message });
      }
      if (earlier === undefined) held.set(key, place);
    });
  }
  return problems;
}

function findMisplacedHosts({ instances, domains }: Inventory): Problem[] {
  const hosts = new Map(domains.flatMap((d, index) => (d.kind === "host" ? [[d.id, { zone: d.zone, index }]] : [])));
  const zonesInZones = domains.flatMap((d, index): Problem[] => {
    if (d.kind === "host" || d.zone === undefined) return [];
    return [{ place: `domains[${index}].zone`, message: `${show(d.zone)}: only a host stands in a zone; remove it` }];
  });
  const misplaced = instances.flatMap(({ host, zone }, index): Problem[] => {
    const known = host === undefined ? undefined : hosts.get(host);
    if (zone === undefined || known?.zone === undefined || known.zone === zone) return [];
    const message = `${show(zone)}: host ${host} is in zone ${known.zone} at domains[${known.index}]; correct one of them`;
    return [{ place: `instances[${index}].zone`, message }];
  });
  return [...zonesInZones, ...misplaced];
}
