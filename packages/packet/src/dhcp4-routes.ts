import { mask4, type Cidr4, type Ip4 } from './addresses.ts';
import { read8, readIp4, write8, writeIp4 } from './bytes.ts';

/**
 * Classless static routes, RFC 3442: for each route the prefix length, as many octets of the prefix
 * as it has significant ones, and the router (0.0.0.0: on link).
 */
export type DhcpRoute = { readonly prefix: Cidr4; readonly router: Ip4 };

/** Undefined when the bytes are not a list of routes. */
export function parseDhcpRoutes(bytes: Uint8Array): DhcpRoute[] | undefined {
  const routes: DhcpRoute[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = read8(bytes, at++);
    const octets = (length + 7) >>> 3;
    if (length > 32 || at + octets + 4 > bytes.length) return undefined;
    let address = 0;
    for (let i = 0; i < 4; i++) address = address * 256 + (i < octets ? read8(bytes, at + i) : 0);
    // Bits behind the prefix are not kept; a client must ignore them.
    const prefix = { address: ((address & mask4(length)) >>> 0) as Ip4, length };
    routes.push({ prefix, router: readIp4(bytes, at + octets) });
    at += octets + 4;
  }
  return routes;
}

export function emitDhcpRoutes(routes: readonly DhcpRoute[]): Uint8Array {
  const out = new Uint8Array(routes.reduce((sum, { prefix }) => sum + 5 + ((prefix.length + 7) >>> 3), 0));
  let at = 0;
  for (const { prefix, router } of routes) {
    write8(out, at++, prefix.length);
    for (let i = 0; i < (prefix.length + 7) >>> 3; i++) write8(out, at++, prefix.address >>> (24 - 8 * i));
    writeIp4(out, at, router);
    at += 4;
  }
  return out;
}
