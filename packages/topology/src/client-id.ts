/** A DUID has at most 130 bytes (RFC 8415 11.1), and at least its type and one more. */
const CLIENT_ID = /^[0-9a-f]{2}(?::[0-9a-f]{2}){2,129}$/;
const PAIR = /[0-9a-f]{2}/g;

/**
 * Who a DHCPv6 client is, as `00:03:00:01:02:00:00:00:00:01`: its DUID, or (six bytes, which no DUID
 * has that Ethernet machines use) the MAC that it sends from. Accepts dashes, and no separator at
 * all. Undefined when it is neither.
 */
export function parseClientId(text: string): string | undefined {
  const lower = text.toLowerCase();
  const parted = /^[0-9a-f]+$/.test(lower) ? (lower.match(PAIR) ?? []).join(':') : lower.replaceAll('-', ':');
  const isWhole = parted.replaceAll(':', '').length === lower.replace(/[:-]/g, '').length;
  return isWhole && CLIENT_ID.test(parted) ? parted : undefined;
}

/** The client id of bytes from the wire. */
export function clientIdOf(duid: Uint8Array): string {
  return Array.from(duid, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
