import { network6, type Cidr6, type Ip6, type NeighbourOption } from '@midonet/packet';
import type { RouterPort } from '@midonet/topology';
import { linkLocalAddress } from '../ip-scope.ts';
import { discoveryFrame, type NeighbourEnd } from './neighbour.ts';

const ROUTER_LIFETIME_SECONDS = 1800;
const VALID_SECONDS = 2_592_000;
const PREFERRED_SECONDS = 604_800;
/** Addresses can be made of a prefix of this length only (RFC 4862 5.5.3, with 64-bit interface ids). */
const AUTONOMOUS_LENGTH = 64;

export type Advertised = { readonly mtu: number; readonly managed: boolean; readonly nameServers: readonly Ip6[] };

/**
 * A router advertisement (RFC 4861 4.2) of a port: its prefixes on-link, /64 ones also for address
 * configuration, the overlay's MTU, its link-layer address. Lifetimes are the RFC's defaults.
 * `managed` tells that DHCPv6 has addresses too; where there are name servers it has them as well. Name servers (RFC 8106) last as long as the router.
 */
export function routerAdvertisementFrame(
  port: RouterPort,
  to: NeighbourEnd,
  { mtu, managed, nameServers }: Advertised,
): Uint8Array {
  const prefixes = port.addresses
    .filter((cidr): cidr is Cidr6 => typeof cidr.address === 'bigint')
    .map(({ address, length }): NeighbourOption => ({
      kind: 'prefix',
      prefix: network6(address, length),
      length,
      onLink: true,
      autonomous: length === AUTONOMOUS_LENGTH,
      valid: VALID_SECONDS,
      preferred: PREFERRED_SECONDS,
    }));
  const lifetime = ROUTER_LIFETIME_SECONDS;
  const dns: NeighbourOption[] = nameServers.length === 0 ? [] : [{ kind: 'dns', lifetime, servers: nameServers }];
  return discoveryFrame(
    { srcMac: port.mac, dstMac: to.mac, src: linkLocalAddress(port.mac), dst: to.ip },
    {
      kind: 'routerAdvertisement',
      hopLimit: 64,
      managed,
      otherConfig: nameServers.length > 0,
      lifetime: ROUTER_LIFETIME_SECONDS,
      reachable: 0,
      retransmit: 0,
      options: [{ kind: 'sourceMac', mac: port.mac }, { kind: 'mtu', mtu }, ...prefixes, ...dns],
    },
  );
}
