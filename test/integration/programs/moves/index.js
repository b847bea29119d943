// What each kind of change writes on Kubernetes, all of it inside a component; what differs between runs comes from the
// environment.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { applyDecision } from "firebreak";

if (process.env.FIREBREAK_APPLY !== "false") applyDecision();

class Shop extends pulumi.ComponentResource {
  constructor(name) {
    super("test:Shop", name);
    const parent = { parent: this };
    const namespace = new k8s.core.v1.Namespace("home", { metadata: { name: process.env.APP_NAMESPACE } }, parent);
    const metadata = (object, annotations) => ({ namespace: namespace.metadata.name, name: object, annotations });

    const deployment = (object, spec = {}, annotations = undefined) => {
      const labels = { app: object };
      const resources = { requests: { cpu: "100m", memory: "64Mi" } };
      const containers = [{ name: "main", image: process.env.APP_IMAGE ?? "example:1", resources }];
      const template = { metadata: { labels }, spec: { containers } };
      return new k8s.apps.v1.Deployment(
        object,
        { metadata: metadata(object, annotations), spec: { selector: { matchLabels: labels }, template, ...spec } },
        parent,
      );
    };
    const custom = (apiVersion, kind, object, spec, { annotations, ...opts } = {}) =>
      new k8s.apiextensions.CustomResource(
        object,
        { apiVersion, kind, metadata: metadata(object, annotations), spec },
        { ...parent, ...opts },
      );

    const web = deployment("web", { replicas: 2 });
    deployment("spread", { replicas: 2 }, { "firebreak.dev/spread": "true" });
    const scaleTargetRef = (of) => ({ apiVersion: "apps/v1", kind: "Deployment", name: of.metadata.name });
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      "elastic",
      {
        metadata: metadata("elastic"),
        spec: {
          minReplicas: 2,
          maxReplicas: 4,
          scaleTargetRef: scaleTargetRef(deployment("elastic")),
          metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
          ],
        },
      },
      parent,
    );
    custom("keda.sh/v1alpha1", "ScaledObject", "queue", {
      minReplicaCount: 1,
      scaleTargetRef: scaleTargetRef(deployment("queue")),
      triggers: [
        { type: "cron", metadata: { timezone: "UTC", start: "0 6 * * *", end: "0 20 * * *", desiredReplicas: "2" } },
      ],
    });

    const backends = ["blue", "green"].map(
      (color) =>
        new k8s.core.v1.Service(
          color,
          { metadata: metadata(color), spec: { selector: { app: web.metadata.name }, ports: [{ port: 80 }] } },
          parent,
        ),
    );
    const route = (object, opts) =>
      custom(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        object,
        {
          hostnames: [`${object}.example.com`],
          rules: [
            {
              backendRefs: backends.map((service, i) => ({
                name: service.metadata.name,
                port: 80,
                weight: [90, 10][i],
              })),
            },
            { matches: [{ path: { value: "/old" } }], backendRefs: [{ name: "blue", port: 80 }] },
          ],
        },
        opts,
      );
    const endpoints = (object, opts) =>
      custom(
        "externaldns.k8s.io/v1alpha1",
        "DNSEndpoint",
        object,
        {
          endpoints: ["blue", "green"].map((setIdentifier, i) => ({
            dnsName: `${object}.example.com`,
            recordType: "A",
            targets: [`192.0.2.${i + 1}`],
            setIdentifier,
            providerSpecific: [{ name: "aws/weight", value: ["90", "10"][i] }],
          })),
        },
        opts,
      );
    route("split");
    route("split-ignoring", { ignoreChanges: ["spec.rules"] });
    route("split-kept", { protect: true });
    endpoints("names");
    endpoints("names-opted-out", { annotations: { "firebreak.dev/ignore-until": "2100-01-01T00:00:00Z" } });
  }
}
new Shop("shop");
