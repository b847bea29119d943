import { z } from "zod";
import { unmapped } from "../history/mappedAddress.js";

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();

/** Every character of every address. Most names have another, and are told without a parser. */
const addressCharacters = /^[0-9a-f:.]+$/i;

/** Whether the text is an IPv4 or IPv6 address, and no name. */
export function isAddress(text: string): boolean {
  if (!addressCharacters.test(text)) return false;
  return ipv4.safeParse(text).success || ipv6.safeParse(text).success;
}

/**
 * One spelling for each address: IPv6 lower-case and compressed (RFC 5952), IPv4 carried in IPv6
 * (`::ffff:10.0.0.1`) as IPv4. Names are returned as they are.
 */
export function plainAddress(text: string): string {
  if (!text.includes(":")) return text;
  const plain = unmapped(text);
  return ipv6.safeParse(plain).success ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain;
}
