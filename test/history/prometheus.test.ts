import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { increasesOf, readSeries, type Sample } from "../../history/prometheus.js";

const start = 1_764_064_800;
const series = (samples: readonly Sample[]) => ({ name: "calls_total", labels: {}, samples });

describe("increases of a counter", () => {
  it.each<[string, Sample[], number[]]>([
    [
      "growing",
      [
        [start, 1],
        [start + 60, 4],
        [start + 120, 4],
        [start + 180, 9],
      ],
      [3, 5],
    ],
    [
      "reset to below its value",
      [
        [start, 100],
        [start + 60, 7],
        [start + 120, 9],
      ],
      [7, 2],
    ],
    [
      "reset to 0",
      [
        [start, 100],
        [start + 60, 0],
        [start + 120, 9],
      ],
      [9],
    ],
    ["of one sample", [[start, 100]], []],
    [
      "over a gap of more than a day",
      [
        [start, 1],
        [start + 90_000, 50],
        [start + 90_060, 51],
      ],
      [1],
    ],
  ])("%s", (_, samples, amounts) => {
    expect(increasesOf(series(samples)).map((i) => i.amount)).toEqual(amounts);
  });

  it("last at least a second where two samples fall into one", () => {
    expect(
      increasesOf(
        series([
          [start + 0.2, 1],
          [start + 0.9, 2],
        ]),
      ),
    ).toEqual([{ start, end: start + 1, amount: 1 }]);
  });

  it("sum up to what was counted, whatever is reset when", () => {
    const counted = fc.array(fc.record({ more: fc.nat(1000), isReset: fc.boolean() }), { maxLength: 50 });
    fc.assert(
      fc.property(counted, (steps) => {
        // The oracle counts events one by one; a reset before a step forgets those before, and is seen only if the value falls.
        let value = 0;
        let events = 0;
        const samples: Sample[] = [[start, 0]];
        for (const [i, { more, isReset }] of steps.entries()) {
          const before = value;
          if (isReset) value = 0;
          value += more;
          events += isReset && value >= before ? value - before : more;
          samples.push([start + (i + 1) * 15, value]);
        }
        expect(increasesOf(series(samples)).reduce((sum, i) => sum + i.amount, 0)).toBe(events);
      }),
    );
  });
});

describe("a response of Prometheus' API that is of no use is one reject with its remedy", () => {
  const matrix = (result: unknown) => ({ status: "success", data: { resultType: "matrix", result } });
  const one = (rest: object) => matrix([{ metric: { __name__: "calls_total" }, ...rest }]);
  const values = (...samples: unknown[]) => one({ values: samples });

  it.each<[string, unknown, string]>([
    ["a list", [], "document []: expected an object"],
    ["no status", {}, 'status nothing: expected "success"'],
    ["another status", { status: 200 }, 'status 200: expected "success"'],
    [
      "an error",
      { status: "error", error: "query timed out" },
      'error "query timed out": expected a response of success; mend the query',
    ],
    ["data that is none", { status: "success", data: 5 }, "data 5: expected an object"],
    [
      "an instant vector",
      { status: "success", data: { resultType: "vector", result: [] } },
      'data.resultType "vector": expected a matrix; a vector\'s single samples tell no increase: ask query_range, or query for NAME[1h]',
    ],
    ["a scalar", { status: "success", data: { resultType: "scalar" } }, 'data.resultType "scalar": expected "matrix"'],
    ["a result that is no list", matrix({}), "data.result {}: expected a list"],
    ["a series that is none", matrix(["up"]), 'data.result[0] "up": expected an object'],
    ["labels that are none", matrix([{ metric: [], values: [] }]), "data.result[0].metric []: expected an object"],
    [
      "a label that is no text",
      matrix([{ metric: { __name__: "a", b: 1 } }]),
      "data.result[0].metric.b 1: expected a text",
    ],
    [
      "no name",
      matrix([{ metric: { client: "a" } }]),
      "data.result[0].metric.__name__ nothing: expected a metric; ask for the counter, not rate() or sum() of it",
    ],
    ["samples that are none", one({ values: "1" }), 'data.result[0].values "1": expected a list'],
    ["a sample that is none", values(7), "data.result[0].values[0] 7: expected a list"],
    ["a sample of three", values([start, "1", "2"]), "expected a time and a value"],
    [
      "a time that is a text",
      values([String(start), "1"]),
      `data.result[0].values[0][0] "${start}": expected unix seconds between`,
    ],
    ["a time in milliseconds", values([start * 1000, "1"]), "expected unix seconds between the years 2000 and 2100"],
    [
      "a value that is a number",
      values([start, 1]),
      "data.result[0].values[0][1] 1: expected a counter's value, not negative",
    ],
    ["a negative value", values([start, "-1"]), 'data.result[0].values[0][1] "-1": expected a counter\'s value'],
    ["NaN", values([start, "NaN"]), 'data.result[0].values[0][1] "NaN": expected a counter\'s value'],
    ["infinity", values([start, "+Inf"]), 'data.result[0].values[0][1] "+Inf": expected a counter\'s value'],
    [
      "a value past exact numbers",
      values([start, "1e300"]),
      'data.result[0].values[0][1] "1e300": expected a counter\'s value',
    ],
    [
      "times out of order",
      values([start, "1"], [start - 1, "2"]),
      `data.result[0].values[1][0] ${start - 1}: expected a time after the sample before`,
    ],
    ["a time twice", values([start, "1"], [start, "2"]), "expected a time after the sample before"],
  ])("%s", (_, document, reason) => {
    expect(readSeries(document)).toEqual([{ reject: expect.stringContaining(reason) }]);
  });

  it("leaves the other series alone", () => {
    const good = { metric: { __name__: "calls_total" }, values: [[start, "1"]] };
    const read = readSeries(
      matrix([good, { ...good, values: [[start, "x"]] }, { metric: good.metric, histograms: [] }]),
    );
    expect(read).toEqual([
      { name: "calls_total", labels: good.metric, samples: [[start, 1]] },
      { reject: expect.stringContaining('data.result[1].values[0][1] "x"') },
      { skip: "native histogram" },
    ]);
  });
});
