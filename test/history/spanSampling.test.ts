import { describe, expect, it } from "vitest";
import { readAttributes } from "../../history/attributes.js";
import { readSampling, samplingKeys } from "../../history/spanSampling.js";
import { attributes } from "./spans.js";

const sampling = (traceState: string, values: Readonly<Record<string, string | number>> = {}) =>
  readSampling("span", traceState, readAttributes("span", attributes(values), new Set(samplingKeys)));

describe("how a span is sampled", () => {
  it.each<[string, string, Record<string, string | number>, number | null]>([
    ["everything, by the threshold 0", "ot=th:0", {}, 1],
    ["one of two, by the threshold 8", "ot=th:8", {}, 0.5],
    ["one of four, by the threshold c", "ot=th:c;rv:d29d6a7215ced0", {}, 0.25],
    ["one of a hundred, by the specification's threshold", "ot=th:fd70a3d70a3d71", {}, 0.009_999_999_999_999_995],
    ["the rarest that there is", "ot=th:ffffffffffffff", {}, 2 ** -56],
    ["by the threshold among other vendors' members", "rojo=00f067aa, ot=rv:1;th:8 ,congo=t61", {}, 0.5],
    ["one of eight, by the exponent 3", "ot=p:3;r:5", {}, 0.125],
    ["unknown, by the exponent 63", "ot=p:63", {}, null],
    ["unknown, by a threshold that does not fit", "ot=th:xyz", {}, null],
    ["unknown, by a threshold of 15 digits", "ot=th:123456789abcdef", {}, null],
    ["unknown, by another vendor's threshold", "foot=th:8", {}, null],
    ["unknown, by nothing", "", {}, null],
    ["one of 20, by Honeycomb's rate", "", { SampleRate: 20 }, 0.05],
    ["one of 20, by a rate as text", "", { SampleRate: "20" }, 0.05],
    ["one of ten, by Jaeger's probability", "", { "sampler.type": "probabilistic", "sampler.param": "0.1" }, 0.1],
    ["unknown, by Jaeger's rate limit", "", { "sampler.type": "ratelimiting", "sampler.param": 2 }, null],
    ["by the threshold before the rate", "ot=th:8", { SampleRate: 20 }, 0.5],
  ])("is %s", (_, traceState, values, expected) => {
    const found = sampling(traceState, values);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 15);
  });

  it.each<[Record<string, string | number>, string]>([
    [{ SampleRate: 0 }, "span.attributes SampleRate 0: expected a number of at least 1"],
    [{ SampleRate: "all" }, 'span.attributes SampleRate "all": expected a number of at least 1'],
    [{ "sampler.type": "probabilistic" }, "sampler.param nothing: expected a number above 0, at most 1"],
    [{ "sampler.type": "probabilistic", "sampler.param": 2 }, "sampler.param 2: expected a number above 0, at most 1"],
  ])("is refused where it is said by %j", (values, message) => {
    expect(() => sampling("", values)).toThrow(message);
  });
});
