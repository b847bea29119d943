// A program whose decision moves pods. Deployments that the decision concerns stand in the cluster already, except for
// those that APP_DEPLOYMENTS names.
import * as k8s from "@pulumi/kubernetes";
import { applyDecision } from "firebreak";

applyDecision();
const namespace = process.env.APP_NAMESPACE;
for (const name of (process.env.APP_DEPLOYMENTS ?? "").split(",").filter(Boolean)) {
  const labels = { app: name };
  new k8s.apps.v1.Deployment(name, {
    metadata: { namespace, name },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "app", image: process.env.APP_IMAGE ?? "app:1" }] },
      },
    },
  });
}
