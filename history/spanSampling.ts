import type { Attributes } from "./attributes.js";
import { FieldError } from "./fields.js";

/** Keys of the attributes that tell of sampling. */
export const samplingKeys = ["SampleRate", "sampler.type", "sampler.param"] as const;

/** OpenTelemetry's thresholds are of 56 bits, written as hexadecimal digits without the zeros at their end. */
const bits = 56n;
const digits = 14;

/**
 * The probability with which a span like this one is kept, above 0 to 1; null where it does not say. Told by, in this
 * order:
 * - `ot=th:…` in the trace state: 1 − threshold / 2^56.
 *   https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 * - `ot=p:N`, its predecessor: 2^−N; 63 stands for none.
 *   https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling-experimental/
 * - Honeycomb's `SampleRate`: one of so many spans.
 * - Jaeger's `sampler.param` where `sampler.type` is `probabilistic`; on the root of a trace only.
 *   https://www.jaegertracing.io/docs/latest/architecture/sampling/
 *
 * A trace state that does not fit is taken for none, as the specification wants.
 * @throws FieldError where an attribute holds no probability or rate
 */
export function readSampling(place: string, traceState: string, attributes: Attributes): number | null {
  return byTraceState(traceState) ?? byRate(place, attributes) ?? byJaeger(place, attributes);
}

function byTraceState(traceState: string): number | null {
  if (!traceState.includes("ot=")) return null;
  const own = /(?:^|,)\s*ot=([^,]*)/.exec(traceState)?.[1] ?? "";
  const members = new Map(own.split(";").map((member) => member.trim().split(":", 2) as [string, string | undefined]));
  const threshold = members.get("th");
  if (threshold !== undefined && /^[0-9a-f]{1,14}$/.test(threshold)) {
    const kept = (1n << bits) - BigInt(`0x${threshold.padEnd(digits, "0")}`);
    return Number(kept) / 2 ** Number(bits);
  }
  const exponent = members.get("p");
  if (exponent === undefined || !/^\d{1,2}$/.test(exponent) || Number(exponent) > 62) return null;
  return 2 ** -Number(exponent);
}

function byRate(place: string, attributes: Attributes): number | null {
  const rate = attributes.get("SampleRate");
  if (rate === undefined) return null;
  if (Number(rate) >= 1 && Number(rate) < Number.POSITIVE_INFINITY) return 1 / Number(rate);
  throw new FieldError(`${place}.attributes SampleRate`, rate, "a number of at least 1");
}

function byJaeger(place: string, attributes: Attributes): number | null {
  if (attributes.get("sampler.type") !== "probabilistic") return null;
  const probability = attributes.get("sampler.param");
  if (Number(probability) > 0 && Number(probability) <= 1) return Number(probability);
  throw new FieldError(`${place}.attributes sampler.param`, probability, "a number above 0, at most 1");
}
