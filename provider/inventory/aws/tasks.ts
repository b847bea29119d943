import type { Service, Task } from "@aws-sdk/client-ecs";
import type { InventoryInstance } from "../../../graph/types.js";
import { machineFacts } from "./machines.js";
import { type EcsCluster, type Tags, tagOf } from "./objects.js";

/** A task with the service it is a replica of. */
export interface NamedTask {
  readonly task: Task;
  readonly id: string;
  readonly service: string;
  /** Tags of the task, then of its ECS service. */
  readonly tags: Tags;
}

/** `CLUSTER/SERVICE`, as ECS itself tells services apart. */
export function ecsServiceId({ cluster }: EcsCluster, { serviceName }: Pick<Service, "serviceName">): string {
  return `${cluster.clusterName}/${serviceName}`;
}

/** The running tasks of a cluster. A task of no service is a replica of its family: `CLUSTER/family/FAMILY`. */
export function nameTasks(found: EcsCluster): NamedTask[] {
  const services = new Map(found.services.map((s) => [s.serviceName ?? "", s]));
  return found.tasks
    .filter((t) => t.lastStatus === "RUNNING")
    .map((task) => {
      const [kind, name = ""] = /^(service|family):(.+)$/.exec(task.group ?? "")?.slice(1) ?? [];
      const family = lastPart(task.taskDefinitionArn).replace(/:\d+$/, "");
      const tags = [...(task.tags ?? []), ...(services.get(name)?.tags ?? [])];
      const service =
        kind === "service"
          ? ecsServiceId(found, { serviceName: name })
          : `${found.cluster.clusterName}/family/${family}`;
      return { task, id: lastPart(task.taskArn), service: tagOf(tags, "firebreak:service") ?? service, tags };
    });
}

/**
 * A task as an instance.
 * @param place where it runs; a Fargate task has a zone and no host
 */
export function describeTask(
  { task, id, service, tags }: NamedTask,
  place: { readonly host?: string; readonly zone?: string },
  warn: (warning: string) => void,
): InventoryInstance {
  const from = (task.connectivityAt ?? task.startedAt ?? task.createdAt)?.getTime();
  const addresses = taskAddresses(task);
  return {
    id,
    service,
    addresses: from === undefined ? addresses : [],
    held: from === undefined ? undefined : addresses.map((address) => ({ address, from: from / 1000 })),
    ...machineFacts(tags, id, warn),
    host: place.host,
    zone: place.zone ?? task.availabilityZone,
    ...taskSize(task),
  };
}

/** Addresses of its own network interface; a task on its host's network has none. */
export function taskAddresses(task: Task): string[] {
  const details = (task.attachments ?? [])
    .filter((a) => a.type === "ElasticNetworkInterface" || a.type === "eni")
    .flatMap((a) => a.details ?? [])
    .flatMap((d) => (d.name === "privateIPv4Address" && d.value ? [d.value] : []));
  const cards = (task.containers ?? []).flatMap((c) => c.networkInterfaces ?? []);
  const listed = cards.flatMap((c) => [c.privateIpv4Address ?? "", c.ipv6Address ?? ""]);
  return [...new Set([...details, ...listed])].filter((address) => address !== "");
}

/** Of the task as a whole, else its containers together: 1024 units are a core; MiB, the reserved before the limit. */
function taskSize({ cpu, memory, containers = [] }: Task): { readonly cpu?: number; readonly memory?: number } {
  const sum = (amounts: readonly (string | undefined)[]) =>
    amounts.reduce((total, amount) => total + (Number(amount ?? 0) || 0), 0);
  const units = cpu === undefined ? sum(containers.map((c) => c.cpu)) : Number(cpu);
  const mebibytes = memory === undefined ? sum(containers.map((c) => c.memoryReservation ?? c.memory)) : Number(memory);
  return { cpu: units > 0 ? units / 1024 : undefined, memory: mebibytes > 0 ? mebibytes * 2 ** 20 : undefined };
}

/** Of an ARN, what follows the last slash. */
export function lastPart(arn: string | undefined): string {
  return arn?.slice(arn.lastIndexOf("/") + 1) ?? "";
}
