import { isObject, type JsonObject, readList, readObject, readText } from "./document.js";
import { earliest, FieldError, latest, rejectable } from "./fields.js";
import type { ParsedFlow } from "./format.js";

/** One series of a response of Prometheus' HTTP API: its labels and samples, sorted by time. */
export interface Series {
  /** The metric, `__name__`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds and the counter's value then. */
  readonly samples: readonly Sample[];
}

export type Sample = readonly [time: number, value: number];

/** How much a counter grew between two samples of it. */
export interface Increase {
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly amount: number;
}

export type Untold = { readonly skip: string } | { readonly reject: string };

/** No counter is sampled more seldom; what grew over a longer gap cannot be given a time. */
const longestGap = 86_400;

/** Whether a document is a response of Prometheus' HTTP API with at least one series of a metric that `wanted` takes. */
export function holdsMetric(document: unknown, wanted: (name: string) => boolean): boolean {
  const data = isObject(document) ? document.data : undefined;
  const result = isObject(data) ? data.result : undefined;
  if (!Array.isArray(result)) return false;
  return result.some((series) => {
    const name = isObject(series) && isObject(series.metric) ? series.metric.__name__ : undefined;
    return typeof name === "string" && wanted(name);
  });
}

/**
 * The series of a response of `/api/v1/query_range`, or of `/api/v1/query` for a range vector (`NAME[1h]`).
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 * @returns of each series its samples, or why it is left out; for a response of no use one reject
 */
export function readSeries(document: unknown): (Series | Untold)[] {
  const read = rejectable(() => readMatrix(document));
  return "reject" in read ? [read] : read.map((series, i) => rejectable(() => readOne(`data.result[${i}]`, series)));
}

function readMatrix(document: unknown): readonly unknown[] {
  const response = readObject("document", document);
  if (response.status !== "success") {
    if (response.status !== "error") throw new FieldError("status", response.status, '"success"');
    throw new FieldError("error", response.error, "a response of success; mend the query and ask again");
  }
  const data = readObject("data", response.data);
  if (data.resultType === "vector") {
    const remedy = "a matrix; a vector's single samples tell no increase: ask query_range, or query for NAME[1h]";
    throw new FieldError("data.resultType", "vector", remedy);
  }
  if (data.resultType !== "matrix") throw new FieldError("data.resultType", data.resultType, '"matrix"');
  return readList("data.result", data.result);
}

function readOne(place: string, value: unknown): Series | Untold {
  const series = readObject(place, value);
  const labels = readLabels(`${place}.metric`, series.metric);
  const name = labels.__name__;
  if (name === undefined || name === "") {
    throw new FieldError(`${place}.metric.__name__`, name, "a metric; ask for the counter, not rate() or sum() of it");
  }
  if (series.values === undefined && series.histograms !== undefined) return { skip: "native histogram" };
  const samples = readList(`${place}.values`, series.values).map((sample, i) =>
    readSample(`${place}.values[${i}]`, sample),
  );
  const unordered = samples.findIndex(([time], i) => i > 0 && time <= (samples[i - 1]?.[0] ?? 0));
  if (unordered > 0) {
    throw new FieldError(`${place}.values[${unordered}][0]`, samples[unordered]?.[0], "a time after the sample before");
  }
  return { name, labels, samples };
}

function readLabels(place: string, value: unknown): Record<string, string> {
  const labels: JsonObject = readObject(place, value);
  return Object.fromEntries(Object.keys(labels).map((key) => [key, readText(`${place}.${key}`, labels[key])]));
}

function readSample(place: string, value: unknown): Sample {
  const [time, text, ...more] = readList(place, value);
  if (more.length > 0) throw new FieldError(place, value, "a time and a value");
  if (typeof time !== "number" || !(time >= earliest && time < latest)) {
    throw new FieldError(`${place}[0]`, time, "unix seconds between the years 2000 and 2100");
  }
  const count = typeof text === "string" && /^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= Number.MAX_SAFE_INTEGER)) throw new FieldError(`${place}[1]`, text, "a counter's value, not negative");
  return [time, count];
}

/**
 * How much a counter grew from sample to sample. One that fell was reset: it grew from 0, as Prometheus' `increase` takes it;
 * nothing is extrapolated. Times are whole seconds; what did not grow, and gaps of more than a day, are left out.
 */
export function increasesOf({ samples }: Series): Increase[] {
  return samples.slice(1).flatMap(([time, value], i): Increase[] => {
    const [before, old] = samples[i] ?? [time, value];
    const amount = value >= old ? value - old : value;
    const start = Math.floor(before);
    if (amount === 0 || time - before > longestGap) return [];
    return [{ start, end: Math.max(Math.floor(time), start + 1), amount }];
  });
}

/** What one client sent one server in one step, summed over the series that tell of it. */
export interface StepTotal {
  readonly client: string | null;
  readonly server: string | null;
  readonly start: number;
  readonly end: number;
}

/** A flow of a step's totals; `amounts` may hold what else is known. */
export function stepFlow(
  step: StepTotal,
  observer: string,
  amounts: Partial<ParsedFlow>,
): { readonly flow: ParsedFlow } {
  const unknown = { clientPort: null, serverPort: null, protocol: null, requests: null, failed: null };
  const usual = { connections: 0, bytes: 0, sampling: 1, outcome: "accepted", undecided: false } as const;
  const { client, server, start, end } = step;
  return { flow: { start, end, client, server, ...unknown, ...usual, observer, ...amounts } };
}
