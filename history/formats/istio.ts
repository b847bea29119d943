import { FieldError, rejectable } from "../fields.js";
import type { JsonFormat, Parsed } from "../format.js";
import { holdsMetric, increasesOf, readSeries, type Series, stepFlow } from "../prometheus.js";
import { istioEnds } from "./istioEnds.js";

/** What each counter adds to. */
const metrics = {
  istio_requests_total: "requests",
  istio_request_bytes_sum: "requestBytes",
  istio_response_bytes_sum: "requestBytes",
  istio_tcp_connections_opened_total: "connections",
  istio_tcp_sent_bytes_total: "connectionBytes",
  istio_tcp_received_bytes_total: "connectionBytes",
} as const;
type Metric = keyof typeof metrics;

/** What a live Prometheus is asked for. */
export const istioMetrics = Object.keys(metrics) as readonly Metric[];
const isMetric = (name: string): name is Metric => Object.hasOwn(metrics, name);

/**
 * Istio's standard metrics, as Prometheus' HTTP API gives them.
 * https://istio.io/latest/docs/reference/config/metrics/
 */
export const istio: JsonFormat = {
  kind: "json",
  name: "istio",
  detect: (document) => holdsMetric(document, isMetric),
  parse,
};

/**
 * Who told of it, best first. The client's proxy sees every request, also those that never arrive; a waypoint stands
 * between; the server's proxy is all there is where the client is outside of the mesh.
 */
const reporters: readonly string[] = ["source", "waypoint", "destination"];

function* parse(document: unknown): Generator<Parsed> {
  const series: Series[] = [];
  for (const read of readSeries(document)) {
    if (!("samples" in read)) yield read;
    else if (!isMetric(read.name)) yield { skip: "a metric that counts no traffic between workloads" };
    else if (read.samples.length === 0) yield { skip: "a series without samples" };
    else if (!reporters.includes(read.labels.reporter ?? "")) {
      yield rejectable(() => {
        throw new FieldError(`${read.name}: reporter`, read.labels.reporter, `one of ${reporters.join(", ")}`);
      });
    } else series.push(read);
  }
  yield* sumSteps(series);
}

interface Step {
  readonly client: string | null;
  readonly server: string | null;
  readonly start: number;
  readonly end: number;
  readonly isHttp: boolean;
  count: number;
  failed: number;
  bytes: number;
}

/** One flow a pair, step and kind of traffic (requests, TCP connections); series of one pair, and its codes, add up. */
function* sumSteps(series: readonly Series[]): Generator<Parsed> {
  const endsOf = istioEnds(series);
  const told = new Map<string, number>();
  const pairOf = (s: Series) => JSON.stringify([...endsOf(s), isHttp(s)]);
  const rankOf = (s: Series) => reporters.indexOf(s.labels.reporter ?? "");
  for (const s of series) told.set(pairOf(s), Math.min(told.get(pairOf(s)) ?? reporters.length, rankOf(s)));

  const steps = new Map<string, Step>();
  for (const s of series) {
    if (rankOf(s) !== told.get(pairOf(s))) {
      yield { skip: "told by the other side's proxy, too" };
      continue;
    }
    const [client, server] = endsOf(s);
    if (client === null && server === null) {
      yield { skip: "names neither end" };
      continue;
    }
    const kind = metrics[s.name as Metric];
    for (const { start, end, amount } of increasesOf(s)) {
      const key = JSON.stringify([client, server, isHttp(s), start, end]);
      const step: Step = steps.get(key) ?? {
        client,
        server,
        start,
        end,
        isHttp: isHttp(s),
        count: 0,
        failed: 0,
        bytes: 0,
      };
      if (kind === "requestBytes" || kind === "connectionBytes") step.bytes += amount;
      else step.count += amount;
      if (kind === "requests" && isFailure(s.labels)) step.failed += amount;
      steps.set(key, step);
    }
  }
  for (const { isHttp, count, failed, bytes, ...step } of steps.values()) {
    yield stepFlow(
      step,
      "istio",
      isHttp ? { requests: count, connections: count, failed, bytes } : { connections: count, bytes },
    );
  }
}

const isHttp = (s: Series) => !metrics[s.name as Metric].startsWith("connection");

/**
 * gRPC statuses that are the server's fault (https://grpc.io/docs/guides/status-codes/), as OpenTelemetry's conventions
 * count them: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS.
 */
const failedStatuses: ReadonlySet<string> = new Set(["2", "4", "12", "13", "14", "15"]);

/** A request failed with a status of 500 and above, with none (0: the connection broke), or with a status of gRPC that says so. */
function isFailure({ response_code: code = "", grpc_response_status: status = "" }: Series["labels"]): boolean {
  return /^([5-9]\d\d|0)$/.test(code) || failedStatuses.has(status);
}
