import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { istio } from "../../history/formats/istio.js";
import { testFolder } from "./flowLogs.js";
import { changed, flowsOf, reasonOf } from "./rejected.js";
import { ingestAlone, samplePath } from "./storedRows.js";

const folder = testFolder();
const start = 1_764_064_800;
const sample = JSON.parse(readFileSync(samplePath("istio/bookinfo.json"), "utf8"));
/** A response of one series with one increase of 2, the usual labels changed by `labels`. */
const grown = (labels: object, name = "istio_requests_total") => ({
  status: "success",
  data: {
    resultType: "matrix",
    result: [
      {
        metric: { ...sample.data.result[3].metric, ...labels, __name__: name },
        values: [
          [start, "1"],
          [start + 60, "3"],
        ],
      },
    ],
  },
});

describe("Istio's metrics", () => {
  it("become one row a pair, step and kind of traffic, told by one side only", async () => {
    const { report, rows } = await ingestAlone(samplePath("istio/bookinfo.json"), folder);
    expect(report).toMatchObject({ format: "istio", stored: 11, rejected: 0 });
    expect(report.skippedReasons).toEqual({
      "a metric that counts no traffic between workloads": 1,
      "told by the other side's proxy, too": 2,
    });
    const row = (from: number, client: string | null, server: string, amounts: object) => ({
      ...{
        start: start + from,
        end: start + from + 60,
        ...(client === null ? {} : { client }),
        server,
        bytes: 0,
        sampling: 1,
      },
      ...{ observer: "istio", source: "istio", outcome: "accepted", ...amounts },
    });
    const http = (requests: number, failed: number) => ({ requests, connections: requests, failed });
    const expected = [
      row(0, null, "istio-ingressgateway", http(30, 0)),
      row(60, null, "istio-ingressgateway", http(40, 0)),
      row(0, "istio-ingressgateway", "productpage-v1", http(30, 0)),
      row(60, "istio-ingressgateway", "productpage-v1", http(40, 0)),
      row(0, "productpage-v1", "reviews-v2", http(11, 1)),
      row(60, "productpage-v1", "reviews-v2", http(18, 3)),
      row(60, "productpage-v1", "details", http(2, 2)),
      row(0, "reviews-v2", "ratings-v1", http(12, 2)),
      row(60, "reviews-v2", "ratings-v1", http(14, 4)),
      row(0, "ratings-v1", "mongodb-v1", { connections: 1, bytes: 700 }),
      row(60, "ratings-v1", "mongodb-v1", { connections: 2, bytes: 1300 }),
    ];
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  it("of a release with Mixer are read as well", async () => {
    const { rows } = await ingestAlone(samplePath("istio/mixer.json"), folder);
    expect(rows).toMatchObject([{ client: "sleep", server: "httpbin", requests: 2 }]);
  });

  it.each<[string, object, object]>([
    ["a status of 500", { response_code: "500" }, { failed: 2 }],
    ["a status of 404", { response_code: "404" }, { failed: 0 }],
    ["a connection that broke", { response_code: "0" }, { failed: 2 }],
    ["gRPC that is unavailable", { response_code: "200", grpc_response_status: "14" }, { failed: 2 }],
    ["gRPC that found nothing", { response_code: "200", grpc_response_status: "5" }, { failed: 0 }],
    ["a client outside of the mesh", { source_workload: "unknown", reporter: "destination" }, { client: null }],
    [
      "a server outside of the mesh",
      { destination_workload: "unknown", destination_service_name: "PassthroughCluster" },
      { server: null },
    ],
    [
      "an external service",
      { destination_workload: "unknown", destination_service_name: "httpbin.org" },
      { server: "httpbin.org" },
    ],
    ["a waypoint's word", { reporter: "waypoint" }, { requests: 2 }],
    [
      "workloads of one name in two namespaces",
      {
        source_workload: "api",
        source_workload_namespace: "a",
        destination_workload: "api",
        destination_workload_namespace: "b",
      },
      { client: "a/api", server: "b/api" },
    ],
  ])("%s", (_, labels, expected) => {
    expect(flowsOf(istio.parse(grown(labels)))).toEqual([expect.objectContaining(expected)]);
  });

  it("of bytes of requests go with the requests", () => {
    expect(flowsOf(istio.parse(grown({}, "istio_response_bytes_sum")))).toEqual([
      expect.objectContaining({ requests: 0, bytes: 2 }),
    ]);
  });

  it("that name neither end are skipped", () => {
    const unknown = {
      source_workload: "unknown",
      destination_workload: "unknown",
      destination_service_name: "unknown",
    };
    expect([...istio.parse(grown(unknown))]).toEqual([{ skip: "names neither end" }]);
  });

  it.each<[unknown, string]>([
    ["proxy", 'istio_requests_total: reporter "proxy": expected one of source, waypoint, destination'],
    [undefined, "istio_requests_total: reporter nothing: expected one of source, waypoint, destination"],
    [7, "data.result[3].metric.reporter 7: expected a text"],
  ])("whose reporter is %j are rejected, and the other series are kept", (reporter, reason) => {
    const document = changed(sample, "data.result.3.metric.reporter", reporter);
    expect(reasonOf(istio, document)).toBe(reason);
    expect(flowsOf(istio.parse(document)).length).toBeGreaterThan(5);
  });
});
