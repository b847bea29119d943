import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { writeTopology } from "./topology.js";
import type { Topology } from "./types.js";

/**
 * Hash of a topology: SHA-256 of its canonical JSON (RFC 8785, JSON Canonicalization Scheme) after sorting by id, so
 * that the order in which nodes and links were written does not matter.
 */
export function hashTopology(topology: Topology): `sha256:${string}` {
  const text = canonicalize(writeTopology(topology)) ?? "";
  return `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;
}
