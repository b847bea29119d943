import { Readable } from "node:stream";
import { InputError } from "../input/problems.js";
import type { TimeWindow } from "./format.js";
import { istio, istioMetrics } from "./formats/istio.js";
import { serviceGraph, serviceGraphMetrics } from "./formats/serviceGraph.js";
import { type IngestOptions, type IngestReport, ingest } from "./ingest.js";
import { type PrometheusApi, queryRange } from "./prometheusApi.js";

const asked = [
  { format: serviceGraph.name, metrics: serviceGraphMetrics },
  { format: istio.name, metrics: istioMetrics },
] as const;

/**
 * Seconds of one slice of time. Slices lie at whole multiples, so that asking again for a time that overlaps gives the
 * same content again, which the history stores once.
 */
export const slice = 600;

/**
 * Asks a Prometheus for the service-graph and Istio metrics of a window and stores them, slice by slice. Only slices that are
 * whole within the window count: the last minutes come with the next run.
 * @param options its `format` is `auto`, or one of the two
 * @returns one report a format that has series
 * @throws InputError where it cannot be asked, or has neither of the metrics
 */
export async function ingestPrometheus(
  api: PrometheusApi,
  window: TimeWindow,
  options: IngestOptions,
): Promise<IngestReport[]> {
  const wanted = asked.filter((a) => options.format === "auto" || options.format === a.format);
  if (wanted.length === 0) {
    const names = asked.map((a) => a.format).join(", ");
    const message = `${JSON.stringify(options.format)} is not read from Prometheus; expected auto, ${names}`;
    throw new InputError(api.url, [{ place: "--format", message }]);
  }
  if (slice % api.step !== 0) {
    throw new InputError(api.url, [
      { place: "--step", message: `${api.step} s: expected a whole part of ${slice} s, such as 15s, 30s or 60s` },
    ]);
  }
  const reports: IngestReport[] = [];
  for (const { format, metrics } of wanted) {
    let sum: IngestReport | undefined;
    for (let from = Math.ceil(window.from / slice) * slice; from + slice <= window.to; from += slice) {
      const text = await queryRange(api, metrics, { from, to: from + slice });
      if (text === undefined) continue;
      const [report] = await ingest(api.url, { ...options, format, content: Readable.from([Buffer.from(text)]) });
      if (report !== undefined) sum = sum === undefined ? report : addReport(sum, report);
    }
    if (sum !== undefined) reports.push(sum);
  }
  if (reports.length > 0) return reports;
  const message =
    `has no samples of ${wanted.map((a) => a.metrics[0]).join(" or ")} in a whole ${slice / 60} minutes of that time; ` +
    "check that they are scraped, or ask for more (--since)";
  throw new InputError(api.url, [{ place: api.url, message }]);
}

function addReport(a: IngestReport, b: IngestReport): IngestReport {
  const skippedReasons: Record<string, number> = { ...a.skippedReasons };
  for (const [reason, n] of Object.entries(b.skippedReasons))
    skippedReasons[reason] = (skippedReasons[reason] ?? 0) + n;
  return {
    ...a,
    ...{ lines: a.lines + b.lines, stored: a.stored + b.stored, rejected: a.rejected + b.rejected },
    ...{ skipped: a.skipped + b.skipped, skippedReasons, rejectsFile: b.rejectsFile ?? a.rejectsFile },
    days: [...new Set([...a.days, ...b.days])].sort(),
    alreadyStored: a.alreadyStored && b.alreadyStored,
  };
}
