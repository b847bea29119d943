import { describe, expect, it } from "vitest";
import { readTerraformPlan } from "../../../policies/read/terraformPlan.js";
import type { PlannedResource } from "../../../policies/types.js";
import { secretValue, unknownValue, valueIn } from "../../../policies/values.js";
import { sample } from "../samples.js";

const workloads = readTerraformPlan(sample("terraform/workloads.json"), "plan.json");
const at = (address: string): PlannedResource => workloads.resources.find((r) => r.address === address)!;

describe("a plan of Kubernetes and AWS resources", () => {
  it("becomes Pulumi's types, one resource for each address, without data sources and leftovers", () => {
    expect(workloads).toMatchObject({ source: "terraform", project: null, stack: null });
    expect(workloads.resources.map(({ address, type, name, operation }) => [address, type, name, operation])).toEqual([
      ["aws_autoscaling_group.web", "aws:autoscaling/group:Group", "web", "replace"],
      ["aws_ec2_capacity_reservation.spare", "aws:ec2/capacityReservation:CapacityReservation", "spare", "create"],
      ["aws_ecs_service.api", "aws:ecs/service:Service", "api", "update"],
      ["aws_instance.box[0]", "aws:ec2/instance:Instance", "box", "create"],
      ["aws_launch_template.web", "aws:ec2/launchTemplate:LaunchTemplate", "web", "create"],
      ["aws_lb_listener_rule.split", "aws:lb/listenerRule:ListenerRule", "split", "create"],
      ["aws_route53_record.blue", "aws:route53/record:Record", "blue", "update"],
      ["helm_release.kafka", "helm_release", "kafka", "create"],
      ["kubernetes_deployment.elastic", "kubernetes:apps/v1:Deployment", "elastic", "create"],
      ["kubernetes_deployment_v1.cart", "kubernetes:apps/v1:Deployment", "cart", "update"],
      [
        "kubernetes_horizontal_pod_autoscaler_v2.elastic",
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        "elastic",
        "update",
      ],
      ["kubernetes_manifest.hidden", "kubernetes:unknown:Manifest", "hidden", "create"],
      ["kubernetes_manifest.route", "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "route", "create"],
      ["kubernetes_pod_disruption_budget_v1.cart", "kubernetes:policy/v1:PodDisruptionBudget", "cart", "create"],
      ["kubernetes_stateful_set_v1.store", "kubernetes:apps/v1:StatefulSet", "store", "same"],
      ['module.edge["eu"].kubernetes_deployment.gone', "kubernetes:apps/v1:Deployment", "gone", "delete"],
      ["random_pet.name", "random_pet", "name", "create"],
    ]);
  });

  it("writes a workload's inputs as Pulumi's provider takes them: objects for blocks, numbers for counts", () => {
    const selector = { matchLabels: { app: "cart" }, matchExpressions: [] };
    expect(at("kubernetes_deployment_v1.cart").after).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "cart", namespace: "shop", labels: { app: "cart" } },
      spec: {
        replicas: 3,
        paused: false,
        selector,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
        template: {
          metadata: { labels: { app: "cart" } },
          spec: {
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [],
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 100,
                    podAffinityTerm: { topologyKey: "topology.kubernetes.io/zone", labelSelector: selector },
                  },
                ],
              },
            },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "DoNotSchedule",
                labelSelector: selector,
              },
            ],
            tolerations: [],
            containers: [
              {
                name: "main",
                image: "shop/cart:1",
                resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: {} },
              },
            ],
            volumes: [],
          },
        },
      },
    });
    expect(valueIn(at("kubernetes_deployment_v1.cart").before, ["spec", "replicas"])).toBe(2);
    const store = at("kubernetes_stateful_set_v1.store").after;
    expect(valueIn(store, ["spec", "volumeClaimTemplates", 0, "metadata", "name"])).toBe("data");
    expect(valueIn(store, ["spec", "updateStrategy", "rollingUpdate", "partition"])).toBe(0);
  });

  it.each<[string, (string | number)[], unknown]>([
    ["kubernetes_deployment.elastic", ["spec", "replicas"], unknownValue],
    ["kubernetes_horizontal_pod_autoscaler_v2.elastic", ["spec", "minReplicas"], 4],
    [
      "kubernetes_horizontal_pod_autoscaler_v2.elastic",
      ["spec", "scaleTargetRef"],
      { apiVersion: "apps/v1", kind: "Deployment", name: "elastic" },
    ],
    ["kubernetes_pod_disruption_budget_v1.cart", ["spec", "minAvailable"], "50%"],
    ["kubernetes_manifest.route", ["spec", "rules", 0, "backendRefs", 1], { name: "cart-new", weight: 10 }],
    ["kubernetes_manifest.hidden", ["spec", "replicas"], unknownValue],
    ["aws_autoscaling_group.web", ["desiredCapacity"], unknownValue],
    ["aws_autoscaling_group.web", ["launchTemplate"], { id: unknownValue, name: "web", version: "2" }],
    ["aws_autoscaling_group.web", ["vpcZoneIdentifiers"], ["subnet-1"]],
    ["aws_ecs_service.api", ["desiredCount"], 1],
    ["aws_ecs_service.api", ["networkConfiguration"], { subnets: ["subnet-1", "subnet-2"] }],
    [
      "aws_ecs_service.api",
      ["orderedPlacementStrategies"],
      [{ type: "spread", field: "attribute:ecs.availability-zone" }],
    ],
    ["aws_route53_record.blue", ["weightedRoutingPolicies"], [{ weight: 0 }]],
    ["aws_route53_record.blue", ["setIdentifier"], "blue"],
    ["aws_ec2_capacity_reservation.spare", ["instanceCount"], 2],
    ["aws_instance.box[0]", ["availabilityZone"], "eu-central-1a"],
    ["aws_launch_template.web", ["placement"], { availabilityZone: "eu-central-1a" }],
    ["aws_lb_listener_rule.split", ["listenerArn"], unknownValue],
    ["aws_lb_listener_rule.split", ["actions", 0, "forward", "targetGroups", 1, "weight"], 10],
  ])("shows of %s at %j what will be there", (address, path, value) => {
    expect(valueIn(at(address).after, path)).toEqual(value);
  });

  it("keeps nothing that rules do not look at", () => {
    const kept = JSON.stringify(workloads);
    for (const secret of [
      "tf-env-secret",
      "tf-user-data-secret",
      "dGYtdXNlci",
      "tf-helm-secret",
      "tf-variable-secret",
    ]) {
      expect(kept).not.toContain(secret);
    }
  });

  it("says what of it nobody can judge", () => {
    expect(workloads.warnings).toEqual([
      "helm_release.kafka: what it deploys is not in the plan and was not judged; render it with `helm template` and check it with --manifests",
      "kubernetes_manifest.hidden: what it deploys is not in the plan and was not judged; its manifest is secret or not known before the update",
    ]);
  });
});

describe("plans that Terraform wrote", () => {
  it("are read with every operation", () => {
    const operations = (file: string) =>
      readTerraformPlan(sample(`terraform/${file}`), file).resources.map(({ address, operation }) => [
        address,
        operation,
      ]);
    expect(operations("builtin-create.json")).toEqual([
      ["terraform_data.a", "create"],
      ["terraform_data.b", "create"],
      ['terraform_data.c["x"]', "create"],
      ['terraform_data.c["ü\\"q"]', "create"],
    ]);
    expect(operations("builtin-change.json")).toEqual([
      ["terraform_data.a", "same"],
      ["terraform_data.b", "same"],
      ['terraform_data.c["x"]', "replace"],
      ['terraform_data.c["ü\\"q"]', "delete"],
    ]);
  });
});

describe("a sensitive value", () => {
  const plan = (change: object) => {
    const entry = {
      address: "kubernetes_deployment.a",
      mode: "managed",
      type: "kubernetes_deployment",
      name: "a",
      change,
    };
    const text = JSON.stringify({ format_version: "1.2", planned_values: {}, resource_changes: [entry] });
    return readTerraformPlan(Buffer.from(text), "plan.json").resources[0]!;
  };
  const after = { metadata: [{ name: "hunter2", labels: { a: "hunter2" } }], spec: [{ replicas: "3" }] };

  it.each<[string, unknown, (string | number)[], unknown]>([
    ["one leaf", { metadata: [{ name: true }] }, ["metadata", "name"], secretValue],
    ["its neighbour", { metadata: [{ name: true }] }, ["metadata", "labels", "a"], "hunter2"],
    ["a map", { metadata: [{ labels: true }] }, ["metadata", "labels", "a"], secretValue],
    ["a block", { spec: [true] }, ["spec", "replicas"], secretValue],
    ["all blocks", { spec: true }, ["spec", "replicas"], secretValue],
    ["the resource", true, ["spec", "replicas"], secretValue],
    ["nothing", false, ["spec", "replicas"], 3],
  ])("is covered where the mask names %s", (_title, mask, path, value) => {
    const change = { actions: ["create"], before: null, after, after_unknown: {}, after_sensitive: mask };
    expect(valueIn(plan(change).after, path)).toBe(value);
  });

  it("is covered before the change, too, and over what is not known", () => {
    const change = {
      actions: ["update"],
      before: after,
      after,
      before_sensitive: { spec: true },
      after_sensitive: { spec: true },
      after_unknown: { spec: true },
    };
    const { before, after: covered } = plan(change);
    expect([valueIn(before, ["spec"]), valueIn(covered, ["spec"])]).toEqual([secretValue, secretValue]);
  });
});
