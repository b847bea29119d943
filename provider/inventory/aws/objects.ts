import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { Instance, InstanceTypeInfo } from "@aws-sdk/client-ec2";
import type { Cluster, ContainerInstance, Service, Task } from "@aws-sdk/client-ecs";

/** What an inventory of an account's region is made of, as the SDK gives it. */
export interface AwsObjects {
  readonly instances: readonly Instance[];
  readonly types: readonly InstanceTypeInfo[];
  readonly groups: readonly AutoScalingGroup[];
  readonly clusters: readonly EcsCluster[];
}

export interface EcsCluster {
  readonly cluster: Cluster;
  readonly services: readonly Service[];
  readonly tasks: readonly Task[];
  readonly hosts: readonly ContainerInstance[];
}

/** Tags as EC2 and Auto Scaling write them, or as ECS does. */
export type Tags = readonly { Key?: string; Value?: string; key?: string; value?: string }[] | undefined;

export function tagOf(tags: Tags, name: string): string | undefined {
  const tag = tags?.find((t) => (t.Key ?? t.key) === name);
  return tag?.Value ?? tag?.value;
}
