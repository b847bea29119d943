import type { Span } from "../../history/span.js";

/** 2023-11-14T22:13:00Z, a whole minute that test spans are relative to. */
export const minute = 1_699_999_980;

/** A span of service `a` in trace `t`, usual but for `values`. */
export function span(values: Partial<Span> & { readonly id: string }): Span {
  return {
    trace: "t",
    parent: null,
    name: "a",
    kind: null,
    peer: null,
    start: minute,
    end: (values.start ?? minute) + 1,
    failed: false,
    sampling: null,
    ...values,
  };
}

/** Attributes as OTLP writes them. */
export function attributes(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
  }));
}

/** A span of OTLP/JSON, usual but for `values`. */
export function otlpSpan(values: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    traceId: "5b8efff798038103d269b633813fc60c",
    spanId: "eee19b7ec3c1b174",
    name: "GET /",
    kind: 2,
    startTimeUnixNano: `${minute}000000000`,
    endTimeUnixNano: `${minute + 1}000000000`,
    ...values,
  };
}

/** A document of OTLP/JSON with spans of one resource. */
export function otlpDocument(
  spans: readonly unknown[],
  resource: unknown = { attributes: attributes({ "service.name": "a" }) },
) {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans }] }] };
}
