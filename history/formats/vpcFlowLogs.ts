import { FieldError, readAddress, readCount, readInteger, readTime, rejectable } from "../fields.js";
import type { Parsed, ParsedFlow, TextFormat } from "../format.js";
import { openerOf } from "../opener.js";
import {
  anyObserver,
  checkHeader,
  defaultFields,
  knownFields,
  longestRow,
  portless,
  protocolsWithPorts,
  withoutData,
} from "./vpcFields.js";
import { vpcRecordSql } from "./vpcRecordSql.js";

/**
 * AWS VPC flow logs as text: the default format, or any order of fields under a header line that names them.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
 */
export const vpcFlowLogs: TextFormat = {
  kind: "text",
  name: "vpc-flow-logs",
  detect: (firstLines) =>
    isHeader(firstLines[0] ?? "") || firstLines.some((line) => /^\d+\s+(\S+)\s+(eni-|-\s)/.test(line)),
  open: (firstLine, source) => {
    const header = isHeader(firstLine);
    const fields = (header ? firstLine.trim() : defaultFields).split(/\s+/);
    if (header) checkHeader(fields, source);
    const headerLine = firstLine.trim();
    const read = lineReader(fields, header);
    return {
      headerLines: header ? 1 : 0,
      parse: (line) =>
        header && line.trim() === headerLine ? { skip: "repeated header line" } : rejectable(() => read(line)),
      sql: vpcRecordSql(fields),
    };
  },
};

/** A first line is a header when it has at least three known names and no number, even where a name is misspelt. */
function isHeader(line: string): boolean {
  const words = line.trim().split(/\s+/);
  return words.filter((w) => knownFields.has(w)).length >= 3 && !words.some((w) => /^\d+$/.test(w));
}

function lineReader(fields: readonly string[], header: boolean): (line: string) => Parsed {
  const place = new Map(fields.map((field, i) => [field, i]));
  const at = (field: string) => place.get(field) ?? -1;
  const status = at("log-status");
  const action = at("action");
  const version = at("version");
  const packets = at("packets");
  const bytes = at("bytes");
  const protocolAt = at("protocol");
  const tcpFlagsAt = at("tcp-flags");
  const starts = at("start");
  const ends = at("end");
  const srcport = at("srcport");
  const dstport = at("dstport");
  const source = { address: at("srcaddr"), packetAddress: at("pkt-srcaddr") };
  const destination = { address: at("dstaddr"), packetAddress: at("pkt-dstaddr") };
  const observerOf = observerReader(at);

  return (line) => {
    const values = line.trim().split(/\s+/);
    if (values.length !== fields.length) {
      const order = header ? "as its header names" : "of the default format; a custom format needs its header line";
      return { reject: `number of fields ${values.length}: expected ${fields.length}, ${order}` };
    }
    /** The field's text; undefined where the format has no such field or the record has `-`. */
    const text = (index: number) => (values[index] === "-" ? undefined : values[index]);

    if (version >= 0) readInteger("version", values[version], 2, 10);
    const logged = text(status) ?? (status < 0 ? "OK" : undefined);
    if (logged === "NODATA" || logged === "SKIPDATA") return { skip: withoutData(logged) };
    if (logged !== "OK") throw new FieldError("log-status", values[status], "OK, NODATA or SKIPDATA");

    const start = readTime("start", values[starts]);
    const end = readTime("end", values[ends]);
    if (end < start) throw new FieldError("end", values[ends], `a time not before start, ${start}`);
    if (end - start > longestRow)
      throw new FieldError("end", values[ends], `a time at most a day after start, ${start}`);
    const protocol = protocolAt < 0 ? null : readInteger("protocol", values[protocolAt], 0, 255);
    const client = addressOf("srcaddr", text, source);
    const server = addressOf("dstaddr", text, destination);
    if (packets >= 0) readCount("packets", values[packets]);
    const size = bytes < 0 ? 0 : readCount("bytes", values[bytes]);
    const did = action < 0 ? "ACCEPT" : values[action];
    if (did !== "ACCEPT" && did !== "REJECT") throw new FieldError("action", did, "ACCEPT or REJECT");
    if (protocol !== null && !protocolsWithPorts.has(protocol)) {
      return { skip: portless(protocol) };
    }
    const sourcePort = readInteger("srcport", values[srcport], 0, 65_535);
    const destinationPort = readInteger("dstport", values[dstport], 0, 65_535);
    const flags = text(tcpFlagsAt);
    const tcpFlags = flags === undefined ? null : readInteger("tcp-flags", flags, 0, 255);
    const opener = openerOf(sourcePort, destinationPort, protocol, tcpFlags);
    const forward: ParsedFlow = {
      start,
      end: Math.max(end, start + 1),
      client,
      server,
      clientPort: sourcePort,
      serverPort: destinationPort,
      protocol,
      requests: null,
      connections: 1,
      bytes: size,
      failed: null,
      sampling: 1,
      observer: observerOf(text, client, server),
      outcome: did === "REJECT" ? "rejected" : "accepted",
      undecided: opener === undefined,
    };
    if (opener !== "destination") return { flow: forward };
    const answer = {
      client: server,
      server: client,
      clientPort: destinationPort,
      serverPort: sourcePort,
      connections: 0,
    };
    return { flow: { ...forward, ...answer } };
  };
}

/** The packet's own address where it is logged (before or behind a NAT gateway), else the interface's. */
function addressOf(
  field: "srcaddr" | "dstaddr",
  text: (index: number) => string | undefined,
  at: { readonly address: number; readonly packetAddress: number },
): string {
  const packet = text(at.packetAddress);
  return packet === undefined ? readAddress(field, text(at.address) ?? "-") : readAddress(`pkt-${field}`, packet);
}

/**
 * Who saw the flow: the interface; else the instance or the NAT gateway; else, by the flow's direction, the side that it was seen on;
 * else one and the same for the whole log.
 */
function observerReader(at: (field: string) => number) {
  const interfaceId = at("interface-id");
  const instanceId = at("instance-id");
  const resourceId = at("resource-id");
  const direction = at("flow-direction");
  return (text: (index: number) => string | undefined, source: string, destination: string): string => {
    const seenBy = text(interfaceId) ?? text(instanceId) ?? text(resourceId);
    if (seenBy !== undefined) return seenBy;
    const way = text(direction);
    return way === "egress" ? source : way === "ingress" ? destination : anyObserver;
  };
}
