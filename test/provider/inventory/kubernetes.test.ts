import { describe, expect, it } from "vitest";
import type { KubernetesObjects, Pod } from "../../../provider/inventory/kubernetes/objects.js";
import { countFailures } from "../../../provider/inventory/kubernetes/pods.js";
import { matches } from "../../../provider/inventory/kubernetes/selector.js";
import {
  between,
  deploymentOf,
  front,
  look,
  nodeOf,
  ownedBy,
  podOf,
  serviceOf,
  servicesOf,
  started,
  up,
} from "./cluster.js";

describe("what a pod is a replica of", () => {
  const owned = (kind: string, name: string, labels = {}) =>
    podOf("pod", "10.0.0.1", { metadata: { ...ownedBy(kind, name), labels } });
  const sets = [between("ReplicaSet", "api-5d4f8", ownedBy("Deployment", "api")), between("ReplicaSet", "bare")];
  const jobs = [between("Job", "backup-29012345", ownedBy("CronJob", "backup")), between("Job", "migrate")];
  const rollouts = [between("ReplicaSet", "web-77", ownedBy("Rollout", "web"))];

  it.each<[title: string, pod: Pod, objects: Partial<KubernetesObjects>, service: string]>([
    ["a Deployment, through its ReplicaSet", owned("ReplicaSet", "api-5d4f8"), { replicaSets: sets }, "api"],
    ["a ReplicaSet that nothing owns", owned("ReplicaSet", "bare"), { replicaSets: sets }, "bare"],
    ["a Rollout, through its ReplicaSet", owned("ReplicaSet", "web-77"), { replicaSets: rollouts }, "web"],
    ["a StatefulSet", owned("StatefulSet", "db"), {}, "db"],
    ["a DaemonSet", owned("DaemonSet", "agent"), {}, "agent"],
    ["a CronJob, through its Job", owned("Job", "backup-29012345"), { jobs }, "backup"],
    ["a Job that nothing owns", owned("Job", "migrate"), { jobs }, "migrate"],
    ["a custom controller", owned("StrimziPodSet", "kafka"), {}, "kafka"],
    ["nothing: itself", podOf("pod", "10.0.0.1"), {}, "pod"],
    [
      "a Deployment whose ReplicaSet cannot be read, by the template's hash",
      owned("ReplicaSet", "api-5d4f8", { "pod-template-hash": "5d4f8" }),
      {},
      "api",
    ],
    ["a CronJob whose Job cannot be read, by the minute of the run", owned("Job", "backup-29012345"), {}, "backup"],
  ])("is %s", (_, pod, objects, service) => {
    expect(servicesOf({ ...objects, pods: [pod] })).toEqual({ pod: service });
  });

  it("is the same for a pod that each kubelet runs from a file", () => {
    const etcd = (node: string, ip: string) =>
      podOf(`etcd-${node}`, ip, { metadata: ownedBy("Node", node), spec: { nodeName: node } });
    expect(servicesOf({ pods: [etcd("n1", "10.0.0.1"), etcd("n2", "10.0.0.2")] })).toEqual({
      "etcd-n1": "etcd",
      "etcd-n2": "etcd",
    });
  });
});

describe("ids", () => {
  const api = deploymentOf("api", ["10.0.0.1"]);
  const other = podOf("api-5d4f8-0", "10.1.0.1", { metadata: { namespace: "blue", ...ownedBy("StatefulSet", "api") } });

  it("are names alone where one namespace is asked for, whatever else there is", () => {
    expect(servicesOf({ pods: [...api.pods, other], replicaSets: [api.replicaSet] })).toEqual({ "api-5d4f8-0": "api" });
  });

  it.each([[[]], [["blue", "shop"]]])("carry the namespace for %j", (namespaces) => {
    expect(servicesOf({ pods: [...api.pods, other], replicaSets: [api.replicaSet] }, namespaces)).toEqual({
      "blue/api-5d4f8-0": "blue/api",
      "shop/api-5d4f8-0": "shop/api",
    });
  });

  it("leave the name to the Deployment where another kind has it too", () => {
    const set = podOf("api-0", "10.0.0.9", { metadata: ownedBy("StatefulSet", "api") });
    expect(servicesOf({ pods: [set, ...api.pods], replicaSets: [api.replicaSet] })).toEqual({
      "api-0": "statefulset/api",
      "api-5d4f8-0": "api",
    });
  });

  it("are none that would be a host's or another service's", () => {
    const inHost = podOf("x", "10.0.0.1", { metadata: { namespace: "host" } });
    expect(servicesOf({ pods: [inHost] }, [])).toEqual({ "pod/host/x": "host/x" });
    const namesake = podOf("api", "10.0.0.8");
    expect(servicesOf({ pods: [namesake, ...api.pods], replicaSets: [api.replicaSet] })).toEqual({
      "api-5d4f8-0": "api",
      "pod/api": "pod/api",
    });
  });

  it("come with the names that traffic uses, where these mean one thing only", () => {
    const objects = { ...api, pods: [...api.pods, other], replicaSets: [api.replicaSet], workloads: [api.workload] };
    const services = [serviceOf("api-svc", { app: "api" }, { clusterIP: "10.96.0.1" })];
    const found = look({ ...objects, services }, []).inventory;
    expect(found.services.find((s) => s.id === "shop/api")?.addresses).toEqual([
      "10.96.0.1",
      "api",
      "api-svc",
      "api-svc.shop",
      "api-svc.shop.svc",
      "api-svc.shop.svc.cluster.local",
    ]);
    expect(found.instances.map((i) => i.addresses)).toEqual([[], []]);
  });
});

describe("a pod as an instance", () => {
  const one = (pod: Pod, objects: Partial<KubernetesObjects> = {}) =>
    look({ pods: [pod], nodes: [nodeOf("n1", "z1")], ...objects }).inventory.instances[0];

  it("has its addresses since it was started, of both families", () => {
    const pod = podOf("a", "10.0.0.1", {
      status: { phase: "Running", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] },
    });
    const { startTime } = podOf("a", "").status ?? {};
    const running = { ...pod, status: { ...pod.status, startTime } };
    expect(one(running)).toMatchObject({
      addresses: [],
      held: [
        { address: "10.0.0.1", from: started },
        { address: "fd00::1", from: started },
      ],
      host: "n1",
      zone: "z1",
      failures: 0,
      watched: 7200,
    });
  });

  it("takes what the scheduler counts", () => {
    const container = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
    const spec = {
      containers: [container("250m", "64Mi"), container("0.5", "100M")],
      initContainers: [{ ...container("100m", "1Gi"), restartPolicy: "Always" }, container("2", "10Mi")],
      overhead: { cpu: "50m", memory: "1Mi" },
    };
    expect(one(podOf("a", "10.0.0.1", { spec }))).toMatchObject({
      cpu: 0.1 + 2 + 0.05,
      memory: 64 * 2 ** 20 + 1e8 + 2 ** 30 + 2 ** 20,
    });
    const whole = { ...spec, resources: { requests: { cpu: "1" } } };
    expect(one(podOf("a", "10.0.0.1", { spec: whole }))?.cpu).toBeCloseTo(1.05, 12);
  });

  it("takes nothing where it asks for nothing", () => {
    expect(one(podOf("a", "10.0.0.1"))).toMatchObject({ cpu: 0, memory: 0, storage: undefined, bandwidth: undefined });
  });

  it("is what its annotations say, then its labels, then its workload", () => {
    const { workload, replicaSet, pods } = deploymentOf("api", ["10.0.0.1"], {
      annotations: { "firebreak.dev/tier": "backend", "firebreak.dev/criticality": "2" },
      labels: { "app.kubernetes.io/component": "database" },
    });
    const objects = { replicaSets: [replicaSet], workloads: [workload] };
    const [pod = podOf("", "")] = pods;
    expect(one(pod, objects)).toMatchObject({ tier: "backend", criticality: 2 });
    const labels = { ...pod.metadata.labels, "firebreak.dev/criticality": "5" };
    const annotations = { "firebreak.dev/tier": "edge", "kubernetes.io/egress-bandwidth": "10M" };
    const said = { ...pod, metadata: { ...pod.metadata, labels, annotations } };
    expect(one(said, objects)).toMatchObject({ tier: "edge", criticality: 5, bandwidth: 1e7 });
    const component = { ...workload, metadata: { ...workload.metadata, annotations: {} } };
    expect(one(pod, { ...objects, workloads: [component] })).toMatchObject({ tier: "database" });
  });

  it("says which value is none, and goes on without it", () => {
    const pod = podOf("a", "10.0.0.1", { metadata: { annotations: { "firebreak.dev/criticality": "high" } } });
    const { inventory, warnings } = look({ pods: [pod] });
    expect(inventory.instances[0]?.criticality).toBeUndefined();
    expect(warnings).toEqual(['Pod a: criticality "high" is left out: expected a number of 0 or more']);
  });

  it.each([
    ["restarts of every container", [up("a", 2), up("b", 1)], [], 3],
    [
      "one that is down and not yet started again",
      [{ name: "a", restartCount: 1, lastState: { terminated: {} } }],
      [],
      2,
    ],
    ["none of an init container that has done its work", [up("a")], [{ name: "i", state: { terminated: {} } }], 0],
    ["restarts of a sidecar", [up("a")], [{ ...up("side", 4) }], 4],
  ])("counts failures: %s", (_, containerStatuses, initContainerStatuses, expected) => {
    const initContainers = [{ name: "i" }, { name: "side", restartPolicy: "Always" }];
    const status = { containerStatuses, initContainerStatuses };
    expect(countFailures(podOf("p", "10.0.0.1", { spec: { initContainers }, status }))).toBe(expected);
  });

  it("holds no address on its node's network, which is told", () => {
    const { inventory, warnings } = look({ pods: [podOf("a", "192.168.0.1", { spec: { hostNetwork: true } })] });
    expect(inventory.instances).toMatchObject([{ id: "a", addresses: [], held: [] }]);
    expect(warnings[0]).toContain("1 pod is on the network of a node (a)");
  });
});

describe("a pod that is no replica", () => {
  const cron = { kind: "CronJob", metadata: { name: "backup", namespace: "shop" } };
  const job = between("Job", "backup-29012345", ownedBy("CronJob", "backup"));
  const ended = podOf("run", "10.0.0.1", {
    metadata: ownedBy("Job", "backup-29012345"),
    status: {
      phase: "Succeeded",
      containerStatuses: [{ name: "main", state: { terminated: { finishedAt: "2026-11-25T10:05:00Z" } } }],
    },
  });

  it("leaves its address to its service when it has ended, and another may have it after", () => {
    const next = podOf("next", "10.0.0.1", { status: { startTime: "2026-11-25T11:00:00Z" } });
    const { inventory } = look({ pods: [ended, next], jobs: [job], workloads: [cron] });
    expect(inventory.instances.map((i) => i.id)).toEqual(["next"]);
    expect(inventory.services.find((s) => s.id === "backup")?.held).toEqual([
      { address: "10.0.0.1", from: started, to: started + 300 },
    ]);
  });

  it.each([
    ["pending", podOf("p", "", { status: { phase: "Pending" } })],
    ["ending", podOf("p", "10.0.0.2", { metadata: { deletionTimestamp: "2026-11-25T11:59:00Z" } })],
    ["lost with its node", podOf("p", "10.0.0.2", { status: { phase: "Unknown" } })],
  ])("is left out and told while it is %s", (_, pod) => {
    const { inventory, warnings } = look({ pods: [pod, podOf("q", "10.0.0.9")] });
    expect(inventory.instances.map((i) => i.id)).toEqual(["q"]);
    expect(warnings).toEqual(["1 pod is pending, ending or lost (p); they are no instances"]);
  });
});

describe("virtual addresses", () => {
  const api = deploymentOf("api", ["10.0.0.1", "10.0.0.2"]);
  const web = deploymentOf("web", ["10.0.0.3"]);
  const objects = {
    pods: [...api.pods, ...web.pods],
    replicaSets: [api.replicaSet, web.replicaSet],
    workloads: [api.workload, web.workload],
    nodes: [nodeOf("n1", "z1")],
  };
  const ips = (addresses: readonly string[] | undefined) => addresses?.filter((a) => /^[\d.]+$|:/.test(a));

  it("are those of every Service that selects the pods, balancers and both families included", () => {
    const services = [
      serviceOf("api", { app: "api" }, { clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1", "fd00:96::1"] }),
      {
        ...serviceOf("api-public", { app: "api" }, { clusterIP: "10.96.0.2", externalIPs: ["203.0.113.7"] }),
        status: { loadBalancer: { ingress: [{ ip: "198.51.100.4" }, { hostname: "api.example.com" }] } },
      },
      serviceOf("api-headless", { app: "api" }, { clusterIP: "None" }),
    ];
    const found = front({ ...objects, services }, "api")?.addresses;
    expect(ips(found)).toEqual(["10.96.0.1", "10.96.0.2", "198.51.100.4", "203.0.113.7", "fd00:96::1"]);
    expect(found).toContain("api.example.com");
    expect(found).toContain("api-headless.shop.svc.cluster.local");
  });

  it("stand for the workload with the most pods where two are selected, which is told", () => {
    const shared = { "pod-template-hash": "5d4f8" };
    const found = look({ ...objects, services: [serviceOf("both", shared, { clusterIP: "10.96.0.5" })] });
    expect(ips(found.inventory.services.find((s) => s.id === "api")?.addresses)).toEqual(["10.96.0.5"]);
    expect(found.warnings).toEqual([
      "Service both selects pods of api, web; its address stands for api, which has the most",
    ]);
  });

  it("stand for a workload that is scaled to none", () => {
    const services = [serviceOf("api", { app: "api" }, { clusterIP: "10.96.0.1" })];
    const found = front({ ...objects, pods: web.pods, services }, "api");
    expect(ips(found?.addresses)).toEqual(["10.96.0.1"]);
  });

  it("of a Service without a selector are those of a service of its name", () => {
    const services = [serviceOf("legacy", undefined, { clusterIP: "10.96.0.9" })];
    expect(ips(front({ ...objects, services }, "legacy")?.addresses)).toEqual(["10.96.0.9"]);
  });

  it.each([
    ["a name elsewhere", serviceOf("x", undefined, { type: "ExternalName" })],
    ["nothing", serviceOf("x", { app: "nothing" }, { clusterIP: "10.96.0.9" })],
  ])("of a Service that leads to %s are left out", (_, service) => {
    expect(look({ ...objects, services: [service] }).inventory.services.map((s) => s.id)).toEqual(["api", "web"]);
  });

  it("that are a node's, or lead to several services by port, have no holder", () => {
    const services = [
      serviceOf("api", { app: "api" }, { externalIPs: ["192.168.0.1", "203.0.113.7"] }),
      serviceOf("web", { app: "web" }, { externalIPs: ["203.0.113.7"] }),
    ];
    const { inventory, warnings } = look({ ...objects, services });
    expect(inventory.services.flatMap((s) => ips(s.addresses) ?? [])).toEqual([]);
    expect(warnings).toEqual(["address 203.0.113.7 leads to api, web; it is left out"]);
  });
});

describe("what else scales a service or holds its replicas", () => {
  const api = deploymentOf("api", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  const web = deploymentOf("web", ["10.0.0.4"]);
  const objects = {
    pods: [...api.pods, ...web.pods],
    replicaSets: [api.replicaSet, web.replicaSet],
    workloads: [api.workload],
  };
  const metadata = { name: "x", namespace: "shop" };
  const matchLabels = { app: "api" };

  it("is an autoscaler with its bounds, from 1 where it names no minimum", () => {
    const spec = { scaleTargetRef: { kind: "Deployment", name: "api" }, maxReplicas: 9 };
    expect(front({ ...objects, autoscalers: [{ metadata, spec }] }, "api")?.autoscaler).toEqual({ min: 1, max: 9 });
  });

  it.each([
    ["a number", { spec: { selector: { matchLabels }, minAvailable: 2 } }, 2],
    ["a part, rounded up", { spec: { selector: { matchLabels }, minAvailable: "50%" } }, 2],
    ["what may be missing", { spec: { selector: { matchLabels }, maxUnavailable: 1 } }, 2],
    ["a part that may be missing, rounded up", { spec: { selector: { matchLabels }, maxUnavailable: "34%" } }, 1],
    [
      "what its controller worked out",
      { spec: { selector: { matchLabels }, minAvailable: "50%" }, status: { desiredHealthy: 3, expectedPods: 3 } },
      3,
    ],
    ["what the other services together cannot give", { spec: { selector: {}, minAvailable: 3 } }, 2],
  ])("is a disruption budget: %s", (_, budget, minAvailable) => {
    const budgets = [{ metadata, ...budget }];
    expect(front({ ...objects, budgets }, "api")?.disruptionBudget).toEqual({ minAvailable });
  });
});

it.each([
  ["In", ["a"], true],
  ["In", ["b"], false],
  ["NotIn", ["b"], true],
  ["NotIn", ["a"], false],
  ["Exists", [], true],
  ["DoesNotExist", [], false],
])("a selector's expression %s %j decides", (operator, values, expected) => {
  expect(matches({ matchExpressions: [{ key: "app", operator, values }] }, { app: "a" })).toBe(expected);
});
