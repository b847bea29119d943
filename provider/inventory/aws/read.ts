import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { EC2Client, Instance, InstanceTypeInfo } from "@aws-sdk/client-ec2";
import type { Cluster, ECSClient } from "@aws-sdk/client-ecs";
import type { AwsObjects, EcsCluster } from "./objects.js";
import { explainRefusal, isDenied } from "./refusal.js";

export interface AwsScope {
  /** The one of the environment or profile where absent. */
  readonly region?: string;
  /** Another server that speaks AWS's APIs. */
  readonly endpointUrl?: string;
}

/**
 * Reads everything that an inventory is made of, with the credentials of the SDK's default chain (environment, profile,
 * SSO, container, instance). Throttled requests are repeated by the SDK, at its adaptive pace.
 * @throws UnreadableError where AWS does not let the EC2 instances be read, with the remedy
 */
export async function readAws(
  scope: AwsScope,
): Promise<{ readonly objects: AwsObjects; readonly warnings: readonly string[] }> {
  const [ec2, autoScaling, ecs] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-auto-scaling"),
    import("@aws-sdk/client-ecs"),
  ]);
  const settings = { region: scope.region, endpoint: scope.endpointUrl, retryMode: "adaptive", maxAttempts: 8 };
  const clients = {
    ec2: new ec2.EC2Client(settings),
    autoScaling: new autoScaling.AutoScalingClient(settings),
    ecs: new ecs.ECSClient(settings),
  };
  const warnings: string[] = [];
  try {
    const instances = await explained("ec2:DescribeInstances", () => readInstances(clients.ec2));
    const optional = async <T>(action: string, without: string, read: () => Promise<T[]>): Promise<T[]> => {
      try {
        return await explained(action, read, isDenied);
      } catch (error) {
        if (!isDenied(error)) throw error;
        warnings.push(`AWS does not allow ${action}: ${without}; grant it (docs/inventory.md)`);
        return [];
      }
    };
    const types = await optional("ec2:DescribeInstanceTypes", "the size of EC2 instances is not known", () =>
      readTypes(clients.ec2, [...new Set(instances.flatMap((i) => i.InstanceType ?? []))].sort()),
    );
    const groups = await optional(
      "autoscaling:DescribeAutoScalingGroups",
      "groups are known by the tags of their instances only, without bounds",
      async () => {
        const found: AutoScalingGroup[] = [];
        const pages = autoScaling.paginateDescribeAutoScalingGroups({ client: clients.autoScaling }, {});
        for await (const page of pages) found.push(...(page.AutoScalingGroups ?? []));
        return found;
      },
    );
    const clusters = await optional("ecs:List* and ecs:Describe*", "tasks of ECS are left out", () =>
      readClusters(clients.ecs),
    );
    return { objects: { instances, types, groups, clusters }, warnings };
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

/** Runs `read`; a refusal comes back as what it means, except where `as` takes it as it is. */
async function explained<T>(
  action: string,
  read: () => Promise<T>,
  as: (error: unknown) => boolean = () => false,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw as(error) ? error : explainRefusal(error, action);
  }
}

async function readInstances(client: EC2Client): Promise<Instance[]> {
  const { paginateDescribeInstances } = await import("@aws-sdk/client-ec2");
  const found: Instance[] = [];
  const filters = [{ Name: "instance-state-name", Values: ["running"] }];
  for await (const page of paginateDescribeInstances({ client, pageSize: 1000 }, { Filters: filters })) {
    for (const reservation of page.Reservations ?? []) found.push(...(reservation.Instances ?? []));
  }
  return found;
}

async function readTypes(client: EC2Client, names: readonly string[]): Promise<InstanceTypeInfo[]> {
  const { paginateDescribeInstanceTypes } = await import("@aws-sdk/client-ec2");
  const found: InstanceTypeInfo[] = [];
  for (const some of chunks(names, 100)) {
    const filters = [{ Name: "instance-type", Values: [...some] }];
    for await (const page of paginateDescribeInstanceTypes({ client, pageSize: 100 }, { Filters: filters })) {
      found.push(...(page.InstanceTypes ?? []));
    }
  }
  return found;
}

async function readClusters(client: ECSClient): Promise<EcsCluster[]> {
  const { DescribeClustersCommand, paginateListClusters } = await import("@aws-sdk/client-ecs");
  const arns: string[] = [];
  for await (const page of paginateListClusters({ client }, {})) arns.push(...(page.clusterArns ?? []));
  const clusters: Cluster[] = [];
  for (const some of chunks(arns, 100)) {
    const { clusters: described = [] } = await client.send(new DescribeClustersCommand({ clusters: [...some] }));
    clusters.push(...described.filter((c) => c.status === undefined || c.status === "ACTIVE"));
  }
  const found: EcsCluster[] = [];
  for (const cluster of clusters) found.push(await readCluster(client, cluster));
  return found;
}

/** The most that one call describes: 10 services, 100 tasks, 100 container instances (Amazon ECS API Reference). */
async function readCluster(client: ECSClient, described: Cluster): Promise<EcsCluster> {
  const ecs = await import("@aws-sdk/client-ecs");
  const cluster = described.clusterArn ?? "";
  const arns = { services: [] as string[], tasks: [] as string[], hosts: [] as string[] };
  for await (const page of ecs.paginateListServices({ client, pageSize: 100 }, { cluster })) {
    arns.services.push(...(page.serviceArns ?? []));
  }
  for await (const page of ecs.paginateListTasks({ client }, { cluster })) arns.tasks.push(...(page.taskArns ?? []));
  for await (const page of ecs.paginateListContainerInstances({ client }, { cluster })) {
    arns.hosts.push(...(page.containerInstanceArns ?? []));
  }
  const found = { cluster: described, services: [], tasks: [], hosts: [] } as {
    -readonly [K in keyof EcsCluster]: EcsCluster[K] extends readonly (infer T)[] ? T[] : EcsCluster[K];
  };
  for (const services of chunks(arns.services, 10)) {
    const page = await client.send(new ecs.DescribeServicesCommand({ cluster, services, include: ["TAGS"] }));
    found.services.push(...(page.services ?? []).filter((s) => s.status !== "INACTIVE"));
  }
  for (const tasks of chunks(arns.tasks, 100)) {
    const page = await client.send(new ecs.DescribeTasksCommand({ cluster, tasks, include: ["TAGS"] }));
    found.tasks.push(...(page.tasks ?? []));
  }
  for (const containerInstances of chunks(arns.hosts, 100)) {
    const page = await client.send(new ecs.DescribeContainerInstancesCommand({ cluster, containerInstances }));
    found.hosts.push(...(page.containerInstances ?? []));
  }
  return found;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
