import { FieldError, rejectable } from "../fields.js";
import type { JsonFormat, Parsed } from "../format.js";
import { holdsMetric, type Increase, increasesOf, readSeries, type Series, stepFlow } from "../prometheus.js";

/** Counters of the connector; an exporter may put a namespace before the name. */
const requestMetric = /(?:^|_)traces_service_graph_request_total$/;
const failedMetric = /(?:^|_)traces_service_graph_request_failed_total$/;

/** What a live Prometheus is asked for. */
export const serviceGraphMetrics = [
  "traces_service_graph_request_total",
  "traces_service_graph_request_failed_total",
] as const;

/**
 * Service-graph metrics of the OpenTelemetry collector's connector and of Tempo's metrics generator, as Prometheus' HTTP
 * API gives them.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/connector/servicegraphconnector
 * https://grafana.com/docs/tempo/latest/metrics-from-traces/service_graphs/
 */
export const serviceGraph: JsonFormat = {
  kind: "json",
  name: "service-graph",
  detect: (document) => holdsMetric(document, (name) => requestMetric.test(name) || failedMetric.test(name)),
  parse,
};

function* parse(document: unknown): Generator<Parsed> {
  const series: Series[] = [];
  for (const read of readSeries(document)) {
    if (!("samples" in read)) yield read;
    else if (failedMetric.test(read.name)) series.push(read);
    else if (requestMetric.test(read.name)) {
      const ends = rejectable(() => endsOf(read));
      if ("reject" in ends) yield ends;
      else series.push(read);
    } else yield { skip: "a metric that counts no requests between services" };
  }
  const failed = series.filter((s) => failedMetric.test(s.name));
  yield* sumSteps(
    series.filter((s) => requestMetric.test(s.name)),
    failed.length > 0 ? new Map(failed.map((s) => [keyOf(s), increasesOf(s)])) : undefined,
  );
}

/** Labels without the metric's name: a counter and that of its failures carry the same. */
const keyOf = ({ labels }: Series) => JSON.stringify(Object.entries({ ...labels, __name__: "" }).sort());

interface Step extends Increase {
  readonly client: string | null;
  readonly server: string | null;
  readonly failed: number | null;
}

/**
 * One flow a pair and step. Series of one pair (replicas of the collector, dimensions) add up. Failures are known where the
 * response holds any series of them, also an empty one, and are 0 where a pair has none.
 */
function* sumSteps(
  totals: readonly Series[],
  failures: ReadonlyMap<string, readonly Increase[]> | undefined,
): Generator<Parsed> {
  const steps = new Map<string, Step>();
  for (const series of totals) {
    const [client, server] = endsOf(series);
    const failing = failures && (failures.get(keyOf(series)) ?? []);
    for (const step of increasesOf(series)) {
      // Both counters are scraped at once, but not read at once: a failure may be seen before its request.
      const failed = failing ? Math.min(step.amount, sumWithin(failing, step)) : null;
      const key = JSON.stringify([client, server, step.start, step.end]);
      const before = steps.get(key);
      steps.set(key, {
        ...{ ...step, client, server },
        amount: step.amount + (before?.amount ?? 0),
        failed: failed === null ? null : failed + (before?.failed ?? 0),
      });
    }
  }
  for (const step of steps.values()) {
    const { amount: requests, failed } = step;
    yield stepFlow(step, "service-graph", { requests, connections: requests, failed });
  }
}

const sumWithin = (increases: readonly Increase[], { start, end }: Increase) =>
  increases.reduce((sum, i) => (i.end > start && i.end <= end ? sum + i.amount : sum), 0);

/** Client and server. Tempo and the connector call who is not traced `user`, of connection type `virtual_node`. */
function endsOf({ name, labels }: Series): readonly [client: string | null, server: string] {
  const { client = "", server = "", connection_type: type } = labels;
  if (client === "") throw new FieldError(`${name}: client`, labels.client, "the name of a service");
  if (server === "") throw new FieldError(`${name}: server`, labels.server, "the name of a service");
  return [client === "user" && type === "virtual_node" ? null : client, server];
}
