// Workloads of every sort that a decision may meet. The replicas of `web` come from the decision file, read as simply as
// can be: what is tested is the engine around the program, not the transform in it.
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const decision = process.env.FIREBREAK_DECISION;
const decided = decision === "none" ? undefined : JSON.parse(readFileSync(decision, "utf8")).changes[0]?.to;

const namespace = new k8s.core.v1.Namespace("home", { metadata: { name: new pulumi.Config().require("namespace") } });
const home = namespace.metadata.name;

function workload(Kind, name, spec, opts, metadata = { name }) {
  const labels = { app: name };
  const resources = { requests: { cpu: "100m", memory: "64Mi" } };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "example:1", resources }] } };
  return new Kind(
    name,
    { metadata: { namespace: home, ...metadata }, spec: { selector: { matchLabels: labels }, template, ...spec } },
    opts,
  );
}

workload(k8s.apps.v1.Deployment, "web", { replicas: decided ?? 2 });
workload(k8s.apps.v1.Deployment, "api", { replicas: 2 });
workload(k8s.apps.v1.Deployment, "unnamed", { replicas: 1 }, {}, {});
workload(k8s.apps.v1.Deployment, "left", { replicas: 2 }, { ignoreChanges: ["spec.replicas"] });
workload(k8s.apps.v1.Deployment, "kept", { replicas: 2 }, { protect: process.env.PROTECT === "true" });
workload(k8s.apps.v1.Deployment, "hidden", { replicas: pulumi.secret(2) });
workload(k8s.apps.v1.StatefulSet, "store", { replicas: 3, serviceName: "store" });

const elastic = workload(k8s.apps.v1.Deployment, "elastic", {});
new k8s.autoscaling.v2.HorizontalPodAutoscaler("elastic", {
  metadata: { namespace: home, name: "elastic" },
  spec: {
    minReplicas: 2,
    maxReplicas: 4,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: elastic.metadata.name },
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
  },
});
