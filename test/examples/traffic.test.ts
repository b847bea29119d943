import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { interfaceOf, recordsOf } from "../../examples/online-boutique/flowLog.js";
import { placePods } from "../../examples/online-boutique/inventory.js";
import { services } from "../../examples/online-boutique/services.js";
import { writeFlowLog } from "../../examples/online-boutique/traffic.js";
import type { ParsedFlow } from "../../history/format.js";
import { vpcFlowLogs } from "../../history/formats/vpcFlowLogs.js";

const start = Date.parse("2026-11-25T09:00:00Z") / 1000;
const log = writeFlowLog({ seed: 1, start });
const [headerLine = "", ...lines] = log.trimEnd().split("\n");

describe("the generator of the example's traffic", () => {
  it("writes the same bytes for the same seed, and other ones for another seed or start", () => {
    expect(writeFlowLog({ seed: 1, start })).toBe(log);
    expect(writeFlowLog({ seed: 2, start })).not.toBe(log);
    expect(writeFlowLog({ seed: 1, start: start + 3600 })).not.toBe(log);
  });

  it("writes an hour, of a size that a demonstration can read", () => {
    const times = lines.map((line) => line.split(" ").slice(10, 12).map(Number));
    expect(Math.min(...times.map(([from]) => from ?? 0))).toBe(start);
    expect(times.every(([from = 0, to = 0]) => from <= to && to <= start + 3600 && to - from <= 60)).toBe(true);
    expect(lines.length).toBeGreaterThan(30_000);
    expect(lines.length).toBeLessThan(100_000);
  });

  it("writes lines that the reader of VPC flow logs takes without one reject", () => {
    const { headerLines, parse } = vpcFlowLogs.open(headerLine, "traffic");
    expect(headerLines).toBe(1);
    const parsed = lines.map(parse);
    expect(parsed.filter((line) => "reject" in line)).toEqual([]);
    const skips = new Set(parsed.flatMap((line) => ("skip" in line ? [line.skip] : [])));
    expect([...skips].sort()).toEqual(["log-status NODATA", "log-status SKIPDATA"]);
  });

  it("holds every call of the application and no other between its pods", () => {
    const serviceAt = new Map(placePods().map((pod) => [pod.address, pod.spec.name]));
    const portOf = new Map(services.map((spec) => [spec.name, spec.containerPort]));
    const seen = new Set<string>();
    for (const { flow } of flows()) {
      if (flow.outcome === "rejected" || flow.undecided || flow.client === null || flow.server === null) continue;
      const client = serviceAt.get(flow.client);
      const server = serviceAt.get(flow.server);
      if (client === undefined || server === undefined) continue;
      expect(flow.serverPort).toBe(portOf.get(server));
      seen.add(`${client} -> ${server}`);
    }
    // Port 50051 lies among the ports of clients: a single line cannot tell who opened such a connection.
    const told = services.flatMap((spec) =>
      spec.calls.filter(({ to }) => portOf.get(to) !== 50051).map(({ to }) => `${spec.name} -> ${to}`),
    );
    expect([...seen].sort()).toEqual(told.sort());
  });

  it("shows both directions of a connection at both of its interfaces", () => {
    const clientEnd = { address: "10.0.32.11", port: 40000, interfaceId: interfaceOf("frontend-0") };
    const serverEnd = { address: "10.0.96.12", port: 3550, interfaceId: interfaceOf("productcatalogservice-0") };
    const connection = { client: clientEnd, server: serverEnd, protocol: 6, rate: 2, request: 100, answer: 2000 };
    const records = recordsOf({ ...connection, from: start, to: start + 240 });
    const views = new Map<string, number>();
    for (const { line } of records) {
      const [, , observer = "", source = ""] = line.split(" ");
      views.set(`${observer} ${source}`, (views.get(`${observer} ${source}`) ?? 0) + 1);
    }
    expect([...views.keys()].sort()).toEqual(
      [clientEnd, serverEnd]
        .flatMap(({ interfaceId }) => [clientEnd, serverEnd].map((e) => `${interfaceId} ${e.address}`))
        .sort(),
    );
    for (const count of views.values()) expect(count).toBeGreaterThanOrEqual(4);
  });

  it("shows a rejected connection once, and keeps what was rejected apart from what the application does", () => {
    const rejected = flows().filter(({ flow }) => flow.outcome === "rejected");
    expect(rejected.length).toBeGreaterThan(50);
    const pods = new Set(placePods().map((pod) => pod.address));
    expect(rejected.every(({ flow }) => flow.client !== null && !pods.has(flow.client))).toBe(true);
  });
});

describe("the generator on the command line", () => {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
  const script = join(root, "examples/online-boutique/traffic.ts");
  const run = (...args: string[]) =>
    execFileSync(process.execPath, ["--import", "tsx", script, ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: "pipe",
    });
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "traffic-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("compresses a file that is named so", () => {
    const file = join(folder, "flows.log.gz");
    run("--out", file);
    expect(gunzipSync(readFileSync(file)).toString()).toBe(log);
  });

  it.each([
    ["no file", [], "--out is missing"],
    ["a time that is none", ["--out", "x", "--start", "noon"], "--start noon: expected a time"],
    ["a seed that is none", ["--out", "x", "--seed", "-1"], "argument is ambiguous"],
    ["a seed with a fraction", ["--out", "x", "--seed", "1.5"], "--seed 1.5: expected a whole number"],
    ["an unknown flag", ["--days", "3"], "Unknown option '--days'"],
  ])("refuses %s", (_, args, message) => {
    expect(() => run(...args)).toThrow(message);
  });
});

function flows(): { flow: ParsedFlow }[] {
  const { parse } = vpcFlowLogs.open(headerLine, "traffic");
  return lines.map(parse).filter((line): line is { flow: ParsedFlow } => "flow" in line);
}
