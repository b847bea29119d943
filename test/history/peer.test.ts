import { describe, expect, it } from "vitest";
import { readAttributes } from "../../history/attributes.js";
import { peerKeys, peerOf } from "../../history/peer.js";
import type { Span } from "../../history/span.js";
import { attributes } from "./spans.js";

const peer = (values: Readonly<Record<string, string | number>>, kind: Span["kind"] = "client") =>
  peerOf(kind, readAttributes("span", attributes(values), new Set(peerKeys)));

describe("whom a client's span calls", () => {
  it.each<[string, Record<string, string | number>, string | null]>([
    ["a service that it names", { "server.address": "10.0.0.7", "peer.service": "orders" }, "orders"],
    [
      "a host rather than the database on it",
      { "db.name": "shop", "server.address": "db.example.net" },
      "db.example.net",
    ],
    ["a host of the conventions before", { "db.name": "shop", "net.peer.name": "db.example.net" }, "db.example.net"],
    ["a host without its port", { "server.address": "orders:8080" }, "orders"],
    ["a host without the dot at its end", { "server.address": "orders.example.net." }, "orders.example.net"],
    ["the host of a URL", { "url.full": "https://api.example.com:8443/pay?x=1" }, "api.example.com"],
    ["the host of a URL of the conventions before", { "http.url": "http://[2001:db8::1]:80/" }, "2001:db8::1"],
    ["a database rather than an address", { "db.namespace": "shop", "server.address": "10.0.0.7" }, "shop"],
    ["a destination of messages", { "messaging.destination.name": "orders", "messaging.system": "kafka" }, "orders"],
    ["an address, where that is all there is", { "server.address": "10.0.0.7", "db.system": "redis" }, "10.0.0.7"],
    ["the address of the connection", { "network.peer.address": "2001:db8::1" }, "2001:db8::1"],
    ["the kind of database, at the last", { "db.system": "redis" }, "redis"],
    [
      "not its own machine",
      { "server.address": "localhost", "net.peer.ip": "127.0.0.1", "db.system": "redis" },
      "redis",
    ],
    ["no Unix socket", { "server.address": "/var/run/db.sock" }, null],
    ["no one by a URL that is none", { "url.full": "not a URL" }, null],
    ["no one by a name that is a number", { "peer.service": 5 }, null],
    ["no one by a name of blanks", { "peer.service": "  " }, null],
    ["no one by nothing", {}, null],
  ])("is %s", (_, values, expected) => {
    expect(peer(values)).toBe(expected);
  });
});

describe("who calls a server's span", () => {
  it("is told by a service's name, never by an address", () => {
    expect(peer({ "peer.service": "web", "server.address": "me" }, "server")).toBe("web");
    expect(peer({ "server.address": "me", "network.peer.address": "10.0.0.9" }, "server")).toBeNull();
  });
});
