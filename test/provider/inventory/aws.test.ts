import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  type Instance,
  ModifyVpcAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readInventory } from "../../../graph/inventory.js";
import { writeInventory } from "../../../graph/inventoryDocument.js";
import { machineOf, sizeOfType } from "../../../provider/inventory/aws/machines.js";
import { explainRefusal } from "../../../provider/inventory/aws/refusal.js";
import { describeTask } from "../../../provider/inventory/aws/tasks.js";
import { readAwsInventory } from "../../../provider/inventory/aws.js";
import { describeWithMoto } from "../../testbed/moto.js";

const region = "eu-west-1";

await describeWithMoto("an inventory of AWS", (moto) => {
  const environment = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const saved = { ...process.env };
  let ec2: EC2Client;
  let ecs: ECSClient;
  let autoScaling: AutoScalingClient;
  const image = "ami-12345678";

  beforeEach(async () => {
    Object.assign(process.env, environment);
    await moto().reset();
    const settings = { region, endpoint: moto().endpoint };
    ec2 = new EC2Client(settings);
    ecs = new ECSClient(settings);
    autoScaling = new AutoScalingClient(settings);
  });
  afterEach(() => {
    for (const client of [ec2, ecs, autoScaling]) client.destroy();
    for (const name of Object.keys(environment)) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
  });

  const look = () => readAwsInventory({ region, endpointUrl: moto().endpoint });
  const subnets = async (...zones: string[]) => {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }));
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: Vpc?.VpcId, EnableDnsHostnames: { Value: true } }));
    return Promise.all(
      zones.map(async (AvailabilityZone, i) => {
        const CidrBlock = `10.7.${i}.0/24`;
        const made = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone }));
        return made.Subnet?.SubnetId ?? "";
      }),
    );
  };
  const run = async (tags: Readonly<Record<string, string>>, subnet?: string) => {
    const made = await ec2.send(
      new RunInstancesCommand({
        ImageId: image,
        InstanceType: "m5.large",
        SubnetId: subnet,
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [
          { ResourceType: "instance", Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
        ],
      }),
    );
    return made.Instances?.[0];
  };

  it("holds EC2 instances by name and tags, with address, zone and size, and none that ended", async () => {
    const [subnet] = await subnets(`${region}a`);
    const tags = {
      Name: "db",
      "firebreak:tier": "data",
      "firebreak:criticality": "3",
      "firebreak:backends": "green blue",
    };
    const db = await run(tags, subnet);
    const gone = await run({ Name: "gone" }, subnet);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [gone?.InstanceId ?? ""] }));
    const { inventory, warnings } = await look();
    expect(inventory.instances).toMatchObject([
      {
        id: db?.InstanceId,
        service: "db",
        tier: "data",
        criticality: 3,
        backends: ["blue", "green"],
        zone: `${region}a`,
        cpu: 2,
        memory: 2 ** 33,
        machine: { instanceType: "m5.large", platform: "Linux/UNIX" },
      },
    ]);
    expect(inventory.instances[0]?.held).toMatchObject([{ address: db?.PrivateIpAddress }]);
    expect(inventory.domains).toEqual([{ kind: "zone", id: `${region}a` }]);
    expect(warnings).toEqual([]);
    expect(readInventory(writeInventory(inventory)).instances).toHaveLength(1);
  });

  it("holds Auto Scaling groups with their bounds and zones", async () => {
    const both = await subnets(`${region}a`, `${region}b`);
    const launch = { LaunchConfigurationName: "web", ImageId: image, InstanceType: "m5.large" };
    await autoScaling.send(new CreateLaunchConfigurationCommand(launch));
    await autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: "web",
        LaunchConfigurationName: "web",
        MinSize: 2,
        MaxSize: 6,
        DesiredCapacity: 3,
        VPCZoneIdentifier: both.join(","),
        Tags: [{ Key: "firebreak:tier", Value: "edge", PropagateAtLaunch: true }],
      }),
    );
    await run({ Name: "web" }, both[0]);
    const { inventory } = await look();
    const grouped = inventory.instances.filter((i) => i.service === "web");
    expect(grouped).toHaveLength(3);
    expect(grouped.every((i) => i.tier === "edge" && i.held?.length === 1)).toBe(true);
    expect(inventory.services.find((s) => s.id === "web")).toMatchObject({
      autoscaler: { min: 2, max: 6 },
      maxSurge: 3,
    });
    // The one outside the group that has its name is no replica of it.
    expect(inventory.instances.filter((i) => i.service === i.id)).toHaveLength(1);
    expect(inventory.domains.map((d) => d.id)).toEqual([`${region}a`, `${region}b`]);
  });

  it("reads every page", async () => {
    const [subnet] = await subnets(`${region}a`);
    const counts = { MinCount: 60, MaxCount: 60 };
    await ec2.send(new RunInstancesCommand({ ImageId: image, InstanceType: "t3.micro", SubnetId: subnet, ...counts }));
    const clusters = Array.from({ length: 120 }, (_, i) =>
      ecs.send(new CreateClusterCommand({ clusterName: `c${i}` })),
    );
    await Promise.all(clusters);
    expect((await look()).inventory.instances).toHaveLength(60);
  });

  it("holds tasks of ECS: on Fargate by their own address, on EC2 with their host", async () => {
    // Else a task comes one step nearer to its end each time that it is looked at.
    const transition = { model_name: "ecs::task", transition: { progression: "time", seconds: 3600 } };
    const body = JSON.stringify(transition);
    await fetch(`${moto().endpoint}/moto-api/state-manager/set-transition`, { method: "POST", body });
    const [subnet = ""] = await subnets(`${region}a`);
    const host = await run({ Name: "ecs-host" }, subnet);
    await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
    const instanceIdentityDocument = JSON.stringify({ instanceId: host?.InstanceId, region });
    await ecs.send(new RegisterContainerInstanceCommand({ cluster: "shop", instanceIdentityDocument }));
    const containerDefinitions = [{ name: "main", image: "main", cpu: 256, memory: 512 }];
    const define = (family: string, networkMode: "awsvpc" | "bridge", whole: object = {}) =>
      ecs.send(new RegisterTaskDefinitionCommand({ family, networkMode, containerDefinitions, ...whole }));
    await define("api", "awsvpc", { requiresCompatibilities: ["FARGATE"], cpu: "512", memory: "1024" });
    await define("batch", "bridge");
    const group = await ec2.send(new CreateSecurityGroupCommand({ GroupName: "tasks", Description: "tasks" }));
    const awsvpcConfiguration = { subnets: [subnet], securityGroups: [group.GroupId ?? ""] };
    const networkConfiguration = { awsvpcConfiguration };
    await ecs.send(
      new CreateServiceCommand({
        cluster: "shop",
        serviceName: "api",
        taskDefinition: "api",
        desiredCount: 2,
        launchType: "FARGATE",
        networkConfiguration,
      }),
    );
    const api = { cluster: "shop", taskDefinition: "api", launchType: "FARGATE", networkConfiguration } as const;
    await ecs.send(new RunTaskCommand({ ...api, group: "service:api", count: 2 }));
    await ecs.send(new RunTaskCommand({ cluster: "shop", taskDefinition: "batch", launchType: "EC2" }));
    const { inventory, warnings } = await look();
    const fargate = inventory.instances.filter((i) => i.service === "shop/api");
    expect(fargate.length).toBeGreaterThanOrEqual(2);
    for (const task of fargate) {
      expect(task).toMatchObject({ cpu: 0.25, memory: 2 ** 29 }); // moto tells only what the containers ask for
      expect(task.host).toBeUndefined();
      expect(task.addresses[0]).toMatch(/^10(\.\d+){3}$/);
    }
    expect(inventory.instances.find((i) => i.service === "shop/family/batch")).toMatchObject({
      addresses: [],
      host: host?.InstanceId,
      zone: `${region}a`,
    });
    // Its host holds the address that the task shares, and is a host as well.
    expect(inventory.instances.find((i) => i.id === host?.InstanceId)).toMatchObject({ host: host?.InstanceId });
    expect(inventory.domains).toContainEqual(
      expect.objectContaining({ kind: "host", id: host?.InstanceId, zone: `${region}a`, cpu: 2 }),
    );
    expect(warnings).toEqual([expect.stringContaining("1 task is on the network of a host (shop/family/batch)")]);
    readInventory(writeInventory(inventory));
  });

  it("says so where nothing runs", async () => {
    await expect(look()).rejects.toThrow(/no EC2 instance and no task of ECS runs in this region; check --region/);
  });
});

describe("a refusal of AWS", () => {
  const error = (name: string, message = "no", more = {}) => Object.assign(new Error(message), { name, ...more });
  it.each([
    [error("ExpiredTokenException"), /the credentials have expired; log in again/],
    [error("CredentialsProviderError"), /no credentials were found; set AWS_PROFILE/],
    [error("AuthFailure"), /not accepted; check AWS_PROFILE/],
    [error("UnauthorizedOperation"), /it is not allowed; grant ec2:DescribeInstances/],
    [error("Error", "Region is missing"), /no region is set; give --region/],
    [error("Error", "connect", { code: "ECONNREFUSED" }), /no answer; check the network/],
  ])("%s names its remedy", (refusal, expected) => {
    const explained = explainRefusal(refusal, "ec2:DescribeInstances");
    expect((explained as Error).message).toMatch(expected);
  });

  it("that is none is given back as it is", () => {
    const bug = new TypeError("undefined is not a function");
    expect(explainRefusal(bug, "ec2:DescribeInstances")).toBe(bug);
  });

  it("comes from a server that is not there", async () => {
    const saved = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_MAX_ATTEMPTS: "1" });
    try {
      await expect(readAwsInventory({ region, endpointUrl: "http://127.0.0.1:9" })).rejects.toThrow(
        /AWS: ec2:DescribeInstances: no answer; check the network, --region and --endpoint-url/,
      );
    } finally {
      process.env = saved;
    }
  });
});

it.each([
  ["asks for as a whole", { cpu: "512", memory: "1024" }, { cpu: 0.5, memory: 2 ** 30 }],
  [
    "is reserved by its containers",
    {
      containers: [
        { cpu: "256", memory: "900", memoryReservation: "512" },
        { cpu: "128", memory: "512" },
      ],
    },
    { cpu: 0.375, memory: 2 ** 30 },
  ],
  ["leaves open: nothing", {}, { cpu: undefined, memory: undefined }],
])("the size of a task is what it %s", (_, task, size) => {
  const named = { task, id: "t", service: "shop/api", tags: [] };
  expect(describeTask(named, {}, () => undefined)).toMatchObject(size);
});

it("a task has its address since its interface was connected", () => {
  const details = [{ name: "privateIPv4Address", value: "10.0.0.7" }];
  const attachments = [{ type: "ElasticNetworkInterface", details }];
  const task = { attachments, connectivityAt: new Date(60_000), startedAt: new Date(90_000) };
  const found = describeTask({ task, id: "t", service: "shop/api", tags: [] }, {}, () => undefined);
  expect(found).toMatchObject({ addresses: [], held: [{ address: "10.0.0.7", from: 60 }] });
});

it.each([
  ["what it can keep up", { NetworkCards: [{ BaselineBandwidthInGbps: 0.75 }] }, 0.75e9],
  ["of all its cards", { NetworkCards: [{ BaselineBandwidthInGbps: 100 }, { BaselineBandwidthInGbps: 100 }] }, 2e11],
  ["its name for it", { NetworkPerformance: "25 Gigabit" }, 25e9],
  ["nothing where it is only reached at times", { NetworkPerformance: "Up to 10 Gigabit" }, undefined],
])("the bandwidth of an instance type is %s", (_, NetworkInfo, expected) => {
  expect(sizeOfType({ NetworkInfo }).bandwidth).toBe(expected);
});

describe("what capacity is reserved by", () => {
  const linux = { InstanceType: "m5.large", PlatformDetails: "Linux/UNIX" } as const;
  it.each<[string, Instance, ReturnType<typeof machineOf>]>([
    ["an on-demand instance", linux, { instanceType: "m5.large", platform: "Linux/UNIX" }],
    [
      "one that the two APIs name differently",
      { ...linux, PlatformDetails: "Red Hat Enterprise Linux with HA" },
      { instanceType: "m5.large", platform: "RHEL with HA" },
    ],
    ["a spot instance", { ...linux, InstanceLifecycle: "spot" }, undefined],
    ["one on dedicated hardware", { ...linux, Placement: { Tenancy: "dedicated" } }, undefined],
    ["a platform that is not reserved", { ...linux, PlatformDetails: "Red Hat BYOL Linux" }, undefined],
  ])("%s", (_, instance, machine) => {
    expect(machineOf(instance)).toEqual(machine);
  });
});
