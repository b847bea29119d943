import { type Connection, type Endpoint, interfaceOf } from "./flowLog.js";
import { type Pod, zones } from "./inventory.js";
import type { Random } from "./random.js";
import type { Call, ServiceName } from "./services.js";

/** The hour, in Unix seconds. */
export interface Hour {
  readonly from: number;
  readonly to: number;
}

/** Seconds that a pooled connection stays open: several aggregation intervals. */
const poolAge = { shortest: 120, longest: 480 };
const usersPerSecond = 0.8;
const healthCheckEvery = 30;

/** Load balancer nodes, one a zone, in the public subnets 10.0.0.0/24 to 10.0.2.0/24. */
const balancers = zones.map((zone, i) => ({ address: `10.0.${i}.20`, interfaceId: interfaceOf(`balancer-${zone}`) }));
const nameServer = { address: "10.0.64.5", interfaceId: interfaceOf("name-server") };
/** An old batch job that a security group keeps out of the cart's store. */
const strayJob = { address: "10.0.96.200", interfaceId: null };

const http = { rate: 4, request: 640, answer: 9200 };
const healthCheck = { rate: 1, request: 310, answer: 240 };

/** Every connection of the hour: the application's own calls, its users, and the noise that real logs hold. */
export function openConnections(pods: readonly Pod[], hour: Hour, random: Random): Connection[] {
  const open: Connection[] = [];
  for (const pod of pods) for (const call of pod.spec.calls) open.push(...pooled(pod, call, pods, hour, random));
  open.push(...fromBalancers(pods, hour, random));
  open.push(...fromUsers(hour, random));
  open.push(...healthChecks(pods, hour, random));
  open.push(...nameLookups(pods, hour, random));
  open.push(...rejectedOnes(pods, hour, random));
  return open.map((connection) => clip(connection, hour)).filter(({ from, to }) => from < to);
}

/** Traffic grows to its highest towards the end of the hour: 1 is the mean. */
function season(time: number, hour: Hour): number {
  return 0.8 + (0.4 * (time - hour.from)) / (hour.to - hour.from);
}

function pooled(pod: Pod, call: Call, pods: readonly Pod[], hour: Hour, random: Random): Connection[] {
  const replicas = replicasOf(call.to, pods);
  return Array.from({ length: call.connections }, () =>
    slot(hour, random, () => {
      const server = random.pick(replicas);
      return { client: ofPod(pod, ephemeral(random)), server: ofPod(server, server.spec.containerPort), ...call };
    }),
  ).flat();
}

/** One place in a pool: when its connection has grown old it is closed, and another is opened soon after. */
function slot(
  hour: Hour,
  random: Random,
  connect: () => Pick<Connection, "client" | "server" | "rate" | "request" | "answer">,
): Connection[] {
  const connections: Connection[] = [];
  let time = hour.from - random.between(0, poolAge.longest);
  while (time < hour.to) {
    const age = random.between(poolAge.shortest, poolAge.longest);
    const { client, server, rate, request, answer } = connect();
    const busy = rate * season(time, hour) * random.between(0.8, 1.2);
    connections.push({ client, server, protocol: 6, from: time, to: time + age, rate: busy, request, answer });
    time += age + random.between(0.2, 2);
  }
  return connections;
}

function fromBalancers(pods: readonly Pod[], hour: Hour, random: Random): Connection[] {
  const frontends = replicasOf("frontend", pods);
  return balancers.flatMap((balancer) =>
    Array.from({ length: 12 }, () =>
      slot(hour, random, () => {
        const pod = random.pick(frontends);
        return { client: { ...balancer, port: ephemeral(random) }, server: ofPod(pod, 8080), ...http };
      }),
    ).flat(),
  );
}

/** Users come from the networks that are set aside for documentation. */
function fromUsers(hour: Hour, random: Random): Connection[] {
  const connections: Connection[] = [];
  let time = hour.from;
  while (time < hour.to) {
    const client = { address: outsideAddress(random), port: random.whole(1024, 65535), interfaceId: null };
    const server = { ...random.pick(balancers), port: 443 };
    const to = time + random.between(1, 90);
    connections.push({ client, server, protocol: 6, from: time, to, ...http, rate: random.between(0.1, 0.6) });
    time += random.wait(usersPerSecond * season(time, hour));
  }
  return connections;
}

function healthChecks(pods: readonly Pod[], hour: Hour, random: Random): Connection[] {
  const pairs = balancers.flatMap((balancer) => replicasOf("frontend", pods).map((pod) => ({ balancer, pod })));
  return pairs.flatMap(({ balancer, pod }) =>
    every(healthCheckEvery, hour, random).map((from) => ({
      client: { ...balancer, port: ephemeral(random) },
      server: ofPod(pod, 8080),
      protocol: 6,
      from,
      to: from + random.between(0.01, 0.4),
      ...healthCheck,
    })),
  );
}

function nameLookups(pods: readonly Pod[], hour: Hour, random: Random): Connection[] {
  return pods
    .filter((pod) => pod.spec.calls.length > 0)
    .flatMap((pod) =>
      every(120, hour, random).map((from) => ({
        client: ofPod(pod, ephemeral(random)),
        server: { ...nameServer, port: 53 },
        protocol: 17,
        from,
        to: from + 0.01,
        rate: 1,
        request: 92,
        answer: 185,
      })),
    );
}

function rejectedOnes(pods: readonly Pod[], hour: Hour, random: Random): Connection[] {
  const refused = (client: Endpoint, server: Endpoint, from: number): Connection => {
    return { client, server, protocol: 6, from, to: from + 0.5, rate: 1, request: 44, answer: 0, rejected: true };
  };
  const scans = every(20, hour, random).map((from) =>
    refused(
      { address: outsideAddress(random), port: random.whole(1024, 65535), interfaceId: null },
      { ...random.pick(balancers), port: random.pick([22, 23, 445, 3389, 8443]) },
      from,
    ),
  );
  const store = replicasOf("redis-cart", pods)[0];
  if (store === undefined) return scans;
  const stray = every(60, hour, random).map((from) =>
    refused({ ...strayJob, port: ephemeral(random) }, ofPod(store, 6379), from),
  );
  return [...scans, ...stray];
}

/** Times that are `seconds` apart, with a start of their own. */
function every(seconds: number, hour: Hour, random: Random): number[] {
  const first = hour.from + random.between(0, seconds);
  return Array.from({ length: Math.ceil((hour.to - first) / seconds) }, (_, i) => first + i * seconds);
}

function replicasOf(service: ServiceName, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => pod.spec.name === service);
}

function ofPod(pod: Pod, port: number): Endpoint {
  return { address: pod.address, port, interfaceId: interfaceOf(pod.id) };
}

/** A port that Linux gives to a client. */
function ephemeral(random: Random): number {
  return random.whole(32768, 60999);
}

function outsideAddress(random: Random): string {
  return `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.whole(1, 254)}`;
}

function clip(connection: Connection, { from, to }: Hour): Connection {
  return { ...connection, from: Math.max(connection.from, from), to: Math.min(connection.to, to) };
}
