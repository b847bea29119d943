import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { Instance, InstanceNetworkInterface, InstanceTypeInfo } from "@aws-sdk/client-ec2";
import type { HeldAddress, InventoryInstance, Machine } from "../../../graph/types.js";
import { readFacts } from "../found.js";
import { type Tags, tagOf } from "./objects.js";

/** What an EC2 instance offers. */
export interface Size {
  readonly cpu?: number;
  readonly memory?: number;
  readonly bandwidth?: number;
}

/** Cores, bytes and bits per second of an instance type; the bandwidth is what it can keep up, where AWS says so. */
export function sizeOfType(type: InstanceTypeInfo | undefined): Size {
  const gigabits = type?.NetworkInfo?.NetworkCards?.map((c) => c.BaselineBandwidthInGbps);
  const baseline = gigabits?.reduce<number>((sum, g) => sum + (g ?? Number.NaN), 0);
  const mebibytes = type?.MemoryInfo?.SizeInMiB;
  return {
    cpu: type?.VCpuInfo?.DefaultVCpus,
    memory: mebibytes === undefined ? undefined : mebibytes * 2 ** 20,
    bandwidth: baseline && baseline > 0 ? baseline * 1e9 : readPerformance(type?.NetworkInfo?.NetworkPerformance),
  };
}

/** `25 Gigabit`; what is only reached at times (`Up to 10 Gigabit`) or is no number (`Moderate`) tells nothing. */
function readPerformance(text: string | undefined): number | undefined {
  const gigabits = /^([\d.]+) Gigabit$/.exec(text ?? "")?.[1];
  return gigabits === undefined ? undefined : Number(gigabits) * 1e9;
}

/** Whether it runs, or is about to; others serve nobody. */
export function isUp({ State }: Instance): boolean {
  return State?.Name === "running";
}

/**
 * The service of each EC2 instance: its Auto Scaling group, else its tag `firebreak:service`, else its name, else its
 * id. A name that is a group's without being in it counts for nothing.
 */
export function machineServices(
  instances: readonly Instance[],
  groups: readonly AutoScalingGroup[],
): Map<string, string> {
  const members = new Map(
    groups.flatMap((g) => (g.Instances ?? []).map((i) => [i.InstanceId ?? "", g.AutoScalingGroupName] as const)),
  );
  const reserved = new Set(groups.map((g) => g.AutoScalingGroupName));
  return new Map(
    instances.map(({ InstanceId: id = "", Tags: tags }) => {
      const group = members.get(id) ?? tagOf(tags, "aws:autoscaling:groupName");
      const said = [tagOf(tags, "firebreak:service"), tagOf(tags, "Name")].find((n) => n && !reserved.has(n));
      return [id, group ?? said ?? id];
    }),
  );
}

/**
 * An EC2 instance that serves.
 * @param taken addresses that tasks on it hold
 */
export function describeMachine(
  instance: Instance,
  service: string,
  size: Size,
  taken: ReadonlySet<string>,
  warn: (warning: string) => void,
): InventoryInstance {
  const { InstanceId: id = "", Tags: tags } = instance;
  const ofPods = tags?.some((t) => t.Key?.startsWith("kubernetes.io/cluster/")) ?? false;
  const interfaces = instance.NetworkInterfaces ?? [];
  const addresses = interfaces.length > 0 ? interfaces.flatMap((i) => heldBy(i, ofPods)) : only(instance);
  const own = addresses.filter((h) => !taken.has(h.address));
  const machine = machineOf(instance);
  return {
    id,
    service,
    addresses: own.filter((h) => h.from === undefined).map((h) => h.address),
    held: own.filter((h) => h.from !== undefined),
    ...machineFacts(tags, id, warn),
    zone: instance.Placement?.AvailabilityZone,
    ...size,
    ...(machine && { machine }),
  };
}

/** Platforms of capacity reservations (Amazon EC2 API, CreateCapacityReservation). */
const platforms: ReadonlySet<string> = new Set([
  "Linux/UNIX",
  "Red Hat Enterprise Linux",
  "SUSE Linux",
  "Windows",
  "Windows with SQL Server",
  "Windows with SQL Server Enterprise",
  "Windows with SQL Server Standard",
  "Windows with SQL Server Web",
  "Linux with SQL Server Standard",
  "Linux with SQL Server Web",
  "Linux with SQL Server Enterprise",
  "RHEL with SQL Server Standard",
  "RHEL with SQL Server Enterprise",
  "RHEL with SQL Server Web",
  "RHEL with HA",
  "RHEL with HA and SQL Server Standard",
  "RHEL with HA and SQL Server Enterprise",
  "Ubuntu Pro",
]);

/** What an open reservation would be matched to it by; none for one that no such reservation holds. */
export function machineOf(instance: Instance): Machine | undefined {
  const { InstanceType: instanceType, PlatformDetails, Placement, InstanceLifecycle } = instance;
  const platform = PlatformDetails?.replace("Red Hat Enterprise Linux with HA", "RHEL with HA");
  if (instanceType === undefined || platform === undefined || !platforms.has(platform)) return undefined;
  if (InstanceLifecycle !== undefined || (Placement?.Tenancy ?? "default") !== "default") return undefined;
  return { instanceType, platform };
}

/** Facts from the tags that people set. */
export function machineFacts(tags: Tags, id: string, warn: (warning: string) => void) {
  const backends = (tagOf(tags, "firebreak:backends") ?? "").split(/[ ,]+/).filter((name) => name !== "");
  return {
    ...readFacts(
      {
        tier: tagOf(tags, "firebreak:tier"),
        criticality: tagOf(tags, "firebreak:criticality"),
        capacity: tagOf(tags, "firebreak:capacity"),
      },
      id,
      warn,
    ),
    ...(backends.length > 0 && { backends: backends.sort() }),
  };
}

/**
 * The addresses of an interface, private ones since it was attached; a public one may have been given later. On a node
 * of Kubernetes the secondary ones are those of pods.
 */
function heldBy(card: InstanceNetworkInterface, ofPods: boolean): HeldAddress[] {
  const from = card.Attachment?.AttachTime === undefined ? undefined : card.Attachment.AttachTime.getTime() / 1000;
  const privates = card.PrivateIpAddresses?.length
    ? card.PrivateIpAddresses.filter((a) => a.Primary || !ofPods)
    : [{ PrivateIpAddress: card.PrivateIpAddress, Association: card.Association }];
  const sixes = ofPods ? [] : (card.Ipv6Addresses ?? []).map((a) => a.Ipv6Address);
  return [
    ...[...privates.map((a) => a.PrivateIpAddress), ...sixes].flatMap((address) =>
      address ? [{ address, from }] : [],
    ),
    ...privates.flatMap((a) => (a.Association?.PublicIp ? [{ address: a.Association.PublicIp }] : [])),
  ];
}

function only({ PrivateIpAddress, PublicIpAddress }: Instance): HeldAddress[] {
  return [PrivateIpAddress, PublicIpAddress].flatMap((address) => (address ? [{ address }] : []));
}
