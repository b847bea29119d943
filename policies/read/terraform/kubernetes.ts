import { unknownValue } from "../../values.js";
import { kubernetesToken } from "../kubernetesToken.js";
import { objectOf } from "../planDocument.js";
import type { TerraformType } from "./resourceType.js";
import { type Fields, reshape } from "./shape.js";

const metadata = {
  one: { name: "same", generate_name: "same", namespace: "same", labels: "same", annotations: "same" },
} as const;

const labelSelector = {
  one: {
    match_labels: "same",
    match_expressions: { many: { key: "same", operator: "same", values: "same" } },
  },
} as const;

const podTerm: Fields = {
  topology_key: "same",
  namespaces: "same",
  label_selector: labelSelector,
};

const podAffinity = {
  one: {
    required_during_scheduling_ignored_during_execution: { many: podTerm },
    preferred_during_scheduling_ignored_during_execution: {
      many: { weight: "same", pod_affinity_term: { one: podTerm } },
    },
  },
} as const;

const nodeTerm: Fields = {
  match_expressions: { many: { key: "same", operator: "same", values: "same" } },
};

const nodeAffinity = {
  one: {
    required_during_scheduling_ignored_during_execution: {
      one: { node_selector_term: ["nodeSelectorTerms", { many: nodeTerm }] },
    },
    preferred_during_scheduling_ignored_during_execution: {
      many: { weight: "same", preference: { one: nodeTerm } },
    },
  },
} as const;

const podSpec: Fields = {
  node_name: "same",
  node_selector: "same",
  priority_class_name: "same",
  affinity: {
    one: { node_affinity: nodeAffinity, pod_affinity: podAffinity, pod_anti_affinity: podAffinity },
  },
  topology_spread_constraint: [
    "topologySpreadConstraints",
    {
      many: {
        max_skew: "same",
        topology_key: "same",
        when_unsatisfiable: "same",
        label_selector: labelSelector,
      },
    },
  ],
  toleration: ["tolerations", { many: { key: "same", operator: "same", value: "same", effect: "same" } }],
  container: [
    "containers",
    { many: { name: "same", image: "same", resources: { one: { requests: "same", limits: "same" } } } },
  ],
  volume: ["volumes", { many: { name: "same", persistent_volume_claim: { one: { claim_name: "same" } } } }],
};

const template = { one: { metadata, spec: { one: podSpec } } } as const;

const rollingUpdate = { one: { max_surge: "number", max_unavailable: "number", partition: "number" } } as const;

const deployment: Fields = {
  metadata,
  spec: {
    one: {
      replicas: "number",
      paused: "same",
      selector: labelSelector,
      strategy: { one: { type: "same", rolling_update: rollingUpdate } },
      template,
    },
  },
};

const statefulSet: Fields = {
  metadata,
  spec: {
    one: {
      replicas: "number",
      service_name: "same",
      pod_management_policy: "same",
      selector: labelSelector,
      update_strategy: { one: { type: "same", rolling_update: rollingUpdate } },
      template,
      volume_claim_template: ["volumeClaimTemplates", { many: { metadata } }],
    },
  },
};

const daemonSet: Fields = { metadata, spec: { one: { selector: labelSelector, template } } };

const disruptionBudget: Fields = {
  metadata,
  spec: { one: { min_available: "number", max_unavailable: "number", selector: labelSelector } },
};

const autoscaler: Fields = {
  metadata,
  spec: {
    one: {
      min_replicas: "number",
      max_replicas: "number",
      scale_target_ref: { one: { api_version: "same", kind: "same", name: "same" } },
    },
  },
};

const service: Fields = { metadata, spec: { one: { selector: "same", type: "same" } } };

const typed = (token: string, apiVersion: string, fields: Fields): TerraformType => ({
  token,
  inputs: (values) => ({ apiVersion, kind: token.split(":").at(-1), ...reshape(values, fields) }),
});

const deploymentV1 = typed("kubernetes:apps/v1:Deployment", "apps/v1", deployment);
const statefulSetV1 = typed("kubernetes:apps/v1:StatefulSet", "apps/v1", statefulSet);
const daemonSetV1 = typed("kubernetes:apps/v1:DaemonSet", "apps/v1", daemonSet);
const serviceV1 = typed("kubernetes:core/v1:Service", "v1", service);
const budgetToken = "kubernetes:policy/v1:PodDisruptionBudget";
const autoscalerOf = (version: string) =>
  typed(`kubernetes:autoscaling/${version}:HorizontalPodAutoscaler`, `autoscaling/${version}`, autoscaler);

/** `kubernetes_manifest` holds one object as it is written; the provider's own `object` is what the cluster made of it. */
const manifest: TerraformType = {
  token: "kubernetes:unknown:Manifest",
  inputs: ({ manifest: object }) => objectOf(object) ?? { metadata: unknownValue, spec: unknownValue },
  tokenOf: ({ manifest: object }) => {
    const { apiVersion, kind } = objectOf(object) ?? {};
    return typeof apiVersion === "string" && typeof kind === "string" ? kubernetesToken(apiVersion, kind) : undefined;
  },
};

/** Resource types of hashicorp/kubernetes that rules look at. */
export const kubernetesTypes: Readonly<Record<string, TerraformType>> = {
  kubernetes_deployment: deploymentV1,
  kubernetes_deployment_v1: deploymentV1,
  kubernetes_stateful_set: statefulSetV1,
  kubernetes_stateful_set_v1: statefulSetV1,
  kubernetes_daemonset: daemonSetV1,
  kubernetes_daemon_set_v1: daemonSetV1,
  kubernetes_service: serviceV1,
  kubernetes_service_v1: serviceV1,
  kubernetes_pod_disruption_budget: typed(budgetToken, "policy/v1", disruptionBudget),
  kubernetes_pod_disruption_budget_v1: typed(budgetToken, "policy/v1", disruptionBudget),
  kubernetes_horizontal_pod_autoscaler: autoscalerOf("v1"),
  kubernetes_horizontal_pod_autoscaler_v1: autoscalerOf("v1"),
  kubernetes_horizontal_pod_autoscaler_v2: autoscalerOf("v2"),
  kubernetes_horizontal_pod_autoscaler_v2beta2: autoscalerOf("v2beta2"),
  kubernetes_manifest: manifest,
};
