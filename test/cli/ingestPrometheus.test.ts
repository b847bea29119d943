import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PrometheusServer, type ServedSeries, servePrometheus } from "../history/prometheusServer.js";
import { storedRows } from "../history/storedRows.js";
import { firebreak } from "./terminal.js";

/** 2026-11-25T10:03:20Z: three whole slices of ten minutes lie within the last 35 minutes. */
const now = Date.parse("2026-11-25T10:03:20Z") / 1000;
const sliceEnd = Date.parse("2026-11-25T10:00:00Z") / 1000;

const calls = (name: string, labels: object, perMinute: number): ServedSeries => ({
  labels: { __name__: name, ...labels },
  valueAt: (time) => Math.round(((time - sliceEnd + 86_400) / 60) * perMinute),
});
const mesh = { reporter: "source", source_workload: "web", destination_workload: "api", response_code: "200" };

let cwd: string;
let server: PrometheusServer;
let guarded: PrometheusServer;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "firebreak-prometheus-"));
  const graph = { client: "api", server: "db", connection_type: "database" };
  server = await servePrometheus([
    calls("traces_service_graph_request_total", graph, 30),
    calls("istio_requests_total", mesh, 12),
    calls("istio_requests_total", { ...mesh, response_code: "503" }, 2),
    calls("up", { job: "prometheus" }, 1),
  ]);
  guarded = await servePrometheus([calls("istio_requests_total", mesh, 1)], "s3cret");
});
afterAll(async () => {
  await Promise.all([server.close(), guarded.close()]);
  rmSync(cwd, { recursive: true, force: true });
});

const ingest = (url: string, into: string, ...args: string[]) =>
  firebreak(["ingest", `prometheus+${url}`, "--into", into, ...args], { cwd, now, env: {} });

describe("firebreak ingest prometheus+http://…", () => {
  it("stores the metrics of both formats in whole slices of ten minutes, once however often it is asked", async () => {
    const first = await ingest(server.url, "both", "--since", "35m", "--json");
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    const stored = JSON.parse(first.out).sources.map((s: Record<string, unknown>) => [s.source, s.format, s.stored]);
    expect(stored).toEqual([
      [server.url, "service-graph", 30],
      [server.url, "istio", 30],
    ]);
    expect(server.asked).toHaveLength(6);
    expect(server.asked[0]).toMatchObject({ start: String(sliceEnd - 1800), end: String(sliceEnd - 1200), step: "60" });
    const rows = await storedRows(join(cwd, "both"));
    expect(rows).toHaveLength(60);
    const ofLastMinute = rows.filter((r) => r.end === sliceEnd);
    expect(ofLastMinute).toMatchObject([
      { client: "api", server: "db", requests: 30, failed: 0, source: "service-graph" },
      { client: "web", server: "api", requests: 14, failed: 2, source: "istio" },
    ]);

    const again = await ingest(server.url, "both", "--since", "65m", "--json");
    expect(JSON.parse(again.out).sources.map((s: Record<string, unknown>) => s.stored)).toEqual([30, 30]);
    expect(await storedRows(join(cwd, "both"))).toHaveLength(120);
  });

  it("takes a time, a step and one format", async () => {
    const times = ["--from", "2026-11-25T08:00:00Z", "--to", "2026-11-25T08:10:00Z"];
    const said = await ingest(server.url, "one", ...times, "--step", "120s", "--format", "istio");
    expect(said.code).toBe(0);
    const rows = await storedRows(join(cwd, "one"));
    expect(rows.map((r) => [Number(r.start) - sliceEnd + 7200, r.requests])).toEqual(
      [0, 120, 240, 360, 480].map((t) => [t, 28]),
    );
  });

  it("shows a token from a file or the environment", async () => {
    writeFileSync(join(cwd, "token"), "s3cret\n");
    const said = await ingest(guarded.url, "guarded", "--token-file", "token");
    expect([said.code, said.out]).toEqual([0, expect.stringContaining(guarded.url)]);
    const args = ["ingest", `prometheus+${guarded.url}`, "--into", "guarded"];
    expect((await firebreak(args, { cwd, now, env: { PROMETHEUS_TOKEN: "s3cret" } })).code).toBe(0);
  });

  it.each<[string, () => string, string[], string]>([
    [
      "without its token",
      () => guarded.url,
      [],
      "refuses to answer (401); give a token that may query by --token-file, or in PROMETHEUS_TOKEN",
    ],
    [
      "with a token that cannot be read",
      () => server.url,
      ["--token-file", "absent"],
      "absent: cannot be read (ENOENT); check the path",
    ],
    [
      "at a wrong path",
      () => `${server.url}/select`,
      [],
      "has no /api/v1/query_range (404); give its address up to there",
    ],
    ["that is not there", () => "http://127.0.0.1:1", [], "http://127.0.0.1:1: cannot be reached ("],
    [
      "for a format that it has not",
      () => server.url,
      ["--format", "hubble"],
      '--format: "hubble" is not read from Prometheus; expected auto, service-graph, istio',
    ],
    [
      "for a time without a whole slice",
      () => server.url,
      ["--since", "2m"],
      "has no samples of traces_service_graph_request_total or istio_requests_total",
    ],
    [
      "for a metric that it has not",
      () => guarded.url,
      ["--format", "service-graph", "--token-file", "token"],
      "has no samples of traces_service_graph_request_total",
    ],
    ["at a step that does not fit", () => server.url, ["--step", "7s"], "--step: 7 s: expected a whole part of 600 s"],
    [
      "from a time without its end",
      () => server.url,
      ["--from", "2026-11-25T08:00:00Z"],
      "--to: is missing; say until when, beside --from",
    ],
    [
      "backwards in time",
      () => server.url,
      ["--from", "2026-11-25T08:00:00Z", "--to", "2026-11-25T07:00:00Z"],
      "--from: is not before --to",
    ],
  ])("that is asked %s is bad input, which says what to do", async (_, url, args, message) => {
    const said = await ingest(url(), "none", ...args);
    expect(said.err).toContain(message);
    expect(said.code).toBe(2);
  });

  it.each<[string, number, string, string]>([
    [
      "prose",
      200,
      "Welcome to nginx",
      "does not answer as Prometheus does; check the address and the path before /api/v1",
    ],
    [
      "an error",
      422,
      '{"status":"error","error":"too many samples"}',
      "answered 422: too many samples; check its log, or ask for less time",
    ],
    ["nothing in time", 0, "", "did not answer within 0.2 s; ask for less time (--since) or wait longer (--timeout)"],
  ])("that answers %s is bad input", async (_, status, body, message) => {
    const odd = createServer((_request, response) => {
      if (status > 0) response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => odd.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    const said = await ingest(url, "none", "--timeout", "0.2s");
    odd.closeAllConnections();
    odd.close();
    expect(said.err).toContain(message);
    expect(said.code).toBe(2);
  });
});

it("firebreak ingest --from --to says of what time dependency links are", async () => {
  writeFileSync(join(cwd, "links.json"), '[{"parent":"a","child":"b","callCount":60}]');
  const args = ["ingest", "links.json", "--into", "links"];
  const refused = await firebreak(args, { cwd });
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("zipkin-dependencies tells no time; give")]);
  const times = ["--from", "2026-11-25T08:00:00Z", "--to", "2026-11-25T09:00:00Z"];
  expect((await firebreak([...args, ...times], { cwd })).code).toBe(0);
  expect(await storedRows(join(cwd, "links"))).toMatchObject([
    { start: sliceEnd - 7200, end: sliceEnd - 3600, requests: 60 },
  ]);
});
