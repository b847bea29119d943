import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import type { Clients } from "../clients.js";
import type { AwsResource, Props } from "../resource.js";

interface Inputs {
  readonly name?: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredCapacity?: number;
  readonly availabilityZones?: string[];
  readonly vpcZoneIdentifiers?: string[];
  readonly launchTemplate?: { readonly id?: string; readonly name?: string; readonly version?: string };
  readonly suspendedProcesses?: string[];
  readonly tags?: { readonly key: string; readonly value: string; readonly propagateAtLaunch: boolean }[];
}

/** An Auto Scaling group; like the AWS plugin it waits until as many instances are in service as it asks for. */
export const group: AwsResource = {
  type: "aws:autoscaling/group:Group",
  properties: {
    name: { kind: "string", replaces: true, chosenByAws: true },
    minSize: { kind: "number", required: true },
    maxSize: { kind: "number", required: true },
    desiredCapacity: { kind: "number", chosenByAws: true },
    availabilityZones: { kind: { list: "string" }, chosenByAws: true },
    vpcZoneIdentifiers: { kind: { list: "string" }, chosenByAws: true },
    launchTemplate: {
      kind: { object: { id: { kind: "string" }, name: { kind: "string" }, version: { kind: "string" } } },
    },
    suspendedProcesses: { kind: { list: "string" } },
    tags: {
      kind: {
        list: {
          object: {
            key: { kind: "string", required: true },
            value: { kind: "string", required: true },
            propagateAtLaunch: { kind: "boolean", required: true },
          },
        },
      },
    },
  },
  outputs: ["arn"],
  async create(props, clients, resourceName) {
    const inputs = props as unknown as Inputs;
    const name = inputs.name ?? `${resourceName}-${randomBytes(4).toString("hex").slice(0, 7)}`;
    await clients.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: inputs.minSize,
        MaxSize: inputs.maxSize,
        DesiredCapacity: inputs.desiredCapacity,
        AvailabilityZones: inputs.availabilityZones,
        VPCZoneIdentifier: inputs.vpcZoneIdentifiers?.join(","),
        LaunchTemplate: templateOf(inputs),
        Tags: tagsOf(name, inputs.tags),
      }),
    );
    await suspend(clients, name, [], inputs.suspendedProcesses ?? []);
    return { id: name, outs: shown(await inService(clients, name)) };
  },
  async read(id, _props, clients) {
    const found = await describe(clients, id);
    return found === undefined ? null : shown(found);
  },
  async update(id, props, changed, before, clients) {
    const inputs = props as unknown as Inputs;
    const olds = before as unknown as Inputs;
    const ifChanged = <T>(name: string, value: T) => (changed.includes(name) ? value : undefined);
    await clients.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: id,
        MinSize: ifChanged("minSize", inputs.minSize),
        MaxSize: ifChanged("maxSize", inputs.maxSize),
        DesiredCapacity: ifChanged("desiredCapacity", inputs.desiredCapacity),
        AvailabilityZones: ifChanged("availabilityZones", inputs.availabilityZones),
        VPCZoneIdentifier: ifChanged("vpcZoneIdentifiers", inputs.vpcZoneIdentifiers?.join(",")),
        LaunchTemplate: ifChanged("launchTemplate", templateOf(inputs)),
      }),
    );
    if (changed.includes("tags")) {
      const keep = new Set(inputs.tags?.map((t) => t.key));
      const gone = tagsOf(
        id,
        olds.tags?.filter((t) => !keep.has(t.key)),
      );
      if (gone.length > 0) await clients.autoScaling.send(new DeleteTagsCommand({ Tags: gone }));
      const wanted = tagsOf(id, inputs.tags);
      if (wanted.length > 0) await clients.autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: wanted }));
    }
    await suspend(clients, id, olds.suspendedProcesses ?? [], inputs.suspendedProcesses ?? []);
    return shown(await inService(clients, id));
  },
  async delete(id, _props, clients) {
    await clients.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete: true }));
  },
};

function templateOf({ launchTemplate: template }: Inputs) {
  if (template === undefined) return undefined;
  return { LaunchTemplateId: template.id, LaunchTemplateName: template.name, Version: template.version };
}

function tagsOf(group: string, tags: Inputs["tags"]) {
  return (tags ?? []).map((t) => ({
    ResourceId: group,
    ResourceType: "auto-scaling-group",
    Key: t.key,
    Value: t.value,
    PropagateAtLaunch: t.propagateAtLaunch,
  }));
}

async function suspend(clients: Clients, name: string, olds: readonly string[], news: readonly string[]) {
  const [added, gone] = [news.filter((p) => !olds.includes(p)), olds.filter((p) => !news.includes(p))];
  const query = (processes: string[]) => ({ AutoScalingGroupName: name, ScalingProcesses: processes });
  if (added.length > 0) await clients.autoScaling.send(new SuspendProcessesCommand(query(added)));
  if (gone.length > 0) await clients.autoScaling.send(new ResumeProcessesCommand(query(gone)));
}

async function describe(clients: Clients, name: string): Promise<AutoScalingGroup | undefined> {
  const { AutoScalingGroups: found } = await clients.autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  return found?.[0];
}

async function inService(clients: Clients, name: string): Promise<AutoScalingGroup> {
  for (let waited = 0; ; waited++) {
    const found = await describe(clients, name);
    const up = found?.Instances?.filter((i) => i.LifecycleState === "InService").length ?? 0;
    if (found !== undefined && up >= (found.DesiredCapacity ?? 0)) return found;
    if (waited === 60)
      throw new Error(`${name}: ${up} of ${found?.DesiredCapacity} instances are in service after 60 s`);
    await sleep(1000);
  }
}

function shown(found: AutoScalingGroup): Props {
  return {
    name: found.AutoScalingGroupName,
    arn: found.AutoScalingGroupARN,
    minSize: found.MinSize,
    maxSize: found.MaxSize,
    desiredCapacity: found.DesiredCapacity,
    availabilityZones: found.AvailabilityZones,
    ...(found.VPCZoneIdentifier ? { vpcZoneIdentifiers: found.VPCZoneIdentifier.split(",") } : {}),
  };
}
