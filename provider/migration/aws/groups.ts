import type { AutoScalingClient, AutoScalingGroup, Instance as GroupInstance } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { readOptOut } from "../../../planner/optOut.js";
import type { AwsPlace } from "../../awsPlace.js";
import { explainRefusal } from "../../inventory/aws/refusal.js";
import { type Mark, markTag, readMark, stateTag, writeMark } from "./mark.js";
import type { GroupView } from "./view.js";

/** What a migration asks of Auto Scaling. Every write names absolute values, so that sending it twice is sending it once. */
export interface Groups {
  /** The group that an instance is in, or that carries its mark; null where there is neither. */
  readonly groupOf: (instance: string) => Promise<string | null>;
  readonly look: (group: string) => Promise<GroupView | null>;
  readonly mark: (group: string, mark: Mark) => Promise<void>;
  readonly unmark: (group: string) => Promise<void>;
  readonly setDesired: (group: string, to: number) => Promise<void>;
  /** Terminates an instance and asks for one fewer. */
  readonly terminate: (instance: string) => Promise<void>;
  readonly close: () => void;
}

/** Opens the APIs of a region; credentials are those of the SDK's default chain, or of a profile. */
export async function openGroups({ region, profile }: AwsPlace): Promise<Groups> {
  const [autoScaling, ec2] = await Promise.all([import("@aws-sdk/client-auto-scaling"), import("@aws-sdk/client-ec2")]);
  const settings = { region, profile, retryMode: "adaptive", maxAttempts: 8 };
  const groups = new autoScaling.AutoScalingClient(settings);
  const machines = new ec2.EC2Client(settings);
  const send = async <T>(action: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw explainRefusal(error, `autoscaling:${action}`);
    }
  };
  const tagged = (group: string, Key: string) => ({
    ResourceId: group,
    ResourceType: "auto-scaling-group",
    Key,
    PropagateAtLaunch: false,
  });
  return {
    groupOf: async (instance) => {
      const { AutoScalingInstances: found } = await send("DescribeAutoScalingInstances", () =>
        groups.send(new autoScaling.DescribeAutoScalingInstancesCommand({ InstanceIds: [instance] })),
      );
      const member = found?.[0]?.AutoScalingGroupName;
      return member ?? (await send("DescribeTags", () => markedGroup(groups, instance)));
    },
    look: async (name) => {
      const { AutoScalingGroups: found } = await send("DescribeAutoScalingGroups", () =>
        groups.send(new autoScaling.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })),
      );
      const group = found?.[0];
      if (group === undefined) return null;
      return viewOf(group, await launchTimes(machines, group.Instances ?? []), Date.now() / 1000);
    },
    mark: async (name, mark) => {
      const tags = Object.entries(writeMark(mark)).map(([key, Value]) => ({ ...tagged(name, key), Value }));
      await send("CreateOrUpdateTags", () => groups.send(new autoScaling.CreateOrUpdateTagsCommand({ Tags: tags })));
    },
    unmark: async (name) => {
      const tags = [tagged(name, stateTag), tagged(name, markTag)];
      await send("DeleteTags", () => groups.send(new autoScaling.DeleteTagsCommand({ Tags: tags })));
    },
    setDesired: async (AutoScalingGroupName, DesiredCapacity) => {
      const request = { AutoScalingGroupName, DesiredCapacity, HonorCooldown: false };
      await send("SetDesiredCapacity", () => groups.send(new autoScaling.SetDesiredCapacityCommand(request)));
    },
    terminate: async (InstanceId) => {
      const request = { InstanceId, ShouldDecrementDesiredCapacity: true };
      await send("TerminateInstanceInAutoScalingGroup", () =>
        groups.send(new autoScaling.TerminateInstanceInAutoScalingGroupCommand(request)),
      );
    },
    close: () => {
      groups.destroy();
      machines.destroy();
    },
  };
}

/** An instance that is gone is in no group; its mark may be left on one. */
async function markedGroup(client: AutoScalingClient, instance: string): Promise<string | null> {
  const { paginateDescribeTags } = await import("@aws-sdk/client-auto-scaling");
  const filters = [
    { Name: "key", Values: [markTag] },
    { Name: "value", Values: [instance] },
  ];
  for await (const page of paginateDescribeTags({ client }, { Filters: filters })) {
    const found = page.Tags?.find((t) => t.Key === markTag && t.Value === instance);
    if (found?.ResourceId !== undefined) return found.ResourceId;
  }
  return null;
}

/** When EC2 launched each instance, in unix seconds; one that EC2 knows no more, or not yet, is left out. */
async function launchTimes(client: EC2Client, members: readonly GroupInstance[]): Promise<ReadonlyMap<string, number>> {
  const { paginateDescribeInstances } = await import("@aws-sdk/client-ec2");
  const ids = members.flatMap((m) => m.InstanceId ?? []);
  const found = new Map<string, number>();
  if (ids.length === 0) return found;
  // By filter: an id that EC2 does not know is then no error.
  const filters = [{ Name: "instance-id", Values: ids }];
  for await (const page of paginateDescribeInstances({ client }, { Filters: filters })) {
    for (const { InstanceId: id, LaunchTime: at } of page.Reservations?.flatMap((r) => r.Instances ?? []) ?? []) {
      if (id !== undefined && at !== undefined) found.set(id, at.getTime() / 1000);
    }
  }
  return found;
}

/** A group as a migration sees it at `now`, in unix seconds. */
export function viewOf(group: AutoScalingGroup, launchedAt: ReadonlyMap<string, number>, now: number): GroupView {
  const tags = Object.fromEntries((group.Tags ?? []).map((t) => [t.Key ?? "", t.Value ?? ""]));
  const ofBalancer = (group.HealthCheckType ?? "").split(",").includes("ELB");
  return {
    name: group.AutoScalingGroupName ?? "",
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    zones: [...(group.AvailabilityZones ?? [])].sort(),
    suspended: (group.SuspendedProcesses ?? []).flatMap((p) => p.ProcessName ?? []),
    members: (group.Instances ?? []).map((i) => ({
      id: i.InstanceId ?? "",
      zone: i.AvailabilityZone ?? "",
      lifecycle: i.LifecycleState ?? "",
      healthy: /^healthy$/i.test(i.HealthStatus ?? ""),
      kept: i.ProtectedFromScaleIn ?? false,
      weighted: ![undefined, "", "1"].includes(i.WeightedCapacity),
      launchedAt: launchedAt.get(i.InstanceId ?? "") ?? 0,
    })),
    optOut: readOptOut(tags, now),
    mark: readMark(tags),
    warmUp: Math.max(group.DefaultInstanceWarmup ?? 0, ofBalancer ? (group.HealthCheckGracePeriod ?? 0) : 0),
  };
}
