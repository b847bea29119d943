import { SocketAddress } from "node:net";

/** The address of four words in network order as text: IPv4 where it is carried in IPv6, else RFC 5952. */
export function addressText(words: Uint32Array, from: number): string {
  const word = (i: number) => words[from + i] ?? 0;
  if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) {
    const v = word(3);
    return `${v >>> 24}.${(v >>> 16) & 255}.${(v >>> 8) & 255}.${v & 255}`;
  }
  const groups = [0, 1, 2, 3].flatMap((i) => [word(i) >>> 16, word(i) & 0xffff]);
  const address = groups.map((group) => group.toString(16)).join(":");
  return new SocketAddress({ address, family: "ipv6" }).address;
}

/** Whether the address is one of this host only: 127.0.0.0/8 or ::1. */
export function isLoopback(words: Uint32Array, from: number): boolean {
  const word = (i: number) => words[from + i] ?? 0;
  if (word(0) !== 0 || word(1) !== 0) return false;
  return word(2) === 0xffff ? word(3) >>> 24 === 127 : word(2) === 0 && word(3) === 1;
}
