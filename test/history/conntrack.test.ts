import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ParsedFlow } from "../../history/format.js";
import { conntrack } from "../../history/formats/conntrack.js";
import { detectText } from "../../history/formats/index.js";
import { ingest } from "../../history/ingest.js";
import { testFolder, writeLog } from "./flowLogs.js";

// The samples are what conntrack 1.4.7 and the kernel themselves printed of a few connections made for them.
const sample = (name: string) => readFileSync(new URL(`./samples/conntrack/${name}.txt`, import.meta.url), "utf8");
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

function readAll(lines: readonly string[]) {
  const { parse } = conntrack.open(lines[0] ?? "", "sample");
  const parsed = lines.map(parse);
  const flows = parsed.flatMap((p) => ("flow" in p ? [p.flow] : []));
  return { flows, rejects: parsed.flatMap((p) => ("reject" in p ? [p.reject] : [])), parsed };
}

/** client, server, server's port, connections, bytes, outcome, summed over the rows of an edge. */
function edges(flows: readonly ParsedFlow[]) {
  const sums = new Map<string, [number, number]>();
  for (const f of flows) {
    const key = `${f.protocol} ${f.client} > ${f.server}:${f.serverPort} ${f.outcome}`;
    const [connections, bytes] = sums.get(key) ?? [0, 0];
    sums.set(key, [connections + f.connections, bytes + f.bytes]);
  }
  return [...sums].map(([key, [connections, bytes]]) => `${key} ${connections} ${bytes}`).sort();
}

const listed = [
  "17 10.0.0.5 > 10.99.0.1:9999 accepted 1 29",
  "17 10.0.0.6 > 10.0.0.6:5353 accepted 1 58",
  "6 10.0.0.5 > 10.0.0.6:8080 accepted 3 1322",
  "6 10.0.0.5 > 10.99.0.7:443 rejected 1 60",
  "6 fd00::5 > fd00::5:5432 accepted 1 530",
];

describe("a listing of conntrack", () => {
  it.each(["listing", "listing-extended-id", "listing-ktimestamp", "nf_conntrack"])(
    "%s: gives each connection once, from who opened it to who it was really made to",
    (name) => {
      const lines = linesOf(sample(name));
      expect(detectText(lines.slice(0, 10), name).name).toBe("conntrack");
      const { flows, rejects } = readAll(lines);
      expect(rejects).toEqual([]);
      expect(edges(flows)).toEqual(listed);
    },
  );

  it("says the time of the line above it, or of its own", () => {
    expect(readAll(linesOf(sample("listing"))).flows.map((f) => [f.start, f.end])).toEqual(
      Array(7).fill([1_795_616_072, 1_795_616_073]),
    );
    expect(readAll(linesOf(sample("listing-ktimestamp"))).flows[0]?.start).toBe(1_795_616_070);
  });

  it("without a time is refused with the remedy", () => {
    const { flows, rejects } = readAll(linesOf(sample("listing")).slice(1));
    expect(flows).toEqual([]);
    expect(rejects[0]).toContain("time nothing: expected a time: put one on a line of its own above the listing");
  });

  it("that follows another counts what is new, and the bytes that were added", () => {
    const [, connection = ""] = linesOf(sample("listing"));
    const later = connection.replace("bytes=221", "bytes=1221");
    const { flows, parsed } = readAll(["1795616072", connection, "1795616132", connection, "1795616192", later]);
    expect(flows.map((f) => [f.start, f.connections, f.bytes])).toEqual([
      [1_795_616_072, 1, 390],
      [1_795_616_192, 0, 1000],
    ]);
    expect(parsed[3]).toEqual({ skip: "connection that was counted before" });
  });
});

describe("the events of conntrack", () => {
  it.each(["events-timestamp-id", "events-timestamp-extended"])("%s: count a connection once and its bytes", (name) => {
    const lines = linesOf(sample(name));
    expect(detectText(lines.slice(0, 10), name).name).toBe("conntrack");
    const { flows, rejects } = readAll(lines);
    expect(rejects).toEqual([]);
    expect(edges(flows)).toEqual([...listed, "6 10.0.0.6 > 10.0.0.6:9 rejected 1 100"].sort());
  });

  it("without timestamps are refused with the remedy", () => {
    expect(new Set(readAll(linesOf(sample("events-timestamp-id").replace(/^\[\d+\.\d+\]/gm, ""))).rejects)).toEqual(
      new Set([expect.stringContaining("record `conntrack -E -o timestamp`")]),
    );
  });

  it("that begin in the middle count a connection at its end, over the time that it lived", () => {
    const destroyed = linesOf(sample("events-timestamp-id")).filter((line) => line.includes("[DESTROY]"));
    const { flows } = readAll(destroyed);
    expect(flows.every((f) => f.connections === 1)).toBe(true);
    expect(flows.find((f) => f.serverPort === 5432)).toMatchObject({ start: 1_795_616_070, end: 1_795_616_072 });
  });

  it("of one connection come to one connection and its bytes, whichever of them were recorded last", () => {
    const life = linesOf(sample("events-timestamp-id")).filter((line) => line.includes("id=4081675508"));
    fc.assert(
      fc.property(fc.subarray(life.slice(0, -1)), (recorded) => {
        expect(edges(readAll([...recorded, life.at(-1) ?? ""]).flows)).toEqual([
          "6 10.0.0.5 > 10.0.0.6:8080 accepted 1 390",
        ]);
      }),
    );
  });
});

it.each([
  [
    "ICMP",
    "icmp     1 29 src=10.0.0.5 dst=10.0.0.6 type=8 code=0 id=7 src=10.0.0.6 dst=10.0.0.5 type=0 code=0 id=7 use=1",
  ],
  [
    "GRE",
    "gre      47 29 timeout=30, stream_timeout=180 src=10.0.0.5 dst=10.0.0.6 srckey=0x0 dstkey=0x1 src=10.0.0.6 dst=10.0.0.5 srckey=0x1 dstkey=0x0 use=1",
  ],
  ["a summary", "conntrack v1.4.7 (conntrack-tools): 7 flow entries have been shown."],
  [
    "a half-open connection",
    "tcp 6 59 SYN_RECV src=10.0.0.5 dst=10.0.0.6 sport=4 dport=8 src=10.0.0.6 dst=10.0.0.5 sport=8 dport=4 use=1",
  ],
])("%s is skipped, not rejected", (_, line) => {
  expect(readAll([line]).parsed[0]).toHaveProperty("skip");
});

const good =
  "[1795616070.882237]\t [UPDATE] tcp      6 432000 ESTABLISHED src=10.0.0.5 dst=10.96.0.10 sport=37197 dport=80 packets=4 bytes=221 src=10.0.0.6 dst=10.0.0.5 sport=8080 dport=37197 packets=3 bytes=169 [ASSURED] delta-time=3 id=7";

/** What is broken, how, and what the reason says. */
const broken: [string, (line: string) => string, string][] = [
  [
    "a source that is no address",
    (l) => l.replace("src=10.0.0.5", "src=10.0.0"),
    'original src "10.0.0": expected an IPv4 or IPv6 address',
  ],
  ["a source by name", (l) => l.replace("src=10.0.0.5", "src=api"), 'original src "api"'],
  ["an empty source", (l) => l.replace("src=10.0.0.5", "src="), 'original src ""'],
  ["no source", (l) => l.replace("src=10.0.0.5 ", ""), "reply src nothing"],
  [
    "a destination that is no address",
    (l) => l.replace("dst=10.96.0.10", "dst=10.96.0.256"),
    'original dst "10.96.0.256"',
  ],
  ["a reply source that is no address", (l) => l.replace("src=10.0.0.6", "src=::g"), 'reply src "::g"'],
  ["a reply destination that is no address", (l) => l.replace(/dst=10.0.0.5/, "dst=x"), 'reply dst "x"'],
  ["no reply tuple", (l) => l.replace(/src=10.0.0.6.*169 /, ""), "reply src nothing"],
  [
    "no ports",
    (l) => l.replace(/[sd]port=\d+ /g, ""),
    "original sport nothing: expected a whole number from 0 to 65535",
  ],
  ["a port above 65535", (l) => l.replace("sport=37197", "sport=65536"), 'original sport "65536"'],
  ["a negative port", (l) => l.replace("dport=80", "dport=-1"), 'original dport "-1"'],
  ["a port by name", (l) => l.replace("dport=80 ", "dport=http "), 'original dport "http"'],
  ["a reply port that is no number", (l) => l.replace("sport=8080", "sport=8O80"), 'reply sport "8O80"'],
  ["a reply port above 65535", (l) => l.replace("dport=37197", "dport=99999"), 'reply dport "99999"'],
  ["negative bytes", (l) => l.replace("bytes=221", "bytes=-1"), 'bytes "-1": expected a whole number, not negative'],
  ["bytes in exponent form", (l) => l.replace("bytes=169", "bytes=1e3"), 'bytes "1e3"'],
  [
    "bytes past exact numbers",
    (l) => l.replace("bytes=169", "bytes=99999999999999999"),
    "expected a whole number, not negative",
  ],
  ["a negative age", (l) => l.replace("delta-time=3", "delta-time=-3"), 'delta-time "-3"'],
  ["an age that is no number", (l) => l.replace("delta-time=3", "delta-time=x"), 'delta-time "x"'],
  [
    "an age from before 2000",
    (l) => l.replace("[UPDATE]", "[DESTROY]").replace("delta-time=3", "delta-time=1500000000"),
    'start "295616070"',
  ],
  ["a time of 1970", (l) => l.replace("1795616070.", "17."), 'time "17": expected unix seconds'],
  ["a time in milliseconds", (l) => l.replace("1795616070.", "1795616070882."), 'time "1795616070882"'],
  [
    "a protocol under another's number",
    (l) => l.replace("tcp      6", "tcp      17"),
    'protocol "17": expected a whole number from 6 to 6',
  ],
  ["a line cut short", (l) => l.slice(0, 60), "original src nothing"],
  ["a line of binary", () => "\u0000\u0001\ufffd", "is no line of conntrack"],
  ["a line of prose", () => "Dear reader,", "is no line of conntrack"],
  ["a start that is no time", (l) => `${l.slice(l.indexOf("tcp"))} [start=Someday]`, 'start "Someday"'],
  ["an event that does not exist", (l) => l.replace("[UPDATE]", "[UPSET]"), "is no line of conntrack"],
];

describe("a broken line of conntrack", () => {
  it.each(broken)("%s: is rejected with field and value", (_, breakIt, reason) => {
    const line = breakIt(good);
    expect(line).not.toBe(good);
    expect(readAll([good]).flows).toHaveLength(1);
    expect(readAll([line]).parsed[0]).toEqual({ reject: expect.stringContaining(reason) });
  });

  it("is counted and kept by ingest, and the rest is stored", async () => {
    const folder = testFolder();
    const lines = Array.from({ length: 300 }, (_, n) => good.replace("37197", String(40_000 + n)));
    const bad = broken.map(([, breakIt]) => breakIt(good));
    const log = writeLog(folder, [...lines.slice(0, 9), ...bad, ...lines.slice(9)]);
    const [report] = await ingest(log, { into: `${folder}/history`, format: "auto" });
    expect(report).toMatchObject({ format: "conntrack", lines: 300 + bad.length, stored: 300, rejected: bad.length });
    const kept = readFileSync(report?.rejectsFile ?? "", "utf8")
      .trim()
      .split("\n");
    expect(kept.map((line) => JSON.parse(line).line)).toEqual(bad.map((_, i) => 10 + i));
  });
});

it("reads back any connection that is written as conntrack writes it", () => {
  const address = fc.oneof(fc.ipV4(), fc.constantFrom("fd00::5", "2001:db8::1"));
  const port = fc.integer({ min: 1, max: 65_535 });
  const connection = fc.record({
    client: address,
    server: address,
    virtual: address,
    clientPort: port,
    serverPort: port,
    bytes: fc.nat(),
    time: fc.integer({ min: 1e9, max: 4e9 }),
  });
  fc.assert(
    fc.property(connection, (c) => {
      const line = `tcp      6 9 ESTABLISHED src=${c.client} dst=${c.virtual} sport=${c.clientPort} dport=1 packets=1 bytes=${c.bytes} src=${c.server} dst=${c.client} sport=${c.serverPort} dport=${c.clientPort} packets=0 bytes=0 [ASSURED] mark=0 use=1`;
      const { flows } = readAll([String(c.time), line]);
      const { client, server, clientPort, serverPort, bytes, time } = c;
      expect(flows).toMatchObject([{ client, server, clientPort, serverPort, bytes, start: time, connections: 1 }]);
    }),
  );
});
