import { isIP } from "node:net";
import type { Attributes } from "./attributes.js";
import type { Span } from "./span.js";

/** The other side by the name of its service, on whichever side the span is. */
const services = ["peer.service", "service.peer.name"] as const;
/** Hosts that a client names, or their addresses. */
const hosts = ["server.address", "net.peer.name", "net.sock.peer.name"] as const;
const urls = ["url.full", "http.url"] as const;
/** What is on the other side, where no host is named. */
const contents = ["db.namespace", "db.name", "messaging.destination.name", "messaging.destination"] as const;
const addresses = ["network.peer.address", "net.sock.peer.addr", "net.peer.ip"] as const;
const kinds = ["db.system.name", "db.system", "messaging.system", "rpc.service"] as const;

/** Keys of the attributes that tell of the other side. */
export const peerKeys = [...services, ...hosts, ...urls, ...contents, ...addresses, ...kinds] as const;

/**
 * The other side of a call, where the span names it; null where it does not. Both the attributes of today's semantic
 * conventions and those before are known. In this order: a service, a host's name, a database or destination, an IP address, the
 * kind of system. Service graphs ask for the service, then the host, then the database, likewise
 * (https://grafana.com/docs/tempo/latest/metrics-from-traces/service_graphs/). The own machine is no name for another.
 *
 * Who calls a server is told by a service's name only: its address is a user's, a proxy's or a balancer's.
 */
export function peerOf(kind: Span["kind"], attributes: Attributes): string | null {
  const first = (keys: readonly string[]) => keys.map((key) => text(attributes.get(key))).find((t) => t !== "");
  const service = first(services);
  if (service !== undefined) return service;
  if (kind !== "client" && kind !== "producer") return null;
  const named = [
    ...hosts.map((key) => hostOf(text(attributes.get(key)))),
    ...urls.map((key) => urlHost(text(attributes.get(key)))),
  ].filter(isElsewhere);
  const numbers = [...named, ...addresses.map((key) => hostOf(text(attributes.get(key)))).filter(isElsewhere)];
  return (
    named.find((h) => isIP(h) === 0) ?? first(contents) ?? numbers.find((h) => isIP(h) !== 0) ?? first(kinds) ?? null
  );
}

const text = (value: string | number | boolean | undefined) => (typeof value === "string" ? value.trim() : "");

/** A host without port, brackets and the dot at its end. */
function hostOf(host: string): string {
  const bare = isIP(host) === 0 ? host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") : host;
  return bare.replace(/\.$/, "");
}

const urlHost = (url: string) => (URL.canParse(url) ? hostOf(new URL(url).host) : "");

/** Not this machine, a Unix socket or nothing. */
const isElsewhere = (host: string) => !/^(|localhost|127\..*|::1|0\.0\.0\.0|\/.*|unix:.*)$/.test(host);
