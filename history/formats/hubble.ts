import { isObject, type JsonObject, readObject, readText } from "../document.js";
import { readFlag, readIsoTime, readWhole, readWord } from "../documentFields.js";
import { rejectable } from "../fields.js";
import type { JsonFormat, Parsed, ParsedFlow } from "../format.js";
import { openerOf } from "../opener.js";
import { endpointName } from "./hubbleEndpoint.js";
import { type Layer7, readLayer7 } from "./hubbleLayer7.js";

const types = ["UNKNOWN_TYPE", "L3_L4", "L7", "SOCK"] as const;

/** What became of the packet or request. AUDIT would have been dropped, but was not. */
const verdicts = {
  FORWARDED: "accepted",
  REDIRECTED: "accepted",
  AUDIT: "accepted",
  TRACED: "accepted",
  DROPPED: "rejected",
  ERROR: "rejected",
  TRANSLATED: undefined,
  VERDICT_UNKNOWN: undefined,
} as const;
const verdictNames = Object.keys(verdicts) as (keyof typeof verdicts)[];

/** IANA numbers of the protocols that have ports. */
const protocols = { TCP: 6, UDP: 17, SCTP: 132 } as const;

/** Messages beside flows, of the API and of the exporter, and what they are. */
const otherMessages: Readonly<Record<string, string>> = {
  lost_events: "lost_events: flows that Hubble lost",
  node_status: "node_status: no flow",
  agent_event: "agent_event: no flow",
  debug_event: "debug_event: no flow",
};

/**
 * Flows of Cilium's Hubble as JSON Lines: `hubble observe -o json`, `-o jsonpb`, and the exporter's file.
 * https://github.com/cilium/cilium/blob/main/api/v1/flow/flow.proto
 */
export const hubble: JsonFormat = {
  kind: "json",
  name: "hubble",
  detect: (document) => isObject(document) && (isMessage(document) || isFlow(document)),
  parse: (document) => [rejectable(() => readMessage(document))],
};

const isMessage = (document: JsonObject) =>
  isFlow(document.flow) || Object.keys(otherMessages).some((name) => isObject(document[name]) && "time" in document);

/** A flow, whatever a field mask left of it. */
const isFlow = (value: unknown) =>
  isObject(value) && "verdict" in value && ["IP", "l4", "source", "destination", "Type"].some((f) => f in value);

function readMessage(document: unknown): Parsed {
  const message = readObject("document", document);
  const other = Object.keys(otherMessages).find((name) => name in message);
  if (other !== undefined) return { skip: otherMessages[other] ?? other };
  // Hubble before 0.10 wrote the flow without a message around it.
  return isFlow(message)
    ? readFlow("", message, message)
    : readFlow("flow.", readObject("flow", message.flow), message);
}

function readFlow(prefix: string, flow: JsonObject, message: JsonObject): Parsed {
  const at = (field: string) => prefix + field;
  const verdict = readWord(at("verdict"), flow.verdict, verdictNames) ?? "VERDICT_UNKNOWN";
  const outcome = verdicts[verdict];
  const type = readWord(at("Type"), flow.Type, types);
  if (type === "SOCK" || verdict === "TRANSLATED")
    return { skip: "address translation of a socket; seen again as packets" };
  const start = readIsoTime(at("time"), flow.time ?? message.time);
  if (outcome === undefined) return { skip: "no verdict" };

  const isLayer7 = type === "L7" || (type === undefined && flow.l7 !== undefined);
  const layer7 = isLayer7 ? readLayer7(at("l7"), flow.l7) : undefined;
  const layer4 = readLayer4(at("l4"), flow.l4);
  if (layer4?.protocol === null) return { skip: `${layer4.name} has no ports, so no one opens a connection` };
  if (layer7?.type === "REQUEST" && outcome === "accepted") return { skip: "L7 request; it counts with its response" };
  if (layer7 !== undefined && layer7.type !== "REQUEST" && layer7.type !== "RESPONSE") {
    return { skip: "L7 record that is neither request nor response" };
  }

  const reason = readText(at("trace_reason"), flow.trace_reason);
  const isReply = readFlag(at("is_reply"), flow.is_reply) ?? readReply(at("reply"), flow.reply, reason, layer7);
  const opener = isReply === undefined ? openerByPorts(layer4) : isReply ? "destination" : "source";
  if (opener === undefined && (layer4?.sourcePort ?? layer4?.destinationPort ?? null) === null) {
    return { skip: "neither is_reply nor ports tell who opened the connection" };
  }
  const count = readAggregate(at("aggregate"), flow.aggregate);
  const [from, to] =
    opener === "destination" ? (["destination", "source"] as const) : (["source", "destination"] as const);
  const shown: ParsedFlow = {
    start,
    end: start + 1,
    client: endpointName(prefix, flow, from, "client"),
    server: endpointName(prefix, flow, to, "server"),
    clientPort: (from === "source" ? layer4?.sourcePort : layer4?.destinationPort) ?? null,
    serverPort: (to === "source" ? layer4?.sourcePort : layer4?.destinationPort) ?? null,
    protocol: layer4?.protocol ?? null,
    requests: layer7 === undefined ? null : count,
    connections: layer7 === undefined && opens(layer4, reason, opener) ? count : 0,
    bytes: 0,
    failed: layer7 === undefined ? null : failedOf(layer7, outcome, count),
    sampling: 1,
    observer: observerOf(at, flow, message, layer7 !== undefined),
    outcome,
    undecided: false,
  };
  if (shown.client === null && shown.server === null) return { skip: "names neither end" };
  const settled =
    opener !== undefined || [shown.client, shown.server, shown.clientPort, shown.serverPort].includes(null);
  return { flow: { ...shown, undecided: !settled } };
}

/** What says whether this is a reply where `is_reply` is absent: `reply` is only sure where it is true. */
function readReply(place: string, reply: unknown, reason: string, layer7: Layer7 | undefined): boolean | undefined {
  if (layer7 !== undefined) return layer7.type === "RESPONSE";
  if (readFlag(place, reply) === true || reason === "REPLY") return true;
  return reason === "NEW" || reason === "ESTABLISHED" ? false : undefined;
}

interface Layer4 {
  readonly name: string;
  /** Null where the protocol has no ports. */
  readonly protocol: number | null;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  /** The TCP flags SYN and ACK, as bits; null where there are none. */
  readonly flags: number | null;
}

function readLayer4(place: string, value: unknown): Layer4 | undefined {
  const layer4 = readObject(place, value);
  const name = Object.keys(layer4)[0];
  if (name === undefined) return undefined;
  if (!isWithPorts(name))
    return { name: name.slice(0, 20), protocol: null, sourcePort: null, destinationPort: null, flags: null };
  const at = `${place}.${name}`;
  const packet = readObject(at, layer4[name]);
  const port = (field: string) => readWhole(`${at}.${field}`, packet[field], 65_535) ?? null;
  const flags = name === "TCP" && packet.flags !== undefined ? readObject(`${at}.flags`, packet.flags) : undefined;
  const bit = (flag: string, value: number) => (readFlag(`${at}.flags.${flag}`, flags?.[flag]) ? value : 0);
  return {
    name,
    protocol: protocols[name],
    sourcePort: port("source_port"),
    destinationPort: port("destination_port"),
    flags: flags === undefined ? null : bit("SYN", 2) + bit("ACK", 16),
  };
}

const isWithPorts = (name: string): name is keyof typeof protocols => Object.hasOwn(protocols, name);

function openerByPorts(layer4: Layer4 | undefined): "source" | "destination" | undefined {
  const { sourcePort = null, destinationPort = null, protocol = null, flags = null } = layer4 ?? {};
  return openerOf(sourcePort ?? 0, destinationPort ?? 0, protocol, flags);
}

/**
 * Whether a packet opens a connection: of TCP its SYN, else what Cilium's connection tracking says; a packet of UDP of
 * which it says nothing is taken for a new exchange.
 */
function opens(layer4: Layer4 | undefined, reason: string, opener: string | undefined): boolean {
  if (opener === "destination") return false;
  if (layer4 !== undefined && layer4.flags !== null) return (layer4.flags & 2) !== 0 && (layer4.flags & 16) === 0;
  return reason === "NEW" || (reason === "" && layer4 !== undefined && layer4.name !== "TCP");
}

function failedOf({ failed }: Layer7, outcome: string, count: number): number | null {
  if (outcome === "rejected") return count;
  return failed === null ? null : failed ? count : 0;
}

/**
 * A packet passes several points of several nodes (to the stack, to the network, to the endpoint): each is an observer
 * of its own, so that what all of them saw is counted once.
 */
function observerOf(at: (field: string) => string, flow: JsonObject, message: JsonObject, layer7: boolean): string {
  const node = readText(at("node_name"), flow.node_name ?? message.node_name) || "hubble";
  const point = layer7 ? "L7" : readText(at("trace_observation_point"), flow.trace_observation_point);
  const way = layer7 ? readText(at("traffic_direction"), flow.traffic_direction) : "";
  const event = readWhole(at("event_type.type"), readObject(at("event_type"), flow.event_type).type);
  return [node, point || (event === undefined ? "" : `event ${event}`), way].filter((part) => part !== "").join("/");
}

/** How many like flows an aggregating exporter wrote as one; of both directions' counts, which see the same, the larger. */
function readAggregate(place: string, value: unknown): number {
  const aggregate = readObject(place, value);
  const counts = ["ingress_flow_count", "egress_flow_count", "unknown_direction_flow_count"].map(
    (field) => readWhole(`${place}.${field}`, aggregate[field], 4_294_967_295) ?? 0,
  );
  return Math.max(...counts) || 1;
}
