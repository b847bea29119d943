import { describe, expect, it } from "vitest";
import type { InventoryDomain, InventoryService } from "../../../graph/types.js";
import type { KubernetesObjects, Labels, Node, Workload } from "../../../provider/inventory/kubernetes/objects.js";
import type { PodSpec } from "../../../provider/workload.js";
import { deploymentOf, front, look, nodeOf, podOf, serviceOf } from "./cluster.js";

describe("hosts", () => {
  const asking = (cpu: string) => ({ containers: [{ resources: { requests: { cpu, memory: "1Gi" } } }] });
  const mine = podOf("mine", "10.0.0.1", { spec: asking("1") });
  const foreign = podOf("foreign", "10.0.0.2", { metadata: { namespace: "blue" }, spec: asking("500m") });
  const done = podOf("done", "10.0.0.3", {
    metadata: { namespace: "blue" },
    spec: asking("3"),
    status: { phase: "Succeeded" },
  });

  it("offer what pods may have, without what pods outside the inventory take", () => {
    const { domains } = look({ pods: [mine, foreign, done], nodes: [nodeOf("n1", "z1")] }).inventory;
    expect(domains).toEqual([
      { kind: "host", id: "n1", zone: "z1", cpu: 3.92 - 0.5, memory: 7 * 2 ** 30 },
      { kind: "zone", id: "z1" },
    ]);
  });

  it.each<[string, Partial<Node>, Partial<InventoryDomain>]>([
    ["cordoned", { spec: { unschedulable: true } }, { unschedulable: true }],
    [
      "tainted",
      {
        spec: {
          taints: [
            { key: "gpu", value: "a100", effect: "NoSchedule" },
            { key: "busy", effect: "PreferNoSchedule" },
          ],
        },
      },
      { taints: [{ key: "gpu", value: "a100", effect: "NoSchedule" }] },
    ],
    [
      "not ready",
      { status: { allocatable: { cpu: "3920m", memory: "8Gi" }, conditions: [{ type: "Ready", status: "False" }] } },
      { unschedulable: true },
    ],
  ])("say when they are %s, beside the room they have", (_, more, said) => {
    const { domains } = look({ pods: [mine], nodes: [nodeOf("n1", undefined, more)] }).inventory;
    expect(domains).toEqual([{ kind: "host", id: "n1", zone: undefined, cpu: 3.92, memory: 2 ** 33, ...said }]);
  });

  it("do not count placeholders, which make way for any pod and are no instances", () => {
    const slot = podOf("firebreak-reserve-api-5d4f8-0", "10.0.0.9", { spec: asking("2") });
    const found = look({ pods: [mine, slot], nodes: [nodeOf("n1", undefined)] }).inventory;
    expect(found.domains[0]).toMatchObject({ cpu: 3.92 });
    expect(found.instances.map((i) => i.id)).toEqual(["mine"]);
  });

  it.each([
    ["an extended resource", { status: { allocatable: { "firebreak.dev/bandwidth": "10G" } } }, 1e10],
    ["a label", { metadata: { name: "n1", labels: { "firebreak.dev/bandwidth": "1G" } } }, 1e9],
    [
      "text that is no amount",
      { metadata: { name: "n1", annotations: { "firebreak.dev/bandwidth": "fast" } } },
      undefined,
    ],
  ])("tell their bandwidth by %s", (_, more, bandwidth) => {
    const { domains } = look({ pods: [mine], nodes: [nodeOf("n1", undefined, more)] }).inventory;
    expect(domains[0]?.bandwidth).toBe(bandwidth);
  });

  it("list the labels that somebody asks for, and no others", () => {
    const choosy = podOf("choosy", "10.0.0.4", { spec: { ...asking("1"), nodeSelector: { disk: "ssd" } } });
    const node = nodeOf("n1", undefined, { metadata: { name: "n1", labels: { disk: "ssd", noise: "x" } } });
    expect(look({ pods: [choosy], nodes: [node] }).inventory.domains[0]?.labels).toEqual({ disk: "ssd" });
  });
});

describe("where replicas may run, and what they may take", () => {
  const api = deploymentOf("api", ["10.0.0.1", "10.0.0.2"]);
  const withSpec = (spec: NonNullable<Workload["spec"]>): Partial<KubernetesObjects> => ({
    pods: api.pods,
    replicaSets: [api.replicaSet],
    workloads: [{ ...api.workload, spec: { ...api.workload.spec, ...spec } }],
  });
  const labels = { app: "api" };
  const apart = (topologyKey: string, app: string) => ({
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { app } } }],
    },
  });
  const requirements = [{ key: "arch", operator: "In", values: ["arm64"] }];

  it.each<[string, PodSpec, Partial<InventoryService>]>([
    ["a selector", { containers: [], nodeSelector: { disk: "ssd" } }, { nodeSelector: { disk: "ssd" } }],
    [
      "tolerations",
      { containers: [], tolerations: [{ key: "gpu", operator: "Exists", effect: "" }] },
      { tolerations: [{ key: "gpu", operator: "Exists" }] },
    ],
    [
      "a required affinity",
      {
        containers: [],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: requirements }] },
          },
        },
      },
      { nodeAffinity: [[{ key: "arch", operator: "In", values: ["arm64"] }]] },
    ],
    [
      "apart from each other by host",
      { containers: [], affinity: apart("kubernetes.io/hostname", "api") },
      { apart: "host" },
    ],
    [
      "apart from each other by zone",
      { containers: [], affinity: apart("topology.kubernetes.io/zone", "api") },
      { apart: "zone" },
    ],
    ["apart from others", { containers: [], affinity: apart("kubernetes.io/hostname", "web") }, {}],
  ])("by the template: %s", (_, spec, expected) => {
    const found = front(withSpec({ template: { metadata: { labels }, spec } }), "api");
    const { nodeSelector, nodeAffinity, tolerations, apart: by } = found ?? {};
    const said = Object.fromEntries(
      Object.entries({ nodeSelector, nodeAffinity, tolerations, apart: by }).filter(([, v]) => v !== undefined),
    );
    expect(said).toEqual(expected);
  });

  it.each<[string, NonNullable<Workload["spec"]>, number | undefined]>([
    ["a quarter, rounded up, unless said", { replicas: 5 }, 2],
    ["a number", { replicas: 5, strategy: { rollingUpdate: { maxSurge: 3 } } }, 3],
    ["a part, rounded up", { replicas: 5, strategy: { rollingUpdate: { maxSurge: "10%" } } }, 1],
    ["none where it is recreated", { replicas: 5, strategy: { type: "Recreate" } }, 0],
    ["unknown without a count", {}, undefined],
  ])("surge: %s", (_, spec, expected) => {
    expect(front(withSpec(spec), "api")?.maxSurge).toBe(expected);
  });

  it("are known by namespace and UID, and by the Services that lead to them", () => {
    const services = [
      serviceOf("api-v1", labels),
      serviceOf("all", labels),
      serviceOf("web", { app: "web" }),
      { ...serviceOf("elsewhere", labels), metadata: { name: "elsewhere", namespace: "blue" } },
    ];
    expect(look({ ...withSpec({}), services }).inventory.instances[0]).toMatchObject({
      namespace: "shop",
      uid: "Pod/api-5d4f8-0",
      backends: ["all", "api-v1"],
    });
  });

  it("quotas leave what the strictest of them leaves; those of other scopes say nothing", () => {
    const quota = (name: string, hard: Labels, used: Labels, scopes?: readonly string[]) => ({
      metadata: { name, namespace: "shop" },
      spec: { scopes },
      status: { hard, used },
    });
    const quotas = [
      quota("a", { "requests.cpu": "4", pods: "10" }, { "requests.cpu": "3500m", pods: "4" }),
      quota("b", { cpu: "2", memory: "8Gi" }, { cpu: "1900m", memory: "9Gi" }),
      quota("c", { pods: "1" }, { pods: "1" }, ["Terminating"]),
      { ...quota("d", { pods: "1" }, { pods: "1" }), spec: { scopeSelector: {} } },
    ];
    const [left, ...others] = look({ ...withSpec({}), quotas }).inventory.quotas ?? [];
    expect(others).toEqual([]);
    expect(left).toMatchObject({ namespace: "shop", memory: 0, pods: 6 });
    expect(left?.cpu).toBeCloseTo(0.1, 12);
  });
});
