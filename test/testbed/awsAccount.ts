import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import { CreateClusterCommand, ECSClient, RegisterTaskDefinitionCommand } from "@aws-sdk/client-ecs";
import { CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import type { Moto } from "./moto.js";

/** The account of every moto server, and the region that the tests use. */
export const account = { awsAccount: "123456789012", awsRegion: "eu-west-1" } as const;

/** The SDK's own environment variables by which a process asks this moto server, and no real account. */
export function awsEnvironment({ endpoint }: Pick<Moto, "endpoint">): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: account.awsRegion,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}

/** What is there before a stack is: clients of our own, and what its resources refer to. */
export interface AwsAccount {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly ecs: ECSClient;
  readonly route53: Route53Client;
  /** A subnet in each zone, by the zone's letter. */
  readonly subnets: Readonly<Record<"a" | "b" | "c", string>>;
  readonly launchTemplate: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly hostedZone: string;
  /** Where the next instances of a group go: moto takes the first subnet. */
  readonly launchIn: (group: string, ...zones: ("a" | "b" | "c")[]) => Promise<void>;
  readonly group: (name: string) => Promise<AutoScalingGroup | undefined>;
  readonly close: () => void;
}

/** Forgets what the moto server holds, and makes in it what the tests' programs refer to. */
export async function newAwsAccount(moto: Moto): Promise<AwsAccount> {
  await moto.reset();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const settings = { endpoint: moto.endpoint, region: account.awsRegion, credentials };
  const [autoScaling, ec2] = [new AutoScalingClient(settings), new EC2Client(settings)];
  const [ecs, route53] = [new ECSClient(settings), new Route53Client(settings)];

  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }));
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: Vpc?.VpcId, EnableDnsHostnames: { Value: true } }));
  const subnet = async (letter: string, i: number) => {
    const AvailabilityZone = account.awsRegion + letter;
    const request = { VpcId: Vpc?.VpcId, CidrBlock: `10.7.${i}.0/24`, AvailabilityZone };
    return (await ec2.send(new CreateSubnetCommand(request))).Subnet?.SubnetId ?? "";
  };
  const subnets = { a: await subnet("a", 0), b: await subnet("b", 1), c: await subnet("c", 2) };
  const LaunchTemplateData = { ImageId: "ami-12345678", InstanceType: "m5.large" } as const;
  const template = await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName: "machine", LaunchTemplateData }),
  );
  await ecs.send(new CreateClusterCommand({ clusterName: "shop" }));
  const containers = [{ name: "main", image: "example:1", cpu: 256, memory: 512 }];
  const task = await ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions: containers }));
  const zone = await route53.send(new CreateHostedZoneCommand({ Name: "example.org", CallerReference: "once" }));
  return {
    ...{ autoScaling, ec2, ecs, route53, subnets },
    launchTemplate: template.LaunchTemplate?.LaunchTemplateId ?? "",
    cluster: "shop",
    taskDefinition: task.taskDefinition?.taskDefinitionArn ?? "",
    hostedZone: (zone.HostedZone?.Id ?? "").replace("/hostedzone/", ""),
    launchIn: async (AutoScalingGroupName, ...zones) => {
      const VPCZoneIdentifier = zones.map((letter) => subnets[letter]).join(",");
      await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, VPCZoneIdentifier }));
    },
    group: async (name) => {
      const request = { AutoScalingGroupNames: [name] };
      return (await autoScaling.send(new DescribeAutoScalingGroupsCommand(request))).AutoScalingGroups?.[0];
    },
    close: () => {
      for (const client of [autoScaling, ec2, ecs, route53]) client.destroy();
    },
  };
}
