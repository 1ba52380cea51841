import { read16 } from './bytes.ts';

/*
 * Linux hands TCP of more than the length fields can say through the stack as one packet, cut into
 * segments on the way out (BIG TCP). Its length fields are 0; over IPv6 a hop-by-hop header with
 * the length goes with it (RFC 2675), until the cut. On a wire there are none.
 */

/** The total length of the IPv4 header at `at`, of which `have` bytes are there. */
export function ipv4TotalLength(bytes: Uint8Array, at: number, have: number): number {
  const said = read16(bytes, at + 2);
  return said === 0 && have > 0xffff ? have : said;
}

/** The payload length of the IPv6 header at `at`, of which with its payload `have` bytes are there. */
export function ipv6PayloadLength(bytes: Uint8Array, at: number, have: number): number {
  const said = read16(bytes, at + 4);
  return said === 0 && have - 40 > 0xffff ? have - 40 : said;
}
