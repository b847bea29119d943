import { setTimeout as sleep } from "node:timers/promises";
import {
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  CreateOrUpdateTagsCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
} from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Mark, writeMark } from "../../../provider/migration/aws/mark.js";
import { awsMover } from "../../../provider/migration/aws/mover.js";
import type { Circumstances, MigrationInputs } from "../../../provider/migration/outcome.js";
import { type AwsAccount, account, awsEnvironment, newAwsAccount } from "../../testbed/awsAccount.js";
import { describeWithMoto } from "../../testbed/moto.js";

vi.setConfig({ testTimeout: 180_000 });
const zoneA = `${account.awsRegion}a`;

await describeWithMoto("moving an instance of an Auto Scaling group", (moto) => {
  let aws: AwsAccount;
  beforeEach(async () => {
    for (const [name, value] of Object.entries(awsEnvironment(moto()))) vi.stubEnv(name, value);
    aws = await newAwsAccount(moto());
    // Two instances in zone a; the next ones go to zone b, as AWS would have it.
    await aws.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: "web",
        LaunchTemplate: { LaunchTemplateId: aws.launchTemplate },
        VPCZoneIdentifier: aws.subnets.a,
        MinSize: 1,
        MaxSize: 3,
        DesiredCapacity: 2,
        Tags: [{ Key: "team", Value: "shop", PropagateAtLaunch: true }],
      }),
    );
    await aws.launchIn("web", "b", "a");
    // EC2 tells launch times by the second.
    await sleep(1_100);
  });
  afterEach(() => {
    aws.close();
    vi.unstubAllEnvs();
  });

  const shape = async () => {
    const group = await aws.group("web");
    return {
      desired: group?.DesiredCapacity,
      zones: group?.Instances?.map((i) => i.AvailabilityZone?.at(-1)).sort(),
      tags: group?.Tags?.map((t) => t.Key),
    };
  };
  const idsOf = (group: AutoScalingGroup | undefined) => (group?.Instances ?? []).map((i) => i.InstanceId ?? "");
  const source = async () => idsOf(await aws.group("web"))[0] ?? "";
  const inputsOf = (instance: string, place: MigrationInputs["place"]["aws"] = account): MigrationInputs => ({
    decision: "sha256:1",
    change: {
      kind: "migration",
      service: "web",
      target: { type: "aws:autoscaling/group:Group", name: "web" },
      reason: "its zone may fail",
      instance,
      from: zoneA,
      to: `${account.awsRegion}b`,
      fromZone: zoneA,
      toZone: `${account.awsRegion}b`,
    },
    place: { project: "shop", stack: "dev", root: ".", aws: place },
  });
  const circumstances = (more: Partial<Circumstances> = {}) => {
    const audited: string[] = [];
    const audit: Circumstances["audit"] = async (phase, outcome) =>
      void audited.push(`${phase} ${outcome ?? ""}`.trim());
    return { audited, stopped: () => null, abandoned: async () => false, audit, ...more };
  };
  const whole = { desired: 2, zones: ["a", "a"], tags: ["team"] };

  it("has the replacement in service in another zone first, then terminates the one that leaves", async () => {
    const old = await source();
    const around = circumstances();
    const ahead = await awsMover.foresee(inputsOf(old), around);
    expect(ahead).toMatchObject({
      steps: [/3 instances, one more/, /one of them new outside eu-west-1a/, /for 2 again/].map((r) =>
        expect.stringMatching(r),
      ),
    });
    expect(await shape()).toEqual(whole);

    const outcome = await awsMover.move(inputsOf(old), around);

    expect(outcome).toMatchObject({ outcome: "migrated", host: `${account.awsRegion}b` });
    expect(await shape()).toEqual({ ...whole, zones: ["a", "b"] });
    const left = idsOf(await aws.group("web"));
    expect(left).not.toContain(old);
    expect(left).toContain("replacement" in outcome ? outcome.replacement : "");
    expect(around.audited).toEqual(["before", "after done"]);
    expect(await awsMover.move(inputsOf(old), around)).toMatchObject({ outcome: "gone" });
  });

  /** What a run that crashed while it waited for the replacement leaves behind. */
  const crashed = async (instance: string) => {
    const { LaunchTime } = await launched(instance);
    const since = (LaunchTime?.getTime() ?? 0) / 1000;
    const mark: Mark = { instance, desired: 2, outside: 0, since, zone: zoneA, holder: "crashed", beat: 3 };
    const group = { ResourceId: "web", ResourceType: "auto-scaling-group", PropagateAtLaunch: false };
    const Tags = Object.entries(writeMark(mark)).map(([Key, Value]) => ({ ...group, Key, Value }));
    await aws.autoScaling.send(new CreateOrUpdateTagsCommand({ Tags }));
    await aws.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "web", DesiredCapacity: 3 }));
  };
  const launched = async (instance: string) => {
    const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
    return Reservations?.[0]?.Instances?.[0] ?? {};
  };

  it("goes on where a run that crashed left off, and asks for no second replacement", async () => {
    const old = await source();
    await crashed(old);
    const [replacement] = idsOf(await aws.group("web")).slice(2);

    expect(await awsMover.move(inputsOf(old), circumstances())).toMatchObject({ outcome: "migrated", replacement });
    expect(await shape()).toEqual({ ...whole, zones: ["a", "b"] });
  });

  it("takes back a replacement that came up in the same zone", async () => {
    await aws.launchIn("web", "a", "b");
    const before = idsOf(await aws.group("web"));
    const around = circumstances();
    const outcome = await awsMover.move(inputsOf(before[0] ?? ""), around);
    expect(outcome).toMatchObject({ outcome: "refused", reason: "notSchedulable" });
    expect(idsOf(await aws.group("web"))).toEqual(before);
    expect(await shape()).toEqual(whole);
    expect(around.audited).toEqual([
      "before",
      expect.stringMatching(/^after notSchedulable: the replacement i-\w+ came/),
    ]);
  });

  it("brings the work of a run that is gone to an end before it begins its own", async () => {
    const [old = "", other = ""] = idsOf(await aws.group("web"));
    await crashed(other);

    expect(await awsMover.move(inputsOf(old), circumstances())).toMatchObject({ outcome: "migrated" });
    const left = await aws.group("web");
    expect(idsOf(left)).toContain(other);
    expect(await shape()).toEqual({ ...whole, zones: ["a", "b"] });
  });

  it("refuses without a write, and says so in the audit log", async () => {
    const old = await source();
    await aws.autoScaling.send(
      new SetInstanceProtectionCommand({ AutoScalingGroupName: "web", InstanceIds: [old], ProtectedFromScaleIn: true }),
    );
    const around = circumstances();
    const refused = { outcome: "refused", reason: "protected" };
    expect(await awsMover.foresee(inputsOf(old), around)).toMatchObject(refused);
    expect(await awsMover.move(inputsOf(old), around)).toMatchObject(refused);
    expect(around.audited).toEqual(["refused protected: the instance is protected from scale-in"]);
    expect(await shape()).toEqual(whole);
  });

  it("takes the replacement back when the kill switch is set meanwhile", async () => {
    const old = await source();
    const stop = { reason: "killSwitch", detail: "the kill switch is on" } as const;
    const stopped = () => (surged ? stop : null);
    let surged = false;
    const around = circumstances({
      stopped,
      abandoned: async () => {
        surged = (await aws.group("web"))?.DesiredCapacity === 3;
        return false;
      },
    });
    expect(await awsMover.move(inputsOf(old), around)).toMatchObject({ outcome: "refused", reason: "killSwitch" });
    expect(await source()).toBe(old);
    expect(await shape()).toEqual(whole);
  });

  it("writes nothing more once the engine that asked is gone", async () => {
    const old = await source();
    let looks = 0;
    const around = circumstances({ abandoned: async () => ++looks > 2 });
    await expect(awsMover.move(inputsOf(old), around)).rejects.toThrow("nothing more is done");
    expect((await shape()).desired).toBe(2);
    expect(await awsMover.move(inputsOf(old), circumstances())).toMatchObject({ outcome: "migrated" });
  });

  it.each([
    [{ ...account, awsAccount: "999999999999" }, "for AWS account 999999999999, this is 123456789012"],
    [{ ...account, awsRegion: "us-east-1" }, "for AWS region us-east-1, this is eu-west-1"],
  ])("does nothing in another account or region: %j", async (place, message) => {
    await expect(awsMover.move(inputsOf(await source(), place), circumstances())).rejects.toThrow(message);
    expect(await shape()).toEqual(whole);
  });
});
