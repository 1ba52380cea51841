import { cidrContains, network6, type Cidr6, type Ip6, type NeighbourOption } from '@midonet/packet';
import type { RouterPort } from '@midonet/topology';
import { linkLocalAddress } from '../ip-scope.ts';
import { discoveryFrame, type NeighbourEnd } from './neighbour.ts';

const ROUTER_LIFETIME_SECONDS = 1800;
const VALID_SECONDS = 2_592_000;
const PREFERRED_SECONDS = 604_800;
/** Addresses can be made of a prefix of this length only (RFC 4862 5.5.3, with 64-bit interface ids). */
const AUTONOMOUS_LENGTH = 64;

export type Advertised = {
  readonly mtu: number;
  readonly managed: boolean;
  /** Those that who asks gets by DHCPv6. */
  readonly leased: readonly Ip6[];
  readonly nameServers: readonly Ip6[];
};

/**
 * A router advertisement (RFC 4861 4.2) of a port: its prefixes on-link, /64 ones also for address
 * configuration by who gets no address of them otherwise, the overlay's MTU, its link-layer address. Lifetimes are
 * the RFC's defaults.
 * `managed` tells that DHCPv6 has addresses too; where there are name servers it has them as well. Name servers (RFC 8106) last as long as the router.
 */
export function routerAdvertisementFrame(
  port: RouterPort,
  to: NeighbourEnd,
  { mtu, managed, leased, nameServers }: Advertised,
): Uint8Array {
  const prefixes = port.addresses
    .filter((cidr): cidr is Cidr6 => typeof cidr.address === 'bigint')
    .map((cidr): NeighbourOption => ({
      kind: 'prefix',
      prefix: network6(cidr.address, cidr.length),
      length: cidr.length,
      onLink: true,
      autonomous: cidr.length === AUTONOMOUS_LENGTH && !leased.some((address) => cidrContains(cidr, address)),
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
