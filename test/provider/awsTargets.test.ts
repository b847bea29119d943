import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { Inventory, Machine } from "../../graph/types.js";
import { decideProps, type StackChange, type View } from "../../provider/decideProps.js";
import { readTargets } from "../../provider/readTargets.js";
import { readWeightedTargets } from "../../provider/readWeights.js";

const groupType = "aws:autoscaling/group:Group";
const serviceType = "aws:ecs/service:Service";
const scalerType = "aws:appautoscaling/target:Target";
const recordType = "aws:route53/record:Record";

const group = { name: "web", minSize: 1, maxSize: 4, desiredCapacity: 2 };
const service = { name: "web", cluster: "shop", desiredCount: 2 };
const scaler = {
  minCapacity: 2,
  maxCapacity: 4,
  resourceId: "service/shop/web",
  scalableDimension: "ecs:service:DesiredCount",
  serviceNamespace: "ecs",
};
const record = {
  name: "shop.example.org",
  type: "A",
  records: ["10.0.0.7"],
  setIdentifier: "blue",
  weightedRoutingPolicies: [{ weight: 100 }],
};

function replicas(type: string, to: number, from = 2): StackChange {
  return { kind: "replicas", service: "web", target: { type, name: "web" }, from, to, reason: "its zone may fail" };
}

function weight(to: number, backend = "blue"): StackChange {
  const target = { type: recordType, name: "web" };
  return { kind: "dnsWeight", service: "web", target, backend, from: 100, to, reason: "its zone may fail" };
}

const view: View = { project: "shop", stack: "dev", changes: [], leftAlone: [], owner: null, now: 0 };
const ignoring = { ignoreChanges: ["desiredCapacity"] };
const tag = (key: string, value: unknown) => ({ tags: [{ key, value, propagateAtLaunch: false }] });
const hidden = pulumi.secret("true");

describe("the inputs of AWS resources with a decision", () => {
  it.each<[string, string, object, StackChange, object | string, object?]>([
    ["a group's size and minimum", groupType, group, replicas(groupType, 3), { desiredCapacity: 3, minSize: 3 }],
    [
      "no minimum that is larger already",
      groupType,
      { ...group, minSize: 2, desiredCapacity: 1 },
      replicas(groupType, 2, 1),
      { desiredCapacity: 2, minSize: 2 },
    ],
    [
      "the minimum where policies set the size",
      groupType,
      { ...group, desiredCapacity: undefined },
      replicas(groupType, 3, 1),
      { minSize: 3 },
    ],
    ["the minimum where the size is ignored", groupType, group, replicas(groupType, 3, 1), { minSize: 3 }, ignoring],
    [
      "the size where the minimum is 0",
      groupType,
      { ...group, minSize: 0 },
      replicas(groupType, 3),
      { desiredCapacity: 3, minSize: 3 },
    ],
    [
      "a group at its largest",
      groupType,
      { ...group, maxSize: 2 },
      replicas(groupType, 3),
      "maxReplicas: 3 is above its maxSize of 2",
    ],
    ["a group with enough", groupType, { ...group, desiredCapacity: 3 }, replicas(groupType, 3), "alreadySatisfied"],
    [
      "a group that is off",
      groupType,
      { ...group, desiredCapacity: 0, minSize: 0 },
      replicas(groupType, 3),
      "optedOut",
    ],
    [
      "a group that opts out",
      groupType,
      { ...group, ...tag("firebreak.dev/ignore", "true") },
      replicas(groupType, 3),
      "optedOut",
    ],
    [
      "a group that may opt out",
      groupType,
      { ...group, ...tag("firebreak.dev/ignore", hidden) },
      replicas(groupType, 3),
      "unknownValue",
    ],
    ["a group whose tags are not known", groupType, { ...group, tags: hidden }, replicas(groupType, 3), "unknownValue"],
    [
      "a group whose every size is ignored",
      groupType,
      group,
      replicas(groupType, 3),
      "ignoreChanges",
      { ignoreChanges: ["*"] },
    ],
    ["a service's count", serviceType, service, replicas(serviceType, 3), { desiredCount: 3 }],
    ["a service without a count", serviceType, { cluster: "shop" }, replicas(serviceType, 3), "optedOut"],
    [
      "a service on every instance",
      serviceType,
      { ...service, schedulingStrategy: "DAEMON" },
      replicas(serviceType, 3),
      "notSupported",
    ],
    [
      "a service that opts out",
      serviceType,
      { ...service, tags: { "firebreak.dev/ignore": "true" } },
      replicas(serviceType, 3),
      "optedOut",
    ],
    ["an autoscaler's minimum", scalerType, scaler, replicas(scalerType, 4), { minCapacity: 4 }],
    ["an autoscaler at its largest", scalerType, scaler, replicas(scalerType, 5), "maxReplicas"],
    ["a record's weight", recordType, record, weight(40), { weightedRoutingPolicies: [{ weight: 40 }] }],
    ["the weight of another record", recordType, record, weight(40, "green"), "noTarget"],
    [
      "a weight that was changed meanwhile",
      recordType,
      { ...record, weightedRoutingPolicies: [{ weight: 7 }] },
      weight(40),
      "expired",
    ],
  ])("%s", (_, type, props, change, expected, options = {}) => {
    const decided = decideProps(type, "web", { ...props }, options, { ...view, changes: [change] });
    if (typeof expected === "string") {
      expect(decided.refused.map((r) => `${r.reason}: ${r.detail}`)).toEqual([expect.stringContaining(expected)]);
      expect(decided.props).toEqual(props);
    } else {
      expect(decided.refused).toEqual([]);
      expect(decided.props).toEqual({ ...props, ...expected });
    }
  });
});

type Row = readonly [type: string, name: string, inputs: object, more?: object];

/** A state as `pulumi stack export` prints it. */
function stateOf(...resources: readonly Row[]) {
  return {
    version: 3,
    deployment: {
      resources: resources.map(([type, name, inputs, more = {}]) => ({
        urn: `urn:pulumi:dev::shop::${type}::${name}`,
        ...{ type, inputs, outputs: { ...inputs }, ...more },
      })),
    },
  };
}

function inventoryOf(services: readonly string[], instances: Inventory["instances"] = []): Inventory {
  return { services: services.map((id) => ({ id, addresses: [] })), instances, domains: [] };
}

describe("the services of a stack's AWS resources", () => {
  const found = (state: unknown, ...services: string[]) =>
    readTargets(state, inventoryOf(services), 0).targets.map((t) => ({
      ...{ service: t.service, name: t.name, replicas: t.replicas, most: t.most, hold: t.hold?.reason ?? null },
    }));

  it.each<[string, ReturnType<typeof stateOf>, string, object]>([
    ["a group by its name", stateOf([groupType, "g", group]), "web", { name: "g", replicas: 2, most: 4, hold: null }],
    [
      "a group by the name without Pulumi's end",
      stateOf([groupType, "web", { ...group, name: "web-1a2b3c4", __defaults: ["name"] }]),
      ...(["web", { name: "web", replicas: 2 }] as const),
    ],
    [
      "a group by its tag",
      stateOf([groupType, "g", { ...group, name: "x", ...tag("firebreak:service", "web") }]),
      "web",
      { name: "g" },
    ],
    [
      "a group whose size is ignored by its minimum",
      stateOf([groupType, "g", group, ignoring]),
      "web",
      { replicas: 1, hold: null },
    ],
    [
      "a group without a size by its minimum",
      stateOf([groupType, "g", { ...group, desiredCapacity: undefined }]),
      "web",
      { replicas: 1 },
    ],
    [
      "a service by cluster and name",
      stateOf([serviceType, "s", service]),
      "shop/web",
      { name: "s", replicas: 2, hold: null },
    ],
    [
      "a service of a cluster's ARN",
      stateOf([serviceType, "s", { ...service, cluster: "arn:aws:ecs:eu-west-1:1:cluster/shop" }]),
      ...(["shop/web", { name: "s" }] as const),
    ],
    [
      "a service by its autoscaler",
      stateOf([serviceType, "s", { ...service, desiredCount: 5 }], [scalerType, "a", scaler]),
      "shop/web",
      { name: "a", replicas: 2, most: 4, hold: null },
    ],
    [
      "a service without the autoscaler of another",
      stateOf([serviceType, "s", service], [scalerType, "a", { ...scaler, resourceId: "service/shop/api" }]),
      "shop/web",
      { name: "s" },
    ],
  ])("%s", (_, state, id, expected) => {
    expect(found(state, id)).toMatchObject([{ service: id, ...expected }]);
  });

  describe("tell what machines a group is made of", () => {
    const linux = { instanceType: "m5.large", platform: "Linux/UNIX" };
    const on = (id: string, zone: string, machine: Machine = linux, of = "web") => ({
      ...{ id, zone, machine, service: of, addresses: [] },
    });
    const inventory = inventoryOf(
      ["web"],
      [on("i-1", "a"), on("i-2", "a"), on("i-3", "b"), on("i-4", "b", linux, "api")],
    );
    const template = (type?: string): Row => [
      ...(["aws:ec2/launchTemplate:LaunchTemplate", "lt", { instanceType: type }] as const),
      { outputs: { id: "lt-1" } },
    ];
    const zoned = { ...group, availabilityZones: ["a", "b", "c"], launchTemplate: { id: "lt-1", version: "1" } };
    const machine = (state: unknown, from = inventory) => readTargets(state, from, 0).targets[0]?.machine;

    it.each<[string, unknown, Inventory, object | undefined]>([
      [
        "by its instances, in the zones of the group",
        stateOf([groupType, "web", zoned]),
        inventory,
        { ...linux, running: { a: 2, b: 2, c: 0 } },
      ],
      [
        "in the zones of its instances where no other is known",
        stateOf([groupType, "web", group]),
        inventory,
        { ...linux, running: { a: 2, b: 2 } },
      ],
      [
        "by the type that its launch template has now",
        stateOf([groupType, "web", zoned], template("m5.xlarge")),
        ...([inventory, { ...linux, instanceType: "m5.xlarge", running: { a: 0, b: 0, c: 0 } }] as const),
      ],
      [
        "not at all without an inventory of machines",
        stateOf([groupType, "web", zoned], template("m5.xlarge")),
        inventoryOf(["web"]),
        undefined,
      ],
      [
        "not at all where they differ",
        stateOf([groupType, "web", zoned]),
        ...([
          inventoryOf(["web"], [on("i-1", "a"), on("i-2", "a", { ...linux, instanceType: "c5.large" })]),
          undefined,
        ] as const),
      ],
      [
        "not at all where the group mixes types",
        stateOf([groupType, "web", { ...zoned, mixedInstancesPolicy: {} }]),
        inventory,
        undefined,
      ],
    ])("%s", (_, state, from, expected) => {
      expect(machine(state, from)).toEqual(expected);
    });
  });

  it("finds weighted records, and the instances by set identifier or address", () => {
    const state = stateOf(
      [recordType, "blue", record],
      [recordType, "green", { ...record, setIdentifier: "green", records: ["10.0.1.7"] }],
      [recordType, "plain", { ...record, setIdentifier: undefined, weightedRoutingPolicies: undefined }],
    );
    const instances = [
      { id: "i-1", service: "web", addresses: [], held: [{ address: "10.0.0.7", from: 5 }] },
      { id: "i-2", service: "web", addresses: [], held: [{ address: "10.0.0.7", from: 1, to: 5 }] },
      { id: "i-3", service: "web", addresses: [], backends: ["green"] },
    ];
    const weights = readWeightedTargets(state, inventoryOf([], instances), 0);
    expect(weights.map((w) => [w.name, w.backend, w.weight, w.most, w.instances, w.hold])).toEqual([
      ["blue", "blue", 100, 255, ["i-1"], null],
      ["green", "green", 100, 255, ["i-3"], null],
    ]);
  });
});
