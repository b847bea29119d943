import { createHash } from "node:crypto";
import { philox4x32 } from "./philox.js";

/** What a 64-bit identity is of; part of what is hashed, so that a host and an instance of one name differ. */
export type IdentityKind = "instance" | "service" | "host" | "zone";

/** Which two identities a pair is of: the fixed key of the mix. */
export const PAIR = { clientService: 1, clientReplica: 2 } as const;

/** 64-bit identities, two words each: word 2i is the low half of the i-th, word 2i + 1 its high half. */
export type Identities = Uint32Array;

/** The first 64 bits of SHA-256 over `kind`, a zero byte and the id in UTF-8, as two little-endian words. */
export function hashIds(kind: IdentityKind, ids: readonly string[]): Identities {
  const hashes = new Uint32Array(2 * ids.length);
  for (const [index, id] of ids.entries()) {
    const digest = createHash("sha256").update(`${kind}\0${id}`, "utf8").digest();
    hashes[2 * index] = digest.readUInt32LE(0);
    hashes[2 * index + 1] = digest.readUInt32LE(4);
  }
  return hashes;
}

const mixed = new Uint32Array(4);

/**
 * Writes the identity of the pair (first[i], second[j]) into `pairs` at place `at`: words 0 and 1 of one Philox4x32-10
 * call whose counter is both identities and whose key is (`PAIR` number, 0).
 */
export function mixPair(
  pairs: Identities,
  at: number,
  kind: number,
  first: Identities,
  i: number,
  second: Identities,
  j: number,
): void {
  philox4x32(mixed, first[2 * i]!, first[2 * i + 1]!, second[2 * j]!, second[2 * j + 1]!, kind, 0);
  pairs[2 * at] = mixed[0]!;
  pairs[2 * at + 1] = mixed[1]!;
}

/**
 * Throws where two identities of one kind of coin are alike: the coins would be the same and the worlds wrong.
 *
 * @param describe names the i-th identity for the message
 */
export function assertDistinct(identities: Identities, describe: (index: number) => string): void {
  const count = identities.length >>> 1;
  const keys = new BigUint64Array(count);
  const halves = new Uint32Array(keys.buffer);
  halves.set(identities);
  keys.sort();
  for (let k = 1; k < count; k++) {
    if (keys[k] !== keys[k - 1]) continue;
    const low = halves[2 * k];
    const high = halves[2 * k + 1];
    const alike: string[] = [];
    for (let i = 0; i < count; i++) {
      if (identities[2 * i] === low && identities[2 * i + 1] === high) alike.push(describe(i));
    }
    throw new Error(`${alike.join(" and ")}: ids hash alike (64 bits), expected distinct ids: rename one`);
  }
}
