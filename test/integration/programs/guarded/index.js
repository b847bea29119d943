// Deployments that Firebreak may and may not change; what differs between runs comes from the environment.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { applyDecision } from "firebreak";

const firebreak = applyDecision();
const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: process.env.APP_NAMESPACE } });
const image = process.env.APP_IMAGE ?? "app:1";

function deployment(name, { replicas = 2, spec, annotations, kind = k8s.apps.v1.Deployment, ...opts } = {}) {
  const labels = { app: name };
  const written = {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "app", image }] } },
  };
  return new kind(
    name,
    { metadata: { namespace: namespace.metadata.name, name, annotations }, spec: spec ? spec(written) : written },
    opts,
  );
}

deployment("plain", { replicas: Number(process.env.PLAIN_REPLICAS ?? 2) });
deployment("scaled");
deployment("autoscaled");
deployment("ignoring", { ignoreChanges: ["spec.replicas"] });
deployment("opted-out", { annotations: { "firebreak.dev/ignore": "true" } });
deployment("kept", { protect: true });
deployment("ample", { replicas: 4 });
deployment("store", { kind: k8s.apps.v1.StatefulSet });
deployment("secret", { spec: (written) => pulumi.secret(written) });
class Group extends pulumi.ComponentResource {
  constructor(name) {
    super("test:Group", name);
    deployment("grouped", { parent: this });
  }
}
new Group("group");

export const decision = firebreak.decisionId;
export const changed = firebreak.changes.apply((changes) => changes.map((change) => change.target.name));
