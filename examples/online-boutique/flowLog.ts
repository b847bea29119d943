import { createHash } from "node:crypto";

/** Account of the example: the one that AWS uses in its documentation. */
const account = "123456789010";

/** Fields of the default format, version 2, in the order and the spelling of the header of a delivered file. */
export const header =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/** Seconds over which an interface gathers packets into one record. */
const aggregation = 60;

/** One end of a connection. Without an interface of ours nothing is logged at that end. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly interfaceId: string | null;
}

/** A connection while it was open, opened by the client; times in Unix seconds, `from` below `to`. */
export interface Connection {
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** IANA number: 1 ICMP, 6 TCP, 17 UDP. */
  readonly protocol: number;
  readonly from: number;
  readonly to: number;
  /** Requests per second, and bytes of one request and of its answer on the wire. */
  readonly rate: number;
  readonly request: number;
  readonly answer: number;
  /** A rejected connection shows at the server's interface only, and gets no answer. */
  readonly rejected?: boolean;
}

/** One record, with what the file is sorted by. */
export interface FlowRecord {
  readonly end: number;
  readonly line: string;
}

/** The interface of a pod or load balancer: its id is made from the name, so that it never changes. */
export function interfaceOf(name: string): string {
  return `eni-0${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

/**
 * The records of one connection: at each interface that logs, one for the requests and one for the answers in every
 * aggregation interval. Each interface has intervals of its own, so the two ends cut one connection at different times.
 */
export function recordsOf(connection: Connection): FlowRecord[] {
  const { client, server, rejected } = connection;
  const observers = rejected ? [server.interfaceId] : [client.interfaceId, server.interfaceId];
  return observers.flatMap((observer) => (observer === null ? [] : recordsAt(observer, connection)));
}

function recordsAt(observer: string, connection: Connection): FlowRecord[] {
  const { client, server, rate, request, answer, rejected } = connection;
  const records: FlowRecord[] = [];
  let from = connection.from;
  while (from < connection.to) {
    const to = Math.min(connection.to, intervalEnd(observer, from));
    const exchanges = Math.max(1, Math.round(rate * (to - from)));
    records.push(recordOf(observer, connection, client, server, from, to, exchanges, request));
    if (!rejected) records.push(recordOf(observer, connection, server, client, from, to, exchanges, answer));
    from = to;
  }
  return records;
}

function intervalEnd(observer: string, time: number): number {
  const offset = Number.parseInt(observer.slice(-4), 16) % aggregation;
  return (Math.floor((time - offset) / aggregation) + 1) * aggregation + offset;
}

function recordOf(
  observer: string,
  { protocol, rejected }: Connection,
  source: Endpoint,
  target: Endpoint,
  from: number,
  to: number,
  exchanges: number,
  size: number,
): FlowRecord {
  // Ethernet carries 1448 bytes of TCP payload a packet; each packet is answered by an acknowledgement of 52 bytes.
  const packets = protocol === 6 && !rejected ? exchanges * (Math.ceil(size / 1448) + 1) : exchanges;
  const bytes = exchanges * size + (packets - exchanges) * 52;
  const start = Math.floor(from);
  const end = Math.max(start, Math.ceil(to) - 1);
  const { address, port } = source;
  const action = rejected ? "REJECT" : "ACCEPT";
  const line = `2 ${account} ${observer} ${address} ${target.address} ${port} ${target.port} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} OK`;
  return { end, line };
}

/** The record of an interval without data: nothing flowed (`NODATA`), or the service had to skip it (`SKIPDATA`). */
export function emptyRecord(observer: string, start: number, status: "NODATA" | "SKIPDATA"): FlowRecord {
  const end = start + aggregation - 1;
  return { end, line: `2 ${account} ${observer} - - - - - - - ${start} ${end} - ${status}` };
}
