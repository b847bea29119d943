import { FieldError, readAddress, readCount, readInteger, readTime, rejectable } from "../fields.js";
import type { Parsed, ParsedFlow, TextFormat } from "../format.js";
import { Listings, readTimeLine } from "../listings.js";
import { unmapped } from "../mappedAddress.js";

/** IANA numbers of the protocols that have ports, by the names that conntrack gives them. */
const portProtocols: ReadonlyMap<string, number> = new Map([
  ["tcp", 6],
  ["udp", 17],
  ["dccp", 33],
  ["sctp", 132],
  ["udplite", 136],
]);

/** Those that open a connection before they send: unanswered, it has failed. */
const opening: ReadonlySet<string> = new Set(["tcp", "sctp", "dccp"]);

const line =
  /^\s*(?:\[(\d+)\.\d+\]\s+)?(?:\[(NEW|UPDATE|DESTROY)\]\s+)?(?:(ipv4|ipv6)\s+\d+\s+)?(\w+)\s+(\d+)\s+(\S.*)$/;
const summary = /^conntrack v[\d.]+ \(conntrack-tools\)/;

/**
 * Linux's connection tracking: `conntrack -L` and `-E` (conntrack-tools), each with `-o extended,timestamp,id,ktimestamp`
 * or not, and `/proc/net/nf_conntrack`.
 *
 * The original tuple's source opened the connection; the reply tuple's source is who it was really made to, behind
 * NAT. https://conntrack-tools.netfilter.org/manual.html, net/netfilter/nf_conntrack_standalone.c of the kernel.
 */
export const conntrack: TextFormat = {
  kind: "text",
  name: "conntrack",
  detect: (firstLines) => firstLines.some((text) => / src=\S+ dst=\S+ .*src=\S+ dst=/.test(text) && line.test(text)),
  open: () => {
    const listings = new Listings();
    return { headerLines: 0, parse: (text) => rejectable(() => read(text, listings)) };
  },
};

interface Tuple {
  readonly address: string;
  readonly port: number;
}

function read(text: string, listings: Listings): Parsed {
  const time = readTimeLine(text);
  if (time !== undefined) {
    listings.begin(time);
    return { skip: "time of the lines below" };
  }
  if (summary.test(text)) return { skip: "summary of conntrack" };
  const parts = line.exec(text);
  if (parts === null) return { reject: "is no line of conntrack; expected PROTOCOL NUMBER … src= dst= …, twice" };
  const [, stamp, event, , name = "", number, rest = ""] = parts;
  const protocol = portProtocols.get(name);
  if (protocol === undefined) return { skip: "protocol without ports, so no one opens a connection" };
  readInteger("protocol", number, protocol, protocol);

  const fields = [...rest.matchAll(/(?:^|\s)([a-z-]+)=(\S*)/g)].map(
    ([, key = "", value = ""]) => [key, value] as const,
  );
  const values = (key: string) => fields.filter(([k]) => k === key).map(([, value]) => value);
  const client = tuple(values, 0, "original");
  tuple(values, 0, "original", "d");
  const server = tuple(values, 1, "reply");
  tuple(values, 1, "reply", "d");
  const bytes = values("bytes").reduce((sum, value) => sum + readCount("bytes", value), 0);
  const lived = values("delta-time")[0];
  const age = lived === undefined ? undefined : readCount("delta-time", lived);
  const id = values("id")[0] ?? "";
  const key = [name, client.address, client.port, server.address, server.port, id].join(" ");

  const state = /^(?:\d+\s+)?([A-Z][A-Z_0-9]+)\s/.exec(rest)?.[1];
  const unanswered = opening.has(name) && (rest.includes("[UNREPLIED]") || state === "SYN_SENT");
  const life = lifeOf(event, state, name, unanswered, listings.knows(key));
  if (typeof life === "string") return { skip: life };

  const seen = stamp === undefined ? (started(rest) ?? listings.time) : readTime("time", stamp);
  if (seen === undefined) {
    const remedy =
      "a time: put one on a line of its own above the listing (`date +%s; conntrack -L`), or record `conntrack -E -o timestamp`";
    throw new FieldError("time", undefined, remedy);
  }
  const start = event === "DESTROY" && age !== undefined ? seen - age : seen;
  readTime("start", String(start));
  const grown = listings.count(key, bytes);
  if (event === "DESTROY") listings.end(key);
  if (grown.connections === 0 && grown.bytes === 0) return { skip: "connection that was counted before" };
  const flow: ParsedFlow = {
    start,
    end: Math.max(seen, start + 1),
    client: client.address,
    server: server.address,
    clientPort: client.port,
    serverPort: server.port,
    protocol,
    requests: null,
    connections: grown.connections,
    bytes: grown.bytes,
    failed: unanswered ? grown.connections : null,
    sampling: 1,
    observer: "conntrack",
    outcome: unanswered ? "rejected" : "accepted",
    undecided: false,
  };
  return { flow };
}

/** Whether this line counts (`true`), or why it does not. Of an event's life the opening counts, and the end for its bytes. */
function lifeOf(
  event: string | undefined,
  state: string | undefined,
  name: string,
  unanswered: boolean,
  known: boolean,
) {
  if (event === "NEW") return "NEW: counted when it is answered or has ended";
  if (event === "UPDATE" && known) return "connection that was counted before";
  if (event === "UPDATE" && unanswered) return "a connection that is not open yet";
  if (state === "SYN_RECV" || state === "SYN_SENT2" || state?.startsWith("COOKIE"))
    return "a connection that is not open yet";
  if (event === undefined && name === "tcp" && state === "NONE") return "a connection that is not open yet";
  return true;
}

function tuple(values: (key: string) => string[], index: 0 | 1, which: string, end: "s" | "d" = "s"): Tuple {
  const field = end === "s" ? "src" : "dst";
  const address = unmapped(readAddress(`${which} ${field}`, values(field)[index]));
  return { address, port: readInteger(`${which} ${end}port`, values(`${end}port`)[index], 0, 65_535) };
}

/** `[start=Wed Nov 25 14:14:30 2026]` of `-o ktimestamp`: the tool's local time, read as UTC. */
function started(rest: string): number | undefined {
  const text = /\[start=([^\]]*)\]/.exec(rest)?.[1];
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(`${text} UTC`);
  if (Number.isNaN(milliseconds)) throw new FieldError("start", text, "a time such as Wed Nov 25 14:14:30 2026");
  return readTime("start", String(milliseconds / 1000));
}
