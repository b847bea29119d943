import { readObject } from "../document.js";
import { readWhole, readWord } from "../documentFields.js";

/** What an L7 record tells: which half of the exchange it is, and whether the request failed. */
export interface Layer7 {
  readonly type: "REQUEST" | "RESPONSE" | "SAMPLE" | "UNKNOWN_L7_TYPE";
  /** Null where the record does not tell. */
  readonly failed: boolean | null;
}

const types = ["UNKNOWN_L7_TYPE", "REQUEST", "RESPONSE", "SAMPLE"] as const;

/** NOERROR, and NXDOMAIN: a server that says that a name does not exist has answered. */
const answeredRcodes: ReadonlySet<number> = new Set([0, 3]);

/**
 * Reads the L7 part of a flow. An HTTP request failed with a status of 500 and above, or without one (no response came); a DNS
 * query with a code other than NOERROR and NXDOMAIN; a Kafka request with an error code. Zero values are left out in
 * protobuf's JSON.
 */
export function readLayer7(place: string, value: unknown): Layer7 {
  const layer7 = readObject(place, value);
  const type = readWord(`${place}.type`, layer7.type, types) ?? "UNKNOWN_L7_TYPE";
  if (layer7.http !== undefined) {
    const code = readWhole(`${place}.http.code`, readObject(`${place}.http`, layer7.http).code, 999) ?? 0;
    return { type, failed: code === 0 || code >= 500 };
  }
  if (layer7.dns !== undefined) {
    const rcode = readWhole(`${place}.dns.rcode`, readObject(`${place}.dns`, layer7.dns).rcode, 65_535) ?? 0;
    return { type, failed: !answeredRcodes.has(rcode) };
  }
  if (layer7.kafka !== undefined) {
    const error = readObject(`${place}.kafka`, layer7.kafka).error_code;
    // Kafka's errors may be negative: -1 is an unknown one.
    return { type, failed: error === -1 || (readWhole(`${place}.kafka.error_code`, error, 65_535) ?? 0) !== 0 };
  }
  return { type, failed: null };
}
