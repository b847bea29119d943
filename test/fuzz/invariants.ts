import type { Parsed, ParsedFlow } from "../../history/format.js";
import type { Span } from "../../history/span.js";

/** Unix seconds of the years 2000 and 2100. */
const earliest = 946_684_800;
const latest = 4_102_444_800;

const isAmount = (value: number) => Number.isFinite(value) && value >= 0;
const isName = (value: unknown) => value === null || (typeof value === "string" && value !== "");
const isWhole = (value: number | null, highest: number) =>
  value === null || (Number.isInteger(value) && value >= 0 && value <= highest);
const isSampling = (value: number) => value > 0 && value <= 1;

const flowLaws: readonly [string, (flow: ParsedFlow) => boolean][] = [
  ["start is a whole second of 2000 to 2100", (f) => Number.isInteger(f.start) && f.start >= earliest],
  ["end is a whole second of 2000 to 2100", (f) => Number.isInteger(f.end) && f.end <= latest],
  ["end is after start", (f) => f.end > f.start],
  ["client and server are names or null", (f) => isName(f.client) && isName(f.server)],
  ["ports are ports or null", (f) => isWhole(f.clientPort, 65_535) && isWhole(f.serverPort, 65_535)],
  ["protocol is an IANA number or null", (f) => isWhole(f.protocol, 255)],
  ["requests are an amount or null", (f) => f.requests === null || isAmount(f.requests)],
  ["connections are an amount", (f) => isAmount(f.connections)],
  ["bytes are an amount", (f) => isAmount(f.bytes)],
  ["failed is an amount or null", (f) => f.failed === null || isAmount(f.failed)],
  ["no more requests failed than there were", (f) => f.requests === null || (f.failed ?? 0) <= f.requests],
  ["sampling is above 0, at most 1", (f) => isSampling(f.sampling)],
  ["observer is a name", (f) => typeof f.observer === "string" && f.observer !== ""],
  ["outcome is accepted or rejected", (f) => f.outcome === "accepted" || f.outcome === "rejected"],
  [
    "an undecided flow has both ends and ports",
    (f) => !f.undecided || ![f.client, f.server, f.clientPort, f.serverPort].includes(null),
  ],
];

const kinds: readonly unknown[] = ["client", "server", "producer", "consumer", "internal", null];

const spanLaws: readonly [string, (span: Span) => boolean][] = [
  ["trace, id and name are names", (s) => [s.trace, s.id, s.name].every((t) => isName(t) && t !== null)],
  ["parent and peer are names or null", (s) => isName(s.parent) && isName(s.peer)],
  ["kind is known", (s) => kinds.includes(s.kind)],
  ["start is in 2000 to 2100", (s) => s.start >= earliest && s.start < latest],
  ["end is not before start", (s) => s.end >= s.start && s.end <= latest],
  ["failed is yes, no or null", (s) => s.failed === null || typeof s.failed === "boolean"],
  ["sampling is above 0, at most 1, or null", (s) => s.sampling === null || isSampling(s.sampling)],
];

/** Reasons are counted by their text and shown to people: they cannot be as long as what was read. */
const longestReason = 1000;

/** The law that what became of a record breaks; undefined where it keeps them all. */
export function brokenLaw(parsed: Parsed): string | undefined {
  if ("flow" in parsed) return flowLaws.find(([, holds]) => !holds(parsed.flow))?.[0];
  if ("span" in parsed) return spanLaws.find(([, holds]) => !holds(parsed.span))?.[0];
  const reason: unknown = "skip" in parsed ? parsed.skip : parsed.reject;
  if (typeof reason !== "string" || reason === "") return "a skip or reject has a reason";
  return reason.length > longestReason ? "a reason is short" : undefined;
}
