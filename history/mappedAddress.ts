/** An IPv4 address that is carried in IPv6 (`::ffff:10.0.0.1`, RFC 4291 section 2.5.5.2) as IPv4; every other text as it is. */
export function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
