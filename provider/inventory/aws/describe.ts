import { sortBy } from "../../../graph/order.js";
import type { InventoryDomain, InventoryInstance, InventoryService } from "../../../graph/types.js";
import type { FoundInventory } from "../found.js";
import { describeMachine, isUp, machineServices, sizeOfType } from "./machines.js";
import type { AwsObjects } from "./objects.js";
import { describeTask, ecsServiceId, type NamedTask, nameTasks, taskAddresses } from "./tasks.js";

/**
 * The inventory of a region of an account (`docs/inventory.md`): EC2 instances by their Auto Scaling groups, ECS tasks by
 * their services. An EC2 instance that only carries tasks is their host and no instance of its own.
 */
export function describeAws({ instances, types, groups, clusters }: AwsObjects): FoundInventory {
  const warnings = new Set<string>();
  const warn = (warning: string) => void warnings.add(warning);
  const sizes = new Map(types.map((t) => [t.InstanceType, sizeOfType(t)]));
  const up = instances.filter(isUp);
  const machines = new Map(up.map((m) => [m.InstanceId ?? "", m]));
  const serviceOf = machineServices(up, groups);

  const hostOf = new Map(
    clusters.flatMap((c) => c.hosts.map((h) => [h.containerInstanceArn, h.ec2InstanceId ?? ""] as const)),
  );
  const tasks = clusters.flatMap(nameTasks);
  const taken = new Set(tasks.flatMap(({ task }) => taskAddresses(task)));
  const onHostsNetwork = tasks.filter(({ task }) => taskAddresses(task).length === 0);
  warnOfSharedNetworks(onHostsNetwork, warn);
  const sharing = new Set(onHostsNetwork.map(({ task }) => hostOf.get(task.containerInstanceArn)));
  const hosts = new Set(hostOf.values());

  const zoneOf = (id: string) => machines.get(id)?.Placement?.AvailabilityZone;
  const sizeOf = (id: string) => sizes.get(machines.get(id)?.InstanceType) ?? {};
  const described = [
    ...[...machines].flatMap(([id, machine]): InventoryInstance[] => {
      if (!hosts.has(id)) return [describeMachine(machine, serviceOf.get(id) ?? id, sizeOf(id), taken, warn)];
      if (!sharing.has(id)) return [];
      return [{ ...describeMachine(machine, serviceOf.get(id) ?? id, {}, taken, warn), host: id }];
    }),
    ...tasks.map((named) => {
      const host = hostOf.get(named.task.containerInstanceArn);
      return describeTask(named, host === undefined ? {} : { host, zone: zoneOf(host) }, warn);
    }),
  ];
  const zones = [...described.map((i) => i.zone), ...groups.flatMap((g) => g.AvailabilityZones ?? [])];
  const services = [
    ...groups.map((g): InventoryService => {
      const min = g.MinSize ?? 0;
      return {
        id: g.AutoScalingGroupName ?? "",
        addresses: [],
        autoscaler: { min, max: Math.max(min, g.MaxSize ?? 0) },
        maxSurge: Math.max(0, (g.MaxSize ?? 0) - (g.DesiredCapacity ?? 0)),
      };
    }),
    ...clusters.flatMap((c) => c.services.map((s): InventoryService => ({ id: ecsServiceId(c, s), addresses: [] }))),
  ];
  return {
    inventory: {
      instances: sortBy(described, (i) => i.id),
      services: sortBy(withNamed(services, described), (s) => s.id),
      domains: [
        ...sortBy(hosts, (id) => id).flatMap((id): InventoryDomain[] =>
          machines.has(id) ? [{ kind: "host", id, zone: zoneOf(id), ...sizeOf(id) }] : [],
        ),
        ...sortBy(new Set(zones.filter((z) => z !== undefined)), (z) => z).map((id) => ({ kind: "zone" as const, id })),
      ],
    },
    warnings: [...warnings],
  };
}

/** The services that AWS lists, scaled to none included, and those that only instances name. */
function withNamed(services: readonly InventoryService[], instances: readonly InventoryInstance[]) {
  const known = new Map(services.map((s) => [s.id, s]));
  for (const { service } of instances) if (!known.has(service)) known.set(service, { id: service, addresses: [] });
  return known.values();
}

function warnOfSharedNetworks(tasks: readonly NamedTask[], warn: (warning: string) => void): void {
  if (tasks.length === 0) return;
  const services = [...new Set(tasks.map((t) => t.service))].sort().join(", ");
  warn(
    `${tasks.length === 1 ? "1 task is" : `${tasks.length} tasks are`} on the network of a host (${services}); traffic cannot tell them apart, so the host holds its address`,
  );
}
