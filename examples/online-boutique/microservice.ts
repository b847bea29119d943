import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Probe, ServiceSpec } from "./services.js";

export interface MicroserviceArgs {
  readonly namespace: pulumi.Input<string>;
  readonly spec: ServiceSpec;
}

/** One service of the application: a Deployment spread over the zones, and the Service in front of it. */
export class Microservice extends pulumi.ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;
  readonly service: k8s.core.v1.Service;

  constructor(name: string, args: MicroserviceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("boutique:index:Microservice", name, {}, opts);
    const { namespace, spec } = args;
    const labels = { app: spec.name };
    const metadata = { name: spec.name, namespace, labels };
    const inside = { parent: this };

    this.deployment = new k8s.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: spec.replicas,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podOf(spec, labels) },
        },
      },
      inside,
    );
    this.service = new k8s.core.v1.Service(
      name,
      {
        metadata,
        spec: {
          type: "ClusterIP",
          selector: labels,
          ports: [{ name: spec.portName, port: spec.servicePort, targetPort: spec.containerPort }],
        },
      },
      inside,
    );
    this.registerOutputs({ replicas: this.deployment.spec.replicas });
  }
}

function podOf(spec: ServiceSpec, labels: Record<string, string>): k8s.types.input.core.v1.PodSpec {
  const probe = probeOf(spec.probe, spec.containerPort);
  const data = spec.dataPath === undefined ? null : { name: "data", mountPath: spec.dataPath };
  return {
    serviceAccountName: "default",
    terminationGracePeriodSeconds: spec.gracePeriod,
    securityContext: { fsGroup: 1000, runAsGroup: 1000, runAsNonRoot: true, runAsUser: 1000 },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      },
    ],
    containers: [
      {
        name: "server",
        image: spec.image,
        ports: [{ containerPort: spec.containerPort }],
        env: Object.entries(spec.env).map(([name, value]) => ({ name, value })),
        readinessProbe: probe,
        livenessProbe: probe,
        resources: { requests: { ...spec.requests }, limits: { ...spec.limits } },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          privileged: false,
          readOnlyRootFilesystem: true,
        },
        ...(data && { volumeMounts: [data] }),
      },
    ],
    ...(data && { volumes: [{ name: data.name, emptyDir: {} }] }),
  };
}

function probeOf(probe: Probe, port: number): k8s.types.input.core.v1.Probe {
  const timing = { initialDelaySeconds: probe.initialDelay, periodSeconds: probe.period };
  switch (probe.kind) {
    case "grpc":
      return { ...timing, exec: { command: ["/bin/grpc_health_probe", `-addr=:${port}`] } };
    case "http":
      return { ...timing, httpGet: { path: probe.path, port } };
    case "tcp":
      return { ...timing, tcpSocket: { port } };
  }
}
