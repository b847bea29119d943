import { readAttributes } from "../attributes.js";
import { isObject, type JsonObject, readList, readObject, readText } from "../document.js";
import { FieldError, readNanoseconds, rejectable } from "../fields.js";
import type { JsonFormat, Parsed } from "../format.js";
import { peerKeys, peerOf } from "../peer.js";
import type { Span } from "../span.js";
import { readSampling, samplingKeys } from "../spanSampling.js";
import { workloadOf } from "../workload.js";

/** Fields that hold the resources' spans: OTLP's own, and the one in the answers of Tempo's API. */
const batchFields = ["resourceSpans", "batches"] as const;

/** Other signals, which exporters may write to the same file. */
const otherSignals = ["resourceMetrics", "resourceLogs", "resourceProfiles"] as const;

/** A resource's own name, then what Kubernetes calls what runs it. https://opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes/ */
const workloadKeys = ["deployment", "statefulset", "daemonset", "cronjob", "job"].map((kind) => `k8s.${kind}.name`);
const resourceKeys: ReadonlySet<string> = new Set(["service.name", ...workloadKeys, "k8s.pod.name"]);
const spanKeys: ReadonlySet<string> = new Set([...peerKeys, ...samplingKeys]);

const kinds: readonly Span["kind"][] = [null, "internal", "server", "client", "producer", "consumer"];
const kindNames = kinds.map((kind) => `SPAN_KIND_${(kind ?? "unspecified").toUpperCase()}`);
const statusNames = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/**
 * Spans as OTLP/JSON: `ExportTraceServiceRequest` or `TracesData`, one document, or one a line as the Collector's file
 * exporter writes them. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export const otlpSpans: JsonFormat = {
  kind: "json",
  name: "otlp",
  detect: (document) => isObject(document) && holderOf(document) !== undefined,
  parse: readDocument,
};

/** Where in a document the resources' spans are: at its top, or in `trace` as Tempo's API answers. */
function holderOf(document: JsonObject): { readonly place: string; readonly value: unknown } | undefined {
  if (document.resourceSpans !== undefined) return { place: "resourceSpans", value: document.resourceSpans };
  if (isBatches(document.batches)) return { place: "batches", value: document.batches };
  const { trace } = document;
  const field = isObject(trace) ? batchFields.find((f) => trace[f] !== undefined) : undefined;
  return field && { place: `trace.${field}`, value: (trace as JsonObject)[field] };
}

const isBatches = (value: unknown): boolean =>
  Array.isArray(value) && isObject(value[0]) && ("scopeSpans" in value[0] || "instrumentationLibrarySpans" in value[0]);

function* readDocument(document: unknown): Generator<Parsed> {
  if (!isObject(document)) {
    yield { reject: new FieldError("document", document, "an object with resourceSpans").message };
    return;
  }
  const holder = holderOf(document);
  if (holder !== undefined) {
    yield* readItems(holder.place, holder.value, readResourceSpans);
    return;
  }
  const other = otherSignals.find((signal) => document[signal] !== undefined);
  if (other !== undefined) yield { skip: `holds ${other}, no spans` };
  else if (Object.keys(document).length > 0)
    yield { reject: new FieldError("resourceSpans", undefined, "a list").message };
}

/** Reads every object of a list; what is no list, or no object, is one reject each. */
function* readItems(
  place: string,
  value: unknown,
  read: (place: string, item: JsonObject) => Iterable<Parsed>,
): Generator<Parsed> {
  const items = rejectable(() => readList(place, value));
  if ("reject" in items) {
    yield items;
    return;
  }
  for (const [i, item] of items.entries()) {
    const at = `${place}[${i}]`;
    if (isObject(item)) yield* read(at, item);
    else yield { reject: new FieldError(at, item, "an object").message };
  }
}

function* readResourceSpans(place: string, item: JsonObject): Generator<Parsed> {
  const service = rejectable(() => ({ name: readService(`${place}.resource`, item.resource) }));
  const field = item.scopeSpans === undefined ? "instrumentationLibrarySpans" : "scopeSpans";
  const scopes = item[field] === undefined ? undefined : item[field];
  const readSpans = (at: string, scope: JsonObject) =>
    readItems(`${at}.spans`, scope.spans, (spanPlace, span) => [
      "reject" in service ? service : rejectable(() => readSpan(spanPlace, span, service.name)),
    ]);
  yield* readItems(`${place}.${field}`, scopes, readSpans);
}

/** Whose spans they are; undefined where the resource does not say. */
function readService(place: string, value: unknown): string | undefined {
  const attributes = readAttributes(`${place}.attributes`, readObject(place, value).attributes, resourceKeys);
  const text = (key: string): string | undefined => {
    const found = attributes.get(key);
    if (found === undefined || typeof found === "string") return found?.trim() || undefined;
    throw new FieldError(`${place}.attributes ${key}`, found, "a text");
  };
  const name = text("service.name");
  // The SDKs' word for a name that no one set.
  if (name !== undefined && !name.startsWith("unknown_service")) return name;
  const pod = text("k8s.pod.name");
  const workload = workloadKeys.map(text).find((found) => found !== undefined);
  return workload ?? (pod === undefined ? name : workloadOf(pod));
}

function readSpan(place: string, span: JsonObject, name: string | undefined): Parsed {
  const trace = readId(`${place}.traceId`, span.traceId, 16);
  const id = readId(`${place}.spanId`, span.spanId, 8);
  if (trace === null) throw new FieldError(`${place}.traceId`, span.traceId, "an id that is not zero");
  if (id === null) throw new FieldError(`${place}.spanId`, span.spanId, "an id that is not zero");
  const parent = span.parentSpanId ? readId(`${place}.parentSpanId`, span.parentSpanId, 8) : null;
  const start = readNanoseconds(`${place}.startTimeUnixNano`, span.startTimeUnixNano);
  const end = readNanoseconds(`${place}.endTimeUnixNano`, span.endTimeUnixNano);
  if (end < start)
    throw new FieldError(`${place}.endTimeUnixNano`, span.endTimeUnixNano, "a time not before its start");
  const kind = kinds[readEnum(`${place}.kind`, span.kind, kindNames)] ?? null;
  const status = readObject(`${place}.status`, span.status);
  const failed = readEnum(`${place}.status.code`, status.code, statusNames) === 2;
  const attributes = readAttributes(`${place}.attributes`, span.attributes, spanKeys);
  const sampling = readSampling(place, readText(`${place}.traceState`, span.traceState), attributes);
  if (name === undefined) return { skip: "its resource has no service.name" };
  return { span: { trace, id, parent, name, kind, peer: peerOf(kind, attributes), start, end, failed, sampling } };
}

/**
 * An id as lower-case hex digits; null where it is zero, which stands for none. OTLP writes hex; protobuf's own JSON, as
 * Tempo's API answers it, base64.
 */
function readId(place: string, value: unknown, bytes: number): string | null {
  const hex = typeof value === "string" ? hexOf(value, bytes) : undefined;
  if (hex === undefined) throw new FieldError(place, value, `${2 * bytes} hexadecimal digits`);
  return /^0+$/.test(hex) ? null : hex;
}

function hexOf(text: string, bytes: number): string | undefined {
  if (text.length === 2 * bytes && /^[0-9a-f]+$/i.test(text)) return text.toLowerCase();
  if (text.length !== 4 * Math.ceil(bytes / 3) || !/^[\w+/-]+={0,2}$/.test(text)) return undefined;
  const decoded = Buffer.from(text, "base64");
  return decoded.length === bytes ? decoded.toString("hex") : undefined;
}

/** An enumeration's number, given as that or as its name; 0 where it is absent. */
function readEnum(place: string, value: unknown, names: readonly string[]): number {
  if (value === undefined || value === null) return 0;
  const number = typeof value === "string" ? names.indexOf(value) : value;
  if (typeof number === "number" && number in names) return number;
  throw new FieldError(place, value, `0 to ${names.length - 1}, or ${names[0]} and the like`);
}
