import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hubble } from "../../history/formats/hubble.js";
import { ingest } from "../../history/ingest.js";
import { readTraffic } from "../../history/readTraffic.js";
import { testFolder } from "./flowLogs.js";
import { changed, flowsOf, reasonOf } from "./rejected.js";
import { ingestAlone, samplePath } from "./storedRows.js";

const folder = testFolder();
const observed = samplePath("hubble/observe.jsonl");
const messages = readFileSync(observed, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as { flow: Record<string, unknown> });
/** A SYN as it leaves its node for the network, a packet of its answer, a response with status 200, and a DNS answer. */
const [, syn, , answer, , response, , dnsAnswer, toWorld] = messages;
const second = Date.UTC(2024, 9, 16, 15, 50, 1) / 1000;
const [tie, deathstar, dns] = ["10.244.1.249", "10.244.2.112", "10.244.0.3"];

describe("Hubble's flows", () => {
  it("are stored with who opened the connection as client; a SYN is a connection, a response a request", async () => {
    const { report, rows } = await ingestAlone(observed, folder);
    expect(report).toMatchObject({ format: "hubble", lines: 13, stored: 10, rejected: 0 });
    expect(report.skippedReasons).toEqual({
      "L7 request; it counts with its response": 1,
      "lost_events: flows that Hubble lost": 1,
      "node_status: no flow": 1,
    });
    const shown = rows.map((r) => ({ ...r, start: Number(r.start) - second, end: Number(r.end) - second }));
    const row = (start: number, client: string, server: string, port: number, where: string, rest: object) => ({
      ...{
        start,
        end: start + 1,
        client,
        server,
        server_port: port,
        protocol: 6,
        connections: 0,
        bytes: 0,
        sampling: 1,
      },
      ...{ observer: `kind-kind/kind-${where}`, outcome: "accepted", source: "hubble", ...rest },
    });
    const expected = [
      row(0, tie, deathstar, 80, "worker/TO_STACK", { connections: 1 }),
      row(0, tie, deathstar, 80, "worker/TO_NETWORK", { connections: 1 }),
      row(0, tie, deathstar, 80, "worker2/TO_ENDPOINT", { connections: 1 }),
      row(0, tie, deathstar, 80, "worker/TO_ENDPOINT", {}),
      row(0, tie, deathstar, 80, "worker2/L7/INGRESS", { requests: 1, failed: 0 }),
      row(1, tie, deathstar, 80, "worker2/L7/INGRESS", { requests: 1, failed: 1 }),
      row(1, tie, dns, 53, "worker/L7/EGRESS", { requests: 1, failed: 0, protocol: 17 }),
      row(1, tie, "www.example.com", 443, "worker/TO_STACK", { connections: 1 }),
      row(2, "10.244.1.60", deathstar, 80, "worker2/event 1", { connections: 1, outcome: "rejected" }),
      row(3, "10.244.0.1", dns, 8181, "worker/TO_ENDPOINT", {}),
    ];
    expect(shown).toHaveLength(expected.length);
    expect(shown).toEqual(expect.arrayContaining(expected));
  });

  it("count once what several points of two nodes saw of a connection", async () => {
    const into = join(folder, "once");
    await ingest(observed, { into, format: "auto" });
    const { edges } = await readTraffic(into, { from: second, to: second + 60, halfLife: 1e9, owners: new Map() });
    const edge = edges.find((e) => e.client === tie && e.server === deathstar);
    expect(edge?.requests).toBeCloseTo(2);
    expect(edge?.connections).toBeCloseTo(1);
  });

  it.each<[string, number, number, number, number]>([
    ["exporter.jsonl", 2, 1, 1, 1_692_619_938],
    ["bare.jsonl", 1, 1, 0, 1_607_932_684],
    ["aggregated.jsonl", 1, 1, 0, 1_704_103_202],
  ])("of %s, as the documentation shows them, are read", async (name, lines, stored, skipped, start) => {
    const { report, rows } = await ingestAlone(samplePath(`hubble/${name}`), folder);
    expect(report).toMatchObject({ format: "hubble", lines, stored, skipped, rejected: 0 });
    expect(rows[0]).toMatchObject({ start, connections: name === "aggregated.jsonl" ? 3 : 1 });
  });

  it.each<[string, unknown, object]>([
    ["a reply that says so", answer, { client: tie, server: deathstar, clientPort: 36_742, connections: 0 }],
    [
      "a SYN without is_reply",
      changed(syn, "flow.is_reply", undefined),
      { client: tie, connections: 1, undecided: false },
    ],
    [
      "a SYN-ACK without is_reply",
      changed(changed(changed(answer, "flow.is_reply", null), "flow.reply", false), "flow.trace_reason", undefined),
      { client: tie, server: deathstar, connections: 0 },
    ],
    [
      "a packet of which only the ports tell",
      changed(changed(changed(answer, "flow.is_reply", null), "flow.reply", false), "flow.l4.TCP.flags", { ACK: true }),
      { client: tie, server: deathstar, connections: 0, undecided: false },
    ],
    [
      "a packet of which nothing tells, left to the whole file's ports",
      changed(changed(changed(syn, "flow.is_reply", undefined), "flow.trace_reason", undefined), "flow.l4.TCP", {
        source_port: 9000,
        destination_port: 9001,
        flags: { ACK: true },
      }),
      { client: tie, server: deathstar, connections: 0, undecided: true },
    ],
    [
      "a new UDP exchange",
      changed(syn, "flow.l4", { UDP: { source_port: 4000, destination_port: 53 } }),
      { connections: 1, protocol: 17 },
    ],
    [
      "more UDP of a known exchange",
      changed(
        changed(syn, "flow.l4", { UDP: { source_port: 4000, destination_port: 53 } }),
        "flow.trace_reason",
        "ESTABLISHED",
      ),
      { connections: 0 },
    ],
    ["a flow without a verdict", changed(syn, "flow.verdict", undefined), { skip: "no verdict" }],
    [
      "a socket's translation",
      changed(syn, "flow.Type", "SOCK"),
      { skip: "address translation of a socket; seen again as packets" },
    ],
    [
      "ICMP",
      changed(syn, "flow.l4", { ICMPv4: { type: 8 } }),
      { skip: "ICMPv4 has no ports, so no one opens a connection" },
    ],
    ["a policy in audit mode", changed(syn, "flow.verdict", "AUDIT"), { outcome: "accepted" }],
    ["an error of the datapath", changed(syn, "flow.verdict", "ERROR"), { outcome: "rejected" }],
    [
      "a denied request",
      changed(messages[4], "flow.verdict", "DROPPED"),
      { outcome: "rejected", requests: 1, failed: 1 },
    ],
    ["a response of status 500", changed(response, "flow.l7.http.code", 500), { requests: 1, failed: 1 }],
    ["a response of status 404", changed(response, "flow.l7.http.code", 404), { requests: 1, failed: 0 }],
    ["a request that nobody answered", changed(response, "flow.l7.http.code", undefined), { requests: 1, failed: 1 }],
    ["a name that does not exist", changed(dnsAnswer, "flow.l7.dns.rcode", 3), { requests: 1, failed: 0 }],
    ["a DNS server that fails", changed(dnsAnswer, "flow.l7.dns.rcode", 2), { requests: 1, failed: 1 }],
    ["a Kafka error", changed(response, "flow.l7", { type: "RESPONSE", kafka: { error_code: -1 } }), { failed: 1 }],
    [
      "an L7 protocol that tells no outcome",
      changed(response, "flow.l7", { type: "RESPONSE" }),
      { requests: 1, failed: null },
    ],
    [
      "a server outside without a name",
      changed(toWorld, "flow.destination_names", undefined),
      { server: "93.184.215.14" },
    ],
    [
      "pods where the addresses are masked",
      changed(syn, "flow.IP", undefined),
      { client: "tiefighter", server: "deathstar-7848d6c4d5-th9v2" },
    ],
    [
      "a workload where the pod is masked, too",
      changed(changed(answer, "flow.IP", undefined), "flow.source.pod_name", undefined),
      { server: "deathstar" },
    ],
  ])("%s", (_, message, expected) => {
    expect(flowsOf(hubble.parse(message))).toEqual([expect.objectContaining(expected)]);
  });
});

describe("a broken Hubble flow is rejected with place and value", () => {
  it.each<[string, unknown, string]>([
    ["flow", 5, "flow 5: expected an object"],
    ["flow.time", "yesterday", 'flow.time "yesterday": expected a time such as 2026-11-25T10:00:00Z'],
    ["flow.time", 1_729_093_801, "flow.time 1729093801: expected a time"],
    ["flow.time", "1729-10-16T15:50:01Z", "expected unix seconds between the years 2000 and 2100"],
    ["flow.time", "2024-10-16T15:50:01", 'flow.time "2024-10-16T15:50:01": expected a time'],
    ["flow.time", "2024-13-16T15:50:01Z", "expected a time"],
    ["flow.verdict", "PASSED", 'flow.verdict "PASSED": expected one of FORWARDED, REDIRECTED'],
    ["flow.verdict", 1, "flow.verdict 1: expected one of FORWARDED"],
    ["flow.Type", "L5", 'flow.Type "L5": expected one of UNKNOWN_TYPE, L3_L4, L7, SOCK'],
    ["flow.IP", "10.0.0.1", 'flow.IP "10.0.0.1": expected an object'],
    ["flow.IP.source", "10.244.1.256", 'flow.IP.source "10.244.1.256": expected an IPv4 or IPv6 address'],
    ["flow.IP.destination", 42, "flow.IP.destination 42: expected a text"],
    ["flow.IP.destination", "fe80::1%eth0", 'flow.IP.destination "fe80::1%eth0": expected an IPv4 or IPv6 address'],
    ["flow.l4", [], "flow.l4 []: expected an object"],
    ["flow.l4.TCP", "SYN", 'flow.l4.TCP "SYN": expected an object'],
    ["flow.l4.TCP.source_port", 65_536, 'flow.l4.TCP.source_port "65536": expected a whole number from 0 to 65535'],
    ["flow.l4.TCP.destination_port", -1, 'flow.l4.TCP.destination_port "-1": expected a whole number from 0 to 65535'],
    ["flow.l4.TCP.destination_port", 80.5, "flow.l4.TCP.destination_port"],
    ["flow.l4.TCP.destination_port", { port: 80 }, 'flow.l4.TCP.destination_port {"port":80}: expected a whole number'],
    ["flow.l4.TCP.flags", true, "flow.l4.TCP.flags true: expected an object"],
    ["flow.l4.TCP.flags.SYN", "true", 'flow.l4.TCP.flags.SYN "true": expected true or false'],
    ["flow.is_reply", "no", 'flow.is_reply "no": expected true or false'],
    ["flow.source", "tiefighter", 'flow.source "tiefighter": expected an object'],
    ["flow.destination.labels", "reserved:world", 'flow.destination.labels "reserved:world": expected a list'],
    ["flow.destination.labels", [7], "flow.destination.labels[0] 7: expected a text"],
    ["flow.node_name", 3, "flow.node_name 3: expected a text"],
    ["flow.event_type", 4, "flow.event_type 4: expected an object"],
    ["flow.trace_observation_point", 101, "flow.trace_observation_point 101: expected a text"],
    ["flow.aggregate", { ingress_flow_count: -3 }, 'flow.aggregate.ingress_flow_count "-3": expected a whole number'],
  ])("%s %j", (place, value, reason) => {
    expect(reasonOf(hubble, changed(syn, place, value))).toContain(reason);
  });

  it.each<[string, unknown, string]>([
    ["flow.l7", "http", 'flow.l7 "http": expected an object'],
    ["flow.l7.type", "ANSWER", 'flow.l7.type "ANSWER": expected one of UNKNOWN_L7_TYPE, REQUEST, RESPONSE, SAMPLE'],
    ["flow.l7.http", 200, "flow.l7.http 200: expected an object"],
    ["flow.l7.http.code", "OK", 'flow.l7.http.code "OK": expected a whole number from 0 to 999'],
    ["flow.l7.http.code", 1000, 'flow.l7.http.code "1000": expected a whole number from 0 to 999'],
  ])("%s %j", (place, value, reason) => {
    expect(reasonOf(hubble, changed(response, place, value))).toContain(reason);
  });

  it("also where the message is no object, or holds no flow", () => {
    expect(reasonOf(hubble, [1])).toBe("document [1]: expected an object");
    expect(reasonOf(hubble, { node_name: "a" })).toContain("time nothing: expected a time");
  });
});
