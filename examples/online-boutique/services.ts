/** Amounts as Kubernetes writes them, for example `100m` and `64Mi`. */
export interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** How the kubelet asks whether the container is well. */
export type Probe =
  | { readonly kind: "grpc"; readonly initialDelay?: number; readonly period?: number }
  | { readonly kind: "http"; readonly path: string; readonly initialDelay?: number; readonly period?: number }
  | { readonly kind: "tcp"; readonly initialDelay?: number; readonly period?: number };

/** One call in the application: who is called, and what the pod's pool towards it looks like. */
export interface Call {
  readonly to: ServiceName;
  /** Connections that one pod of the caller keeps open. */
  readonly connections: number;
  /** Requests per second over one of these connections, and their usual sizes in bytes. */
  readonly rate: number;
  readonly request: number;
  readonly answer: number;
}

export interface ServiceSpec {
  readonly name: ServiceName;
  readonly image: string;
  readonly replicas: number;
  /** Port of the container, and of the Service in front of it. */
  readonly containerPort: number;
  readonly servicePort: number;
  readonly portName: string;
  readonly requests: Amounts;
  readonly limits: Amounts;
  readonly probe: Probe;
  readonly env: Readonly<Record<string, string>>;
  /** Seconds that a pod has to end; the cluster's default where absent. */
  readonly gracePeriod?: number;
  /** Path of an empty directory for data that lives as long as the pod. */
  readonly dataPath?: string;
  readonly calls: readonly Call[];
  /** What traffic alone cannot tell: goes into the inventory. */
  readonly facts: ServiceFacts;
}

export interface ServiceFacts {
  readonly tier: "edge" | "backend" | "data";
  /** Weight of losing one pod. */
  readonly criticality: number;
  /** Connections per second that one pod can take. */
  readonly capacity: number;
  /** Probability that a pod fails by itself within an hour. */
  readonly prior: number;
}

export type ServiceName =
  | "frontend"
  | "cartservice"
  | "productcatalogservice"
  | "currencyservice"
  | "paymentservice"
  | "shippingservice"
  | "emailservice"
  | "checkoutservice"
  | "recommendationservice"
  | "adservice"
  | "redis-cart";

const image = (name: string) => `gcr.io/google-samples/microservices-demo/${name}:v0.5.1`;
const small = { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "200m", memory: "128Mi" } };
const grpc = { portName: "grpc", probe: { kind: "grpc" } } as const;

const addresses = {
  PRODUCT_CATALOG_SERVICE_ADDR: "productcatalogservice:3550",
  CURRENCY_SERVICE_ADDR: "currencyservice:7000",
  CART_SERVICE_ADDR: "cartservice:7070",
  SHIPPING_SERVICE_ADDR: "shippingservice:50051",
} as const;

/**
 * The application as it is deployed: images, ports, environment, probes and resources are those of release v0.5.1 of
 * Online Boutique; replica counts are ours. `productcatalogservice` runs one replica: the README says why that is the
 * risky choice.
 */
export const services: readonly ServiceSpec[] = [
  {
    name: "frontend",
    image: image("frontend"),
    replicas: 3,
    containerPort: 8080,
    servicePort: 80,
    portName: "http",
    ...small,
    probe: { kind: "http", path: "/_healthz", initialDelay: 10 },
    env: {
      PORT: "8080",
      ...addresses,
      RECOMMENDATION_SERVICE_ADDR: "recommendationservice:8080",
      CHECKOUT_SERVICE_ADDR: "checkoutservice:5050",
      AD_SERVICE_ADDR: "adservice:9555",
      ENABLE_PROFILER: "0",
    },
    calls: [
      { to: "productcatalogservice", connections: 8, rate: 6, request: 120, answer: 1900 },
      { to: "currencyservice", connections: 8, rate: 9, request: 110, answer: 130 },
      { to: "cartservice", connections: 5, rate: 3, request: 130, answer: 260 },
      { to: "recommendationservice", connections: 4, rate: 2, request: 180, answer: 220 },
      { to: "shippingservice", connections: 3, rate: 1, request: 320, answer: 110 },
      { to: "checkoutservice", connections: 3, rate: 0.5, request: 520, answer: 900 },
      { to: "adservice", connections: 4, rate: 2, request: 100, answer: 310 },
    ],
    facts: { tier: "edge", criticality: 2, capacity: 3, prior: 0.012 },
  },
  {
    name: "cartservice",
    image: image("cartservice"),
    replicas: 3,
    containerPort: 7070,
    servicePort: 7070,
    ...grpc,
    requests: { cpu: "200m", memory: "64Mi" },
    limits: { cpu: "300m", memory: "128Mi" },
    probe: { kind: "grpc", initialDelay: 15, period: 10 },
    env: { REDIS_ADDR: "redis-cart:6379" },
    calls: [{ to: "redis-cart", connections: 3, rate: 8, request: 140, answer: 380 }],
    facts: { tier: "backend", criticality: 1, capacity: 0.8, prior: 0.008 },
  },
  {
    name: "productcatalogservice",
    image: image("productcatalogservice"),
    replicas: 1,
    containerPort: 3550,
    servicePort: 3550,
    ...grpc,
    ...small,
    env: { PORT: "3550", DISABLE_PROFILER: "1" },
    calls: [],
    facts: { tier: "backend", criticality: 2, capacity: 2, prior: 0.04 },
  },
  {
    name: "currencyservice",
    image: image("currencyservice"),
    replicas: 2,
    containerPort: 7000,
    servicePort: 7000,
    ...grpc,
    ...small,
    env: { PORT: "7000", DISABLE_PROFILER: "1" },
    gracePeriod: 5,
    calls: [],
    facts: { tier: "backend", criticality: 1, capacity: 2, prior: 0.01 },
  },
  {
    name: "paymentservice",
    image: image("paymentservice"),
    replicas: 2,
    containerPort: 50051,
    servicePort: 50051,
    ...grpc,
    ...small,
    env: { PORT: "50051", DISABLE_PROFILER: "1" },
    gracePeriod: 5,
    calls: [],
    facts: { tier: "backend", criticality: 2, capacity: 0.4, prior: 0.008 },
  },
  {
    name: "shippingservice",
    image: image("shippingservice"),
    replicas: 2,
    containerPort: 50051,
    servicePort: 50051,
    ...grpc,
    ...small,
    env: { PORT: "50051", DISABLE_PROFILER: "1" },
    calls: [],
    facts: { tier: "backend", criticality: 1, capacity: 0.8, prior: 0.008 },
  },
  {
    name: "emailservice",
    image: image("emailservice"),
    replicas: 2,
    containerPort: 8080,
    servicePort: 5000,
    ...grpc,
    ...small,
    env: { PORT: "8080", DISABLE_PROFILER: "1" },
    gracePeriod: 5,
    calls: [],
    facts: { tier: "backend", criticality: 0.5, capacity: 0.3, prior: 0.015 },
  },
  {
    name: "checkoutservice",
    image: image("checkoutservice"),
    replicas: 2,
    containerPort: 5050,
    servicePort: 5050,
    ...grpc,
    ...small,
    env: {
      PORT: "5050",
      ...addresses,
      PAYMENT_SERVICE_ADDR: "paymentservice:50051",
      EMAIL_SERVICE_ADDR: "emailservice:5000",
    },
    calls: [
      { to: "cartservice", connections: 2, rate: 0.4, request: 140, answer: 260 },
      { to: "productcatalogservice", connections: 3, rate: 1.5, request: 120, answer: 420 },
      { to: "currencyservice", connections: 3, rate: 1.5, request: 110, answer: 130 },
      { to: "shippingservice", connections: 2, rate: 0.8, request: 340, answer: 120 },
      { to: "paymentservice", connections: 2, rate: 0.4, request: 210, answer: 120 },
      { to: "emailservice", connections: 1, rate: 0.4, request: 1150, answer: 90 },
    ],
    facts: { tier: "backend", criticality: 2, capacity: 0.6, prior: 0.012 },
  },
  {
    name: "recommendationservice",
    image: image("recommendationservice"),
    replicas: 2,
    containerPort: 8080,
    servicePort: 8080,
    ...grpc,
    requests: { cpu: "100m", memory: "220Mi" },
    limits: { cpu: "200m", memory: "450Mi" },
    env: { PORT: "8080", PRODUCT_CATALOG_SERVICE_ADDR: "productcatalogservice:3550", DISABLE_PROFILER: "1" },
    gracePeriod: 5,
    calls: [{ to: "productcatalogservice", connections: 4, rate: 3, request: 90, answer: 2100 }],
    facts: { tier: "backend", criticality: 1, capacity: 0.8, prior: 0.02 },
  },
  {
    name: "adservice",
    image: image("adservice"),
    replicas: 2,
    containerPort: 9555,
    servicePort: 9555,
    ...grpc,
    requests: { cpu: "200m", memory: "180Mi" },
    limits: { cpu: "300m", memory: "300Mi" },
    probe: { kind: "grpc", initialDelay: 20, period: 15 },
    env: { PORT: "9555" },
    gracePeriod: 5,
    calls: [],
    facts: { tier: "backend", criticality: 0.5, capacity: 0.8, prior: 0.015 },
  },
  {
    name: "redis-cart",
    image: "redis:alpine",
    replicas: 1,
    containerPort: 6379,
    servicePort: 6379,
    portName: "tcp-redis",
    requests: { cpu: "70m", memory: "200Mi" },
    limits: { cpu: "125m", memory: "256Mi" },
    probe: { kind: "tcp", period: 5 },
    env: {},
    dataPath: "/data",
    calls: [],
    facts: { tier: "data", criticality: 3, capacity: 1.5, prior: 0.003 },
  },
];

/** @throws Error where the table has no such service. */
export function serviceOf(name: ServiceName): ServiceSpec {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`services.ts holds no ${name}`);
  return found;
}
