import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { serviceGraph } from "../../history/formats/serviceGraph.js";
import { testFolder } from "./flowLogs.js";
import { changed, flowsOf, reasonOf } from "./rejected.js";
import { ingestAlone, samplePath } from "./storedRows.js";

const folder = testFolder();
const start = 1_764_064_800;
const sample = JSON.parse(readFileSync(samplePath("service-graph/query_range.json"), "utf8"));

describe("service-graph metrics", () => {
  it("become one row a pair and step: replicas of the collector add up, resets count, failures come along", async () => {
    const { report, rows } = await ingestAlone(samplePath("service-graph/query_range.json"), folder);
    expect(report).toMatchObject({ format: "service-graph", stored: 6, rejected: 0 });
    expect(report.skippedReasons).toEqual({ "a metric that counts no requests between services": 1 });
    const row = (from: number, client: string | null, server: string, requests: number, failed: number) => ({
      ...{
        start: start + from,
        end: start + from + 60,
        ...(client === null ? {} : { client }),
        server,
        requests,
        failed,
      },
      ...{ connections: requests, bytes: 0, sampling: 1, observer: "service-graph", source: "service-graph" },
      outcome: "accepted",
    });
    const expected = [
      row(0, null, "frontend", 60, 0),
      row(60, null, "frontend", 70, 0),
      row(0, "frontend", "cart", 30 + 10, 3),
      row(60, "frontend", "cart", 30 + 15, 0),
      row(60, "cart", "redis", 12, 0),
      row(60, "checkout", "orders", 5, 0),
    ];
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  it("of a range vector have the scrapes' own times, and unknown failures where they were not asked for", async () => {
    const { rows } = await ingestAlone(samplePath("service-graph/range-vector.json"), folder);
    expect(rows.map((r) => [Number(r.start) - start, Number(r.end) - start, r.client, r.requests, r.failed])).toEqual([
      [3, 18, "app", 4, undefined],
      [18, 33, "app", 16, undefined],
    ]);
  });

  it("take a namespace that the exporter put before the names, and an empty series of failures for none", () => {
    const metric = { client: "a", server: "b" };
    const prefix = "servicegraph_traces_service_graph_request";
    const result = [
      {
        metric: { __name__: `${prefix}_total`, ...metric },
        values: [
          [start, "1"],
          [start + 60, "3"],
        ],
      },
      { metric: { __name__: `${prefix}_failed_total` }, values: [] },
    ];
    const document = { status: "success", data: { resultType: "matrix", result } };
    expect(serviceGraph.detect(document)).toBe(true);
    expect(flowsOf(serviceGraph.parse(document))).toEqual([expect.objectContaining({ requests: 2, failed: 0 })]);
  });

  it("count no more failures than requests, where a failure was scraped before its request", () => {
    const metric = { client: "a", server: "b" };
    const name = "traces_service_graph_request";
    const result = [
      {
        metric: { __name__: `${name}_total`, ...metric },
        values: [
          [start, "1"],
          [start + 60, "3"],
        ],
      },
      {
        metric: { __name__: `${name}_failed_total`, ...metric },
        values: [
          [start, "0"],
          [start + 60, "4"],
        ],
      },
    ];
    const document = { status: "success", data: { resultType: "matrix", result } };
    expect(flowsOf(serviceGraph.parse(document))).toEqual([expect.objectContaining({ requests: 2, failed: 2 })]);
  });

  it("of a service that is called user are that service's", () => {
    const document = changed(sample, "data.result.0.metric.connection_type", "");
    expect(flowsOf(serviceGraph.parse(document))).toContainEqual(
      expect.objectContaining({ client: "user", requests: 60 }),
    );
  });

  it.each<[string, unknown, string]>([
    ["client", "", 'traces_service_graph_request_total: client "": expected the name of a service'],
    ["client", undefined, "traces_service_graph_request_total: client nothing: expected the name of a service"],
    ["server", "", 'traces_service_graph_request_total: server "": expected the name of a service'],
    ["server", undefined, "traces_service_graph_request_total: server nothing: expected the name of a service"],
    ["server", 5, "data.result[1].metric.server 5: expected a text"],
  ])("whose %s is %j are rejected, and the other series are kept", (label, value, reason) => {
    const document = changed(sample, `data.result.1.metric.${label}`, value);
    expect(reasonOf(serviceGraph, document)).toContain(reason);
    expect(flowsOf(serviceGraph.parse(document)).length).toBeGreaterThan(5);
  });
});
