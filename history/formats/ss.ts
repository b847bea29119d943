import { FieldError, readAddress, readCount, readInteger, rejectable } from "../fields.js";
import type { Parsed, ParsedFlow, TextFormat } from "../format.js";
import { Listings, readTimeLine } from "../listings.js";
import { unmapped } from "../mappedAddress.js";
import { openerOf } from "../opener.js";

/** The states of ss(8) in which a connection is open, or was until just now. */
const open: ReadonlySet<string> = new Set([
  "ESTAB", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSING",
]); // biome-ignore format: one row
const states: ReadonlySet<string> = new Set([
  ...open,
  "SYN-SENT",
  "SYN-RECV",
  "NEW-SYN-RECV",
  "UNCONN",
  "LISTEN",
  "CLOSED",
  "BOUND-INACTIVE",
]);

const protocols: ReadonlyMap<string, number> = new Map([
  ["tcp", 6],
  ["udp", 17],
  ["sctp", 132],
  ["dccp", 33],
]);

const header = /^\s*(?:Netid\s+)?(?:State\s+)?Recv-Q\s+Send-Q\s+Local Address:Port\s+Peer Address:Port/;
const socket =
  /^(?:([a-z][a-z_0-9]*)\s+)?(?:([A-Z][A-Z0-9-]*)\s+)?(\S+)\s+(\S+)\s+(\S+:[^\s:]+)\s+(\S+:[^\s:]+)(?:\s+(.*))?$/;
const other = /^(?:nl|u_str|u_dgr|u_seq|p_raw|p_dgr|raw|icmp6?|ti|v_str|v_dgr|xdp|mptcp|\?\?\?)\s/;

/**
 * Sockets as `ss -tan` (iproute2) lists them, with or without header (`-H`), process (`-p`), timers (`-o`), details
 * (`-e`, `-i`). A listing has no time: it is taken from a line of its own above it. https://man7.org/linux/man-pages/man8/ss.8.html
 */
export const ss: TextFormat = {
  kind: "text",
  name: "ss",
  detect: (firstLines) => firstLines.some((line) => header.test(line)) || firstLines.some(isSocket),
  open: () => {
    const listings = new Listings();
    const listening = new Set<number>();
    return { headerLines: 0, parse: (line) => rejectable(() => read(line, listings, listening)) };
  },
};

function isSocket(line: string): boolean {
  const parts = socket.exec(line.trim());
  return parts !== null && states.has(parts[2] ?? "") && /^\d+$/.test(parts[3] ?? "") && /^\d+$/.test(parts[4] ?? "");
}

function read(line: string, listings: Listings, listening: Set<number>): Parsed {
  const time = readTimeLine(line);
  if (time !== undefined) {
    listings.begin(time);
    listening.clear();
    return { skip: "time of the lines below" };
  }
  if (header.test(line)) return { skip: "header line" };
  if (line.startsWith("\t")) return { skip: "details of the socket above" };
  if (other.test(line)) return { skip: "socket of no protocol with connections" };
  const parts = socket.exec(line.trim());
  if (parts === null) return { reject: "is no line of ss; expected STATE RECV-Q SEND-Q LOCAL:PORT PEER:PORT" };
  const [, netid = "tcp", state = "ESTAB", received, sent, localText = "", peerText = ""] = parts;
  const protocol = protocols.get(netid);
  if (protocol === undefined) throw new FieldError("netid", netid, `one of ${[...protocols.keys()].join(", ")}`);
  if (!states.has(state)) throw new FieldError("state", state, `one of ${[...states].join(", ")}`);
  readCount("recv-q", received);
  readCount("send-q", sent);
  const local = endOf("local", localText);
  const peer = endOf("peer", peerText);
  if (state === "LISTEN") {
    if (local.port !== null) listening.add(local.port);
    return { skip: "LISTEN: no connection" };
  }
  if (!open.has(state) && state !== "SYN-SENT") return { skip: `${state}: no connection` };
  if (local.address === null || local.port === null) throw new FieldError("local", localText, "an address and a port");
  if (peer.address === null || peer.port === null) throw new FieldError("peer", peerText, "an address and a port");
  if (listings.time === undefined) {
    throw new FieldError("time", undefined, "one on a line of its own above the listing: `date +%s; ss -tan`");
  }
  const failed = state === "SYN-SENT";
  const opener = failed
    ? "source"
    : listening.has(local.port)
      ? "destination"
      : openerOf(local.port, peer.port, protocol, null);
  const [client, server] = opener === "destination" ? [peer, local] : [local, peer];
  const { connections } = listings.count(
    [netid, client.address, client.port, server.address, server.port].join(" "),
    0,
  );
  if (connections === 0) return { skip: "connection that was counted before" };
  const flow: ParsedFlow = {
    start: listings.time,
    end: listings.time + 1,
    client: client.address,
    server: server.address,
    clientPort: client.port,
    serverPort: server.port,
    protocol,
    requests: null,
    connections,
    bytes: 0,
    failed: failed ? 1 : null,
    sampling: 1,
    observer: local.address,
    outcome: failed ? "rejected" : "accepted",
    // Where the listing shows who listens, a port that no one listens on is a client's.
    undecided: opener === undefined && listening.size === 0,
  };
  return { flow };
}

/** `10.0.0.5:80`, `[fd00::5]:80`, `[fe80::1]%eth0:22`, `127.0.0.53%lo:53`; `*` stands for any. */
function endOf(field: string, text: string): { address: string | null; port: number | null } {
  const [, name = "", portText = ""] = /^(.*):([^:]*)$/.exec(text) ?? [];
  const bare = name.replace(/%[^\]]+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (portText !== "*" && !/^\d+$/.test(portText)) {
    throw new FieldError(`${field} port`, portText, "a number; run ss with -n");
  }
  return {
    address: bare === "*" ? null : unmapped(readAddress(field, bare)),
    port: portText === "*" ? null : readInteger(`${field} port`, portText, 0, 65_535),
  };
}
