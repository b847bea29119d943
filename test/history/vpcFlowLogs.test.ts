import { describe, expect, it } from "vitest";
import type { ParsedFlow } from "../../history/format.js";
import { vpcFlowLogs } from "../../history/formats/vpcFlowLogs.js";
import { defaultHeader, midnight, record } from "./flowLogs.js";

const custom = `${defaultHeader} tcp-flags pkt-srcaddr pkt-dstaddr flow-direction`;

function parse(values: Record<string, string | number>, header = custom) {
  return vpcFlowLogs.open(header, "flows.log").parse(record(values, header));
}

function flowOf(values: Record<string, string | number>, header = custom): ParsedFlow {
  const parsed = parse(values, header);
  if ("flow" in parsed) return parsed.flow;
  throw new Error(JSON.stringify(parsed));
}

describe("a VPC flow log record", () => {
  it("of the default format is read without a header", () => {
    const opened = vpcFlowLogs.open(record(), "flows.log");
    expect(opened.headerLines).toBe(0);
    expect(opened.parse(record())).toEqual({
      flow: {
        start: midnight,
        end: midnight + 60,
        client: "10.0.0.1",
        server: "10.0.0.2",
        clientPort: 40_000,
        serverPort: 443,
        protocol: 6,
        requests: null,
        connections: 1,
        bytes: 1000,
        failed: null,
        sampling: 1,
        observer: "eni-0a",
        outcome: "accepted",
        undecided: false,
      },
    });
  });

  it.each([
    [
      "the example of accepted SSH traffic",
      "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
    ],
    [
      "the IPv6 example",
      "2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK",
    ],
  ])("of AWS's documentation is recognised and read: %s", (_, line) => {
    expect(vpcFlowLogs.detect([line])).toBe(true);
    expect(vpcFlowLogs.open(line, "flows.log").parse(line)).toHaveProperty("flow.serverPort", 22);
  });

  it("is read in any order of fields that the header names", () => {
    const header = "end bytes dstport srcaddr log-status start srcport dstaddr";
    expect(flowOf({}, header)).toMatchObject({ client: "10.0.0.1", server: "10.0.0.2", bytes: 1000, protocol: null });
  });

  it.each([
    ["NODATA", { "log-status": "NODATA", srcaddr: "-", action: "-" }, "log-status NODATA"],
    ["SKIPDATA", { "log-status": "SKIPDATA", srcaddr: "-", action: "-" }, "log-status SKIPDATA"],
    ["ICMP", { protocol: 1, srcport: 0, dstport: 0 }, "protocol 1 has no ports, so no one opens a connection"],
  ])("of %s is skipped with its reason", (_, values, skip) => {
    expect(parse(values)).toEqual({ skip });
  });

  it("that repeats the header, as in joined files, is skipped", () => {
    const opened = vpcFlowLogs.open(custom, "flows.log");
    expect(opened.parse(custom)).toEqual({ skip: "repeated header line" });
  });

  it.each([
    ["a rejected action is a rejected outcome", { action: "REJECT" }, { outcome: "rejected" }],
    ["an end equal to its start lasts a second", { end: midnight }, { start: midnight, end: midnight + 1 }],
    [
      "packet addresses replace those of a NAT gateway",
      { "pkt-srcaddr": "10.0.9.9", "pkt-dstaddr": "192.0.2.1" },
      { client: "10.0.9.9", server: "192.0.2.1" },
    ],
    ["an IPv6 address has one name", { srcaddr: "2001:DB8:0:0:0:0:0:1" }, { client: "2001:db8::1" }],
    [
      "without an interface the egress side is the observer",
      { "interface-id": "-", "flow-direction": "egress" },
      { observer: "10.0.0.1" },
    ],
    [
      "without an interface the ingress side is the observer",
      { "interface-id": "-", "flow-direction": "ingress" },
      { observer: "10.0.0.2" },
    ],
    [
      "without an interface and a direction the log is the observer",
      { "interface-id": "-" },
      { observer: "vpc-flow-logs" },
    ],
  ])("says: %s", (_, values, flow) => {
    expect(flowOf(values)).toMatchObject(flow);
  });
});

describe("who opened the connection", () => {
  const forward = { client: "10.0.0.1", server: "10.0.0.2", connections: 1, undecided: false };
  const answer = { client: "10.0.0.2", server: "10.0.0.1", connections: 0, undecided: false };
  const undecided = { client: "10.0.0.1", server: "10.0.0.2", connections: 1, undecided: true };
  it.each([
    ["SYN comes from the client, whatever the ports", { "tcp-flags": 2, srcport: 80, dstport: 50_000 }, forward],
    ["SYN and FIN in one interval come from the client", { "tcp-flags": 3, srcport: 80, dstport: 50_000 }, forward],
    ["SYN-ACK comes from the server, whatever the ports", { "tcp-flags": 18, srcport: 50_000, dstport: 80 }, answer],
    ["SYN-ACK and FIN come from the server", { "tcp-flags": 19, srcport: 50_000, dstport: 80 }, answer],
    ["FIN alone tells nothing, the ports do", { "tcp-flags": 1, srcport: 50_000, dstport: 80 }, forward],
    ["no flags, the ports tell", { "tcp-flags": 0, srcport: 80, dstport: 50_000 }, answer],
    ["flags of UDP tell nothing", { protocol: 17, "tcp-flags": 2, srcport: 53, dstport: 50_000 }, answer],
    ["port 32767 is a server's against 32768", { srcport: 32_768, dstport: 32_767 }, forward],
    ["two low ports are undecided", { srcport: 1024, dstport: 80 }, undecided],
    ["two high ports are undecided", { srcport: 40_000, dstport: 50_051 }, undecided],
  ])("%s", (_, values, flow) => {
    expect(flowOf(values)).toMatchObject(flow);
  });

  it("names the server's port on both directions", () => {
    expect(flowOf({ srcport: 40_000, dstport: 443 })).toMatchObject({ serverPort: 443, clientPort: 40_000 });
    expect(flowOf({ srcport: 443, dstport: 40_000 })).toMatchObject({ serverPort: 443, clientPort: 40_000 });
  });
});
