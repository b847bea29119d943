import { reservationName } from "../../planner/reservationName.js";
import type { Change } from "../../planner/types.js";

/** Pulumi types of what is changed on Kubernetes, by kind. */
export const types = {
  Deployment: "kubernetes:apps/v1:Deployment",
  HorizontalPodAutoscaler: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  ScaledObject: "kubernetes:keda.sh/v1alpha1:ScaledObject",
  HTTPRoute: "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
  DNSEndpoint: "kubernetes:externaldns.k8s.io/v1alpha1:DNSEndpoint",
} as const;

const common = {
  reason: "it would fall with its host",
  path: ["host/n1"],
  owner: null,
  riskWithout: 0.2,
  costPerDay: 1,
  expiresAt: "2100-01-01T00:00:00Z",
};

export const replicas = (type: keyof typeof types, name: string, from: number, to: number): Change => ({
  ...common,
  kind: "replicas",
  service: name,
  target: { type: types[type], name },
  from,
  to,
});

export const weight = (
  type: "HTTPRoute" | "DNSEndpoint",
  name: string,
  backend: string,
  from: number,
  to: number,
): Change => ({
  ...common,
  kind: "dnsWeight",
  service: "web",
  target: { type: types[type], name },
  backend,
  from,
  to,
});
/** Slots of five cores in zone-a, whose two nodes have eight each: one fits on each. */
export const slots = (to: number): Change => ({
  ...common,
  kind: "reservation",
  service: "web",
  target: { type: types.Deployment, name: reservationName("web") },
  from: 0,
  to,
  slot: { cpu: 5, memory: 2 ** 30, capacity: 100, zones: ["zone-a"] },
});
