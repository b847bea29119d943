import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectText } from "../../history/formats/index.js";
import { ss } from "../../history/formats/ss.js";
import { ingest } from "../../history/ingest.js";
import { testFolder, writeLog } from "./flowLogs.js";

// The samples are what ss (iproute2 6.1) itself printed of a few connections made for them, below the time of the listing.
const sample = (name: string) => readFileSync(new URL(`./samples/ss/${name}.txt`, import.meta.url), "utf8");
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

function readAll(lines: readonly string[]) {
  const { parse } = ss.open(lines[0] ?? "", "sample");
  const parsed = lines.map(parse);
  const flows = parsed.flatMap((p) => ("flow" in p ? [p.flow] : []));
  const edges = flows.map((f) => `${f.client} > ${f.server}:${f.serverPort} ${f.outcome}`);
  return { flows, edges, parsed, rejects: parsed.flatMap((p) => ("reject" in p ? [p.reject] : [])) };
}

/** The connection to the virtual address has its other end under another address, so that it is seen twice. */
const listed = [
  "10.0.0.5 > 10.96.0.10:80 accepted",
  "10.0.0.5 > 10.0.0.6:8080 accepted",
  "10.0.0.5 > 10.0.0.6:8080 accepted",
  "10.0.0.5 > 10.0.0.6:8080 accepted",
  "10.0.0.5 > 10.99.0.7:443 rejected",
  "fd00::5 > fd00::5:5432 accepted",
];

describe("a listing of ss", () => {
  it.each(["tan", "tanH", "tanp", "tanoe", "tani", "an", "tunaH"])(
    "%s: gives each connection once, from who opened it",
    (name) => {
      const lines = linesOf(sample(name));
      expect(detectText(lines.slice(0, 10), name).name).toBe("ss");
      const { edges, rejects, flows } = readAll(lines);
      expect(rejects).toEqual([]);
      expect(edges).toEqual(listed);
      expect(flows.every((f) => f.start === 1_795_616_072 && f.end === f.start + 1 && !f.undecided)).toBe(true);
    },
  );

  it("without a time is refused with the remedy", () => {
    const { flows, rejects } = readAll(linesOf(sample("tan")).slice(1));
    expect(flows).toEqual([]);
    expect(rejects[0]).toBe("time nothing: expected one on a line of its own above the listing: `date +%s; ss -tan`");
  });

  it("that follows another counts only what is new", () => {
    const [, header = "", ...sockets] = linesOf(sample("tan"));
    const one = "ESTAB 0 0 10.0.0.5:41000 10.0.0.9:443";
    const { flows } = readAll(["100", "1795616072", header, ...sockets, "1795616132", header, ...sockets, one]);
    expect(flows.slice(listed.length)).toMatchObject([
      { start: 1_795_616_132, client: "10.0.0.5", server: "10.0.0.9" },
    ]);
  });

  it("counts a port again that was closed in the listing between", () => {
    const one = "ESTAB 0 0 10.0.0.5:41000 10.0.0.9:443";
    expect(readAll(["1795616072", one, "1795616132", "1795616192", one]).flows).toHaveLength(2);
  });

  it("tells who opened a connection: by who listens, by the ports, or leaves it to the file", () => {
    const listen = "LISTEN 0 511 *:50051 *:*";
    const between = "ESTAB 0 0 10.0.0.5:50051 10.0.0.9:40000";
    const away = "ESTAB 0 0 10.0.0.5:40000 10.0.0.9:50051";
    expect(readAll(["1795616072", listen, between, away]).flows).toMatchObject([
      { client: "10.0.0.9", server: "10.0.0.5", serverPort: 50_051, observer: "10.0.0.5", undecided: false },
      { client: "10.0.0.5", server: "10.0.0.9", serverPort: 50_051, observer: "10.0.0.5", undecided: false },
    ]);
    expect(readAll(["1795616072", away]).flows).toMatchObject([{ client: "10.0.0.5", undecided: true }]);
    expect(readAll(["1795616072", "ESTAB 0 0 10.0.0.5:80 10.0.0.9:40000"]).flows).toMatchObject([
      { client: "10.0.0.9", undecided: false },
    ]);
  });

  it("takes IPv4 in IPv6 for IPv4, and leaves an interface's name away", () => {
    const line = "ESTAB 0 0 [::ffff:10.0.0.5]%eth0:40000 [::ffff:10.0.0.9]:443";
    expect(readAll(["1795616072", line]).flows).toMatchObject([{ client: "10.0.0.5", server: "10.0.0.9" }]);
  });
});

const good = "tcp ESTAB 0 0 10.0.0.5:37197 10.96.0.10:80";

/** What is broken, how, and what the reason says. */
const broken: [string, (line: string) => string, string][] = [
  [
    "a local address that is none",
    (l) => l.replace("10.0.0.5", "10.0.0"),
    'local "10.0.0": expected an IPv4 or IPv6 address',
  ],
  ["a peer that is no address", (l) => l.replace("10.96.0.10", "10.96.0.999"), 'peer "10.96.0.999"'],
  ["a peer by name", (l) => l.replace("10.96.0.10", "db.local"), 'peer "db.local"'],
  ["an empty local address", (l) => l.replace("10.0.0.5", ""), "is no line of ss"],
  ["an IPv6 address that is none", (l) => l.replace("10.0.0.5", "[fd00::g]"), 'local "fd00::g"'],
  [
    "a service's name for a port",
    (l) => l.replace(":80", ":http"),
    'peer port "http": expected a number; run ss with -n',
  ],
  ["a local service's name", (l) => l.replace(":37197", ":postgresql"), 'local port "postgresql"'],
  [
    "a port above 65535",
    (l) => l.replace(":37197", ":65536"),
    'local port "65536": expected a whole number from 0 to 65535',
  ],
  ["a negative port", (l) => l.replace(":80", ":-80"), 'peer port "-80"'],
  ["an empty port", (l) => l.replace(":80", ":"), "is no line of ss"],
  ["any local address", (l) => l.replace("10.0.0.5", "*"), 'local "*:37197": expected an address and a port'],
  ["any peer", (l) => l.replace("10.96.0.10:80", "*:*"), 'peer "*:*": expected an address and a port'],
  ["a state that does not exist", (l) => l.replace("ESTAB", "ESTABLISHED"), 'state "ESTABLISHED"'],
  ["another state that does not exist", (l) => l.replace("ESTAB", "OPEN"), 'state "OPEN"'],
  ["a protocol that does not exist", (l) => l.replace("tcp", "tcpx"), 'netid "tcpx": expected one of tcp, udp'],
  [
    "a protocol called as what every object has",
    (l) => l.replace("tcp", "constructor"),
    'netid "constructor": expected one of tcp, udp',
  ],
  [
    "a queue that is no number",
    (l) => l.replace(" 0 0 ", " x 0 "),
    'recv-q "x": expected a whole number, not negative',
  ],
  ["a negative queue", (l) => l.replace(" 0 0 ", " 0 -1 "), 'send-q "-1"'],
  ["a fraction of a queue", (l) => l.replace(" 0 0 ", " 0 1.5 "), 'send-q "1.5"'],
  ["a line cut short", (l) => l.slice(0, 28), "is no line of ss"],
  ["no queues", (l) => l.replace(" 0 0 ", " "), 'recv-q "tcp"'],
  ["a line of prose", () => "Dear reader,", "is no line of ss"],
  ["a line of binary", () => "\u0000\u0001\ufffd", "is no line of ss"],
  ["a time of 1970", () => "17", 'time "17": expected unix seconds'],
  ["a time in milliseconds", () => "1795616072000", 'time "1795616072000"'],
  ["a date that does not exist", () => "2026-13-25T14:14:32Z", 'time "2026-13-25T14:14:32Z"'],
];

describe("a broken line of ss", () => {
  it.each(broken)("%s: is rejected with field and value", (_, breakIt, reason) => {
    const line = breakIt(good);
    expect(line).not.toBe(good);
    expect(readAll(["1795616072", good]).flows).toHaveLength(1);
    expect(readAll(["1795616072", line]).parsed[1]).toEqual({ reject: expect.stringContaining(reason) });
  });

  it("is counted and kept by ingest, and the rest is stored", async () => {
    const folder = testFolder();
    const lines = Array.from({ length: 300 }, (_, n) => good.replace("37197", String(40_000 + n)));
    const bad = broken.map(([, breakIt]) => breakIt(good));
    const log = writeLog(folder, ["1795616072", ...lines.slice(0, 8), ...bad, ...lines.slice(8)]);
    const [report] = await ingest(log, { into: `${folder}/history`, format: "auto" });
    expect(report).toMatchObject({ format: "ss", lines: 301 + bad.length, stored: 300, rejected: bad.length });
    const kept = readFileSync(report?.rejectsFile ?? "", "utf8")
      .trim()
      .split("\n");
    expect(kept.map((line) => JSON.parse(line).line)).toEqual(bad.map((_, i) => 10 + i));
  });
});

it("reads back any connection that is written as ss writes it", () => {
  const address = fc.oneof(fc.ipV4(), fc.constantFrom("[fd00::5]", "[2001:db8::1]"));
  const ephemeral = fc.integer({ min: 32_768, max: 65_535 });
  const port = fc.integer({ min: 1, max: 32_767 });
  const state = fc.constantFrom("ESTAB", "TIME-WAIT", "CLOSE-WAIT", "FIN-WAIT-2", "LAST-ACK");
  fc.assert(
    fc.property(address, address, ephemeral, port, state, fc.boolean(), (client, server, from, to, state, accepted) => {
      const ends = [`${client}:${from}`, `${server}:${to}`];
      const line = `${state.padEnd(11)}0      0   ${(accepted ? ends.reverse() : ends).join("    ")}   `;
      const plain = (text: string) => text.replace(/[[\]]/g, "");
      expect(readAll(["1795616072", line]).flows).toMatchObject([
        { client: plain(client), server: plain(server), clientPort: from, serverPort: to, connections: 1 },
      ]);
    }),
  );
});
