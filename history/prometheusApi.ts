import { InputError } from "../input/problems.js";
import { isObject } from "./document.js";
import type { TimeWindow } from "./format.js";

/** A Prometheus, or what answers like one (Thanos, Mimir, VictoriaMetrics), and how to ask it. */
export interface PrometheusApi {
  /** Up to the path before `/api/v1`. */
  readonly url: string;
  /** Seconds between two samples. */
  readonly step: number;
  /** Bearer token, where one is needed. */
  readonly token?: string;
  /** Seconds after which an answer is given up. */
  readonly timeout: number;
}

const scheme = /^prometheus\+(https?:\/\/.+)$/;

/** The address of a source such as `prometheus+http://host:9090`; undefined where the source is none. */
export function prometheusUrl(source: string): string | undefined {
  return scheme.exec(source)?.[1]?.replace(/\/+$/, "");
}

/**
 * Asks for the samples of metrics over a window, its end included.
 * @returns the answer's text, or undefined where it holds no series. For a metric without series it holds an empty one:
 *   it was asked for, and nothing was counted
 * @throws InputError where the server cannot be reached, refuses or takes too long, naming the remedy
 */
export async function queryRange(
  api: PrometheusApi,
  metrics: readonly string[],
  window: TimeWindow,
): Promise<string | undefined> {
  const query = `{__name__=~"${metrics.join("|")}"}`;
  const { from, to } = window;
  const parameters = new URLSearchParams({ query, start: String(from), end: String(to), step: String(api.step) });
  const body = await post(api, "/api/v1/query_range", parameters);
  const series = resultOf(api, body);
  if (series.length === 0) return undefined;
  const found = new Set(series.map((s) => (isObject(s) && isObject(s.metric) ? s.metric.__name__ : undefined)));
  const empty = metrics.filter((name) => !found.has(name)).map((name) => ({ metric: { __name__: name }, values: [] }));
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result: [...series, ...empty] } });
}

async function post(api: PrometheusApi, path: string, parameters: URLSearchParams): Promise<string> {
  try {
    const response = await fetch(`${api.url}${path}`, {
      method: "POST",
      body: parameters,
      headers: api.token === undefined ? {} : { Authorization: `Bearer ${api.token}` },
      signal: AbortSignal.timeout(api.timeout * 1000),
    });
    const text = await response.text();
    if (response.ok) return text;
    throw refusal(api, remedyOf(response.status, text));
  } catch (error) {
    if (error instanceof InputError) throw error;
    const timedOut = (error as Error).name === "TimeoutError";
    const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
    const reason = cause?.code ?? cause?.message ?? (error as Error).message;
    throw refusal(
      api,
      timedOut
        ? `did not answer within ${api.timeout} s; ask for less time (--since) or wait longer (--timeout)`
        : `cannot be reached (${reason}); check the address, and that it is up`,
    );
  }
}

function remedyOf(status: number, text: string): string {
  if (status === 401 || status === 403) {
    return `refuses to answer (${status}); give a token that may query by --token-file, or in PROMETHEUS_TOKEN`;
  }
  if (status === 404) return "has no /api/v1/query_range (404); give its address up to there, with the path before it";
  const said = errorOf(text);
  return `answered ${status}${said === "" ? "" : `: ${said}`}; check its log, or ask for less time (--since)`;
}

function errorOf(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    return isObject(answer) && typeof answer.error === "string" ? answer.error.slice(0, 200) : "";
  } catch {
    return "";
  }
}

function resultOf(api: PrometheusApi, text: string): readonly unknown[] {
  try {
    const answer: unknown = JSON.parse(text);
    const data = isObject(answer) && answer.status === "success" ? answer.data : undefined;
    if (isObject(data) && Array.isArray(data.result)) return data.result;
  } catch {
    // Said below.
  }
  throw refusal(api, "does not answer as Prometheus does; check the address and the path before /api/v1");
}

const refusal = (api: PrometheusApi, message: string) => new InputError(api.url, [{ place: api.url, message }]);
