import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DescribeCapacityReservationsCommand } from "@aws-sdk/client-ec2";
import { DescribeServicesCommand } from "@aws-sdk/client-ecs";
import { ListResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Change, Decision } from "../../planner/types.js";
import { readTargets } from "../../provider/readTargets.js";
import { readWeightedTargets } from "../../provider/readWeights.js";
import { exportState, type OpenStack, openStack, previewStack, upStack } from "../../provider/stack.js";
import { readAudit, verifyAudit } from "../../stores/audit/file.js";
import { changeOf, decisionOf } from "../provider/decisions.js";
import { type AwsAccount, account, awsEnvironment, newAwsAccount } from "../testbed/awsAccount.js";
import { describeWith, pulumiWorkspace } from "../testbed/index.js";
import { describeWithMoto, type Moto } from "../testbed/moto.js";

const program = join(fileURLToPath(import.meta.url), "../programs/aws");
const plugin = join(fileURLToPath(import.meta.url), "../../testbed/awsPlugin");
const here = { project: "aws", stack: "dev", ...account };
const [groupType, serviceType] = ["aws:autoscaling/group:Group", "aws:ecs/service:Service"];
const recordType = "aws:route53/record:Record";
vi.setConfig({ testTimeout: 900_000 });

function zoneOf(letter: string): string {
  return account.awsRegion + letter;
}

function replicas(name: string, to: number, type = groupType): Change {
  return changeOf(name, to, { target: { type, name }, from: name === "elastic" ? 1 : 2 });
}

await describeWithMoto("the four kinds of change on AWS", (moto) => {
  describeWith(["pulumi"], "by pulumi up", () => suite(moto));
});

function suite(moto: () => Moto): void {
  let aws: AwsAccount;
  let stack: OpenStack;
  let files: { readonly decision: string; readonly audit: string; readonly plan: string };

  beforeAll(async () => {
    aws = await newAwsAccount(moto());
    const { folder, env } = pulumiWorkspace();
    files = { decision: join(folder, "decision.json"), audit: join(folder, "audit.jsonl"), plan: join(folder, "plan") };
    const { launchTemplate, cluster, taskDefinition, hostedZone } = aws;
    const ground = { subnets: [aws.subnets.a], launchTemplate, cluster, taskDefinition, hostedZone };
    const all = {
      ...env,
      ...awsEnvironment(moto()),
      PATH: [plugin, env.PATH].join(delimiter),
      AWS_GROUND: JSON.stringify(ground),
    };
    for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
    stack = await openStack({ cwd: program, stack: "dev", create: true });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    aws?.close();
  });

  const decide = (changes: readonly Change[], more: Partial<Decision> = {}): void =>
    writeFileSync(files.decision, JSON.stringify(decisionOf(here, changes, more)));
  /** Previews, then applies the plan of the preview; what both say of each resource that changes. */
  const apply = async () => {
    const options = { stack, decisionPath: files.decision, planFile: files.plan };
    const changed = ({ steps }: { readonly steps: readonly { op: string; urn: string }[] }) =>
      steps
        .filter((s) => s.op !== "same")
        .map((s) => `${s.op} ${s.urn.split("::").at(-1)}`)
        .sort();
    const preview = await previewStack(options);
    const up = await upStack(options);
    expect(changed(up)).toEqual(changed(preview));
    return { ...up, changed: changed(up).filter((s) => !/aws-dev|firebreak$/.test(s)) };
  };
  const sizes = async (name: string) => {
    const group = await aws.group(name);
    return { min: group?.MinSize, desired: group?.DesiredCapacity, up: group?.Instances?.length };
  };
  const tasks = async () => {
    const request = { cluster: aws.cluster, services: ["api"] };
    return (await aws.ecs.send(new DescribeServicesCommand(request))).services?.[0]?.desiredCount;
  };
  const weights = async () => {
    const request = { HostedZoneId: aws.hostedZone };
    const { ResourceRecordSets: sets } = await aws.route53.send(new ListResourceRecordSetsCommand(request));
    return Object.fromEntries((sets ?? []).flatMap((s) => (s.SetIdentifier ? [[s.SetIdentifier, s.Weight]] : [])));
  };

  it("deploys as written without a decision", async () => {
    const { changeSummary } = await apply();
    expect(changeSummary).toMatchObject({ create: expect.any(Number) });
    expect(await sizes("web")).toEqual({ min: 1, desired: 2, up: 2 });
    expect(await tasks()).toBe(2);
    expect(await weights()).toEqual({ blue: 100, green: 100 });
  });

  it("refuses the decision of another account or region, and changes nothing", async () => {
    for (const [bound, message] of [
      [{ ...here, awsAccount: "999999999999" }, "the decision is for AWS account 999999999999, this is 123456789012"],
      [{ ...here, awsRegion: "us-east-1" }, "the decision is for AWS region us-east-1, this is eu-west-1"],
    ] as const) {
      writeFileSync(files.decision, JSON.stringify(decisionOf(bound, [replicas("web", 3)])));
      await expect(apply()).rejects.toThrow(message);
    }
    expect(await sizes("web")).toEqual({ min: 1, desired: 2, up: 2 });
  });

  it("finds the services and weights of the stack's state", async () => {
    const state = await exportState(stack);
    const services = ["web", "elastic", "full", "kept", "opted-out", "secret", "shop/api"].map((id) => ({
      id,
      addresses: [],
    }));
    const instances = [{ id: "i-1", service: "web", addresses: ["10.7.0.10"] }];
    const inventory = { instances, services, domains: [] };
    expect(
      readTargets(state, inventory).targets.map((t) => [t.service, t.replicas, t.most, t.hold?.reason ?? null]),
    ).toEqual([
      ["elastic", 1, 4, null],
      ["full", 2, 2, null],
      ["kept", 2, 4, "protected"],
      ["opted-out", 2, 4, "optedOut"],
      ["secret", null, 4, "unknownValue"],
      ["shop/api", 2, undefined, null],
      ["web", 2, 4, null],
    ]);
    expect(readWeightedTargets(state, inventory).map((w) => [w.backend, w.weight, w.instances])).toEqual([
      ["green", 100, []],
      ["blue", 100, ["i-1"]],
    ]);
  });

  it("adds replicas to groups and services, and leaves alone what it must with the reason", async () => {
    const groups = ["web", "elastic", "full", "kept", "opted-out", "secret"].map((name) => replicas(name, 3));
    decide([...groups, replicas("api", 4, serviceType)]);
    const { changed, warnings } = await apply();
    expect(changed).toEqual(["update api", "update elastic", "update secret", "update web"]);
    expect(await sizes("web")).toEqual({ min: 3, desired: 3, up: 3 });
    expect(await sizes("elastic")).toEqual({ min: 3, desired: 3, up: 3 });
    expect(await sizes("secret")).toEqual({ min: 3, desired: 3, up: 3 });
    expect(await tasks()).toBe(4);
    for (const name of ["full", "kept", "opted-out"]) {
      expect(await sizes(name), name).toEqual({ min: 1, desired: 2, up: 2 });
    }
    const told = warnings.join("\n");
    for (const reason of [/full alone: maxReplicas/, /kept alone: protected/, /opted-out alone: optedOut/]) {
      expect(told).toMatch(reason);
    }
  });

  it("writes the audit log before and after each change, with the place of the value", () => {
    expect(verifyAudit(files.audit)).toMatchObject({ problems: [], torn: [] });
    const records = readAudit(files.audit).filter((r) => r.name === "web");
    expect(records.map((r) => [r.phase, r.place?.field, r.change?.from, r.change?.to])).toEqual([
      ["before", "desiredCapacity", 2, 3],
      ["before", "minSize", 1, 3],
      ["after", "desiredCapacity", 2, 3],
      ["after", "minSize", 1, 3],
    ]);
    expect(records[0]?.place).toMatchObject({ system: "aws", id: `${groupType}/web` });
  });

  it("changes nothing the second time, and still deploys the user's own change", async () => {
    expect((await apply()).changed).toEqual([]);
    vi.stubEnv("APP_NOTE", "second");
    expect((await apply()).changed).toHaveLength(6);
    expect(await sizes("web")).toEqual({ min: 3, desired: 3, up: 3 });
  });

  it("moves weight from a record, and gives it back", async () => {
    const green: Change = {
      ...{ ...changeOf("green", 40), kind: "dnsWeight", backend: "green", from: 100 },
      target: { type: recordType, name: "green" },
    };
    decide([replicas("web", 3), replicas("elastic", 3), replicas("secret", 3), replicas("api", 4, serviceType), green]);
    expect((await apply()).changed).toEqual(["update green"]);
    expect(await weights()).toEqual({ blue: 100, green: 40 });
    decide([replicas("web", 3), replicas("elastic", 3), replicas("secret", 3), replicas("api", 4, serviceType)]);
    expect((await apply()).changed).toEqual(["update green"]);
    expect(await weights()).toEqual({ blue: 100, green: 100 });
  });

  it("reserves capacity for a service, more and less of it, and gives it back", async () => {
    const slot = { cpu: 2, memory: 8, capacity: 100, zones: [zoneOf("a"), zoneOf("b")] };
    const machine = {
      instanceType: "m5.large",
      platform: "Linux/UNIX",
      running: { [zoneOf("a")]: 13, [zoneOf("b")]: 0 },
    };
    const reserve = (to: number): Change => ({
      ...{ ...changeOf("web", to), kind: "reservation", from: 0, slot: { ...slot, machine } },
      target: { type: "aws:ec2/capacityReservation:CapacityReservation", name: "firebreak-reserve-web" },
    });
    const reserved = async () =>
      ((await aws.ec2.send(new DescribeCapacityReservationsCommand({}))).CapacityReservations ?? [])
        .filter((r) => r.State === "active")
        .map(
          (r) =>
            `${r.InstanceType} ${r.InstancePlatform} ${r.AvailabilityZone?.at(-1)} ${r.TotalInstanceCount} ${r.InstanceMatchCriteria}`,
        );
    const others = [replicas("web", 3), replicas("elastic", 3), replicas("secret", 3), replicas("api", 4, serviceType)];

    decide([...others, reserve(1)]);
    expect((await apply()).changed).toEqual([`create firebreak-reserve-web/${zoneOf("a")}`]);
    expect(await reserved()).toEqual(["m5.large Linux/UNIX a 14 open"]);
    decide([...others, reserve(2)]);
    expect((await apply()).changed).toEqual([`create firebreak-reserve-web/${zoneOf("b")}`]);
    expect(await reserved()).toEqual(["m5.large Linux/UNIX a 14 open", "m5.large Linux/UNIX b 1 open"]);
    decide([...others, reserve(1)]);
    expect((await apply()).changed).toEqual([`delete firebreak-reserve-web/${zoneOf("b")}`]);
    decide(others);
    expect((await apply()).changed).toEqual([`delete firebreak-reserve-web/${zoneOf("a")}`]);
    expect(await reserved()).toEqual([]);
    const made = readAudit(files.audit).filter((r) => r.change?.kind === "reservation" && r.operation === "create");
    expect(made.map((r) => `${r.phase} ${r.operation} ${r.name} ${r.change?.to}`)).toEqual([
      `before create firebreak-reserve-web/${zoneOf("a")} 14`,
      `after create firebreak-reserve-web/${zoneOf("a")} 14`,
      `before create firebreak-reserve-web/${zoneOf("b")} 1`,
      `after create firebreak-reserve-web/${zoneOf("b")} 1`,
    ]);
  });

  it("moves an instance of a group to another zone, once", async () => {
    const others = [replicas("web", 3), replicas("elastic", 3), replicas("secret", 3), replicas("api", 4, serviceType)];
    await aws.launchIn("web", "b", "a");
    const members = async (name: string) => (await aws.group(name))?.Instances ?? [];
    const [old] = await members("web");
    const instance = old?.InstanceId ?? "";
    const place = { from: zoneOf("a"), to: zoneOf("b"), fromZone: zoneOf("a"), toZone: zoneOf("b") };
    const migration: Change = {
      ...{ ...changeOf("web", 0), kind: "migration", instance, ...place },
      target: { type: groupType, name: "web" },
    };
    decide([...others, migration]);
    const { changed } = await apply();
    expect(changed).toEqual([`create migrate-${instance}`]);
    const after = await members("web");
    expect(after.map((i) => i.AvailabilityZone?.at(-1)).sort()).toEqual(["a", "a", "b"]);
    expect(after.map((i) => i.InstanceId)).not.toContain(instance);
    expect(await sizes("web")).toEqual({ min: 3, desired: 3, up: 3 });
    expect((await apply()).changed).toEqual([]);
    const audited = readAudit(files.audit).filter((r) => r.change?.kind === "migration");
    expect(audited.map((r) => [r.phase, r.change?.instance, r.outcome])).toEqual([
      ["before", instance, undefined],
      ["after", instance, "done"],
    ]);
    expect(verifyAudit(files.audit)).toMatchObject({ problems: [], torn: [] });
  });
}
